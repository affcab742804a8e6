"""Somebody at a browser of their own, in the words of a story."""

import re
from collections.abc import Sequence

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, Request, Response, expect

from tests.axe import assert_accessible


class Visitor:
    """Somebody at a browser: opens, types, clicks and reads.

    The page is best opened with `reduced_motion="reduce"`, so that nothing is looked at half faded
    in. Every page and every dialog that they come to is held to WCAG 2.2 AA. What the browser asked
    for, and every page that it was sent, is kept.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked_for: list[str] = []
        self.answers = 0
        self.was_sent: list[str] = []
        self.dropped: list[str] = []
        page.context.on("request", self._note_request)
        page.context.on("requestfinished", self._note_answer)

    def _note_request(self, request: Request) -> None:
        # The fragment stays in the browser; the referrer does not.
        address = request.url.partition("#")[0]
        self.asked_for += [address, request.headers.get("referer", "")]

    def _note_answer(self, request: Request) -> None:
        answer = request.response()
        is_page = answer and "text/html" in answer.headers.get("content-type", "")
        if answer and is_page and "location" not in answer.headers:
            self.answers += 1
            try:
                self.was_sent.append(answer.text())
            except PlaywrightError:  # the browser had gone on, and dropped it
                self.dropped.append(request.url)

    def all_sent(self) -> list[str]:
        """Return every page that was sent to them; those that the browser dropped, asked again."""
        for _pause in range(50):
            if len(self.was_sent) + len(self.dropped) == self.answers:
                break
            self.page.wait_for_timeout(100)  # an answer is still being read
        assert len(self.was_sent) + len(self.dropped) == self.answers
        again = [self.page.context.request.get(address).text() for address in self.dropped]
        return self.was_sent + again

    # --- Doing ---------------------------------------------------------------------
    def opens(self, address: str, *, finds: str) -> Response | None:
        """Go to an address, and come to the page of that heading."""
        answer = self.page.goto(address)
        self.comes_to(finds)
        return answer

    def types(self, text: str, *, into: str) -> None:
        """Fill a field, by its label."""
        self.here.get_by_label(into, exact=True).fill(text)

    def chooses(self, option: str, *, at: str) -> None:
        """Choose from a list, by its label."""
        self.here.get_by_label(at, exact=True).select_option(option)

    def ticks(self, label: str) -> None:
        """Choose a radio button or tick a box, by its label."""
        self.here.get_by_label(label).check()

    def clicks(self, name: str, *, comes_to: str = "", within: Locator | None = None) -> None:
        """Click a button or a link, by its name or, with "…" at its end, by how that begins;
        `comes_to`: the heading of what opens.
        """
        here = within or self.here
        named = re.compile("^" + re.escape(name).replace("…", ".*") + "$")
        button = here.get_by_role("button", name=named)
        button.or_(here.get_by_role("link", name=named)).click()
        if comes_to:
            self.comes_to(comes_to)

    # --- Seeing --------------------------------------------------------------------
    @property
    def here(self) -> Locator:
        """Where they can act: the topmost open dialog, or the main part of the page."""
        dialogs = self.page.locator("dialog[open]")
        return dialogs.last if dialogs.count() else self.page.locator("main")

    @property
    def header(self) -> Locator:
        """What stands at the top of every page."""
        return self.page.get_by_role("banner")

    def comes_to(self, heading: str) -> None:
        """Wait for a page or a dialog, by its heading, and hold it to WCAG 2.2 AA."""
        top = self.page.locator("main, dialog[open]").get_by_role("heading", name=heading)
        expect(top.first).to_be_visible()
        self.page.wait_for_load_state("load")
        assert_accessible(self.page)

    def fits(self) -> None:
        """Check that nothing has to be moved sideways, on a phone either."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0

    def reads(self, *texts: str) -> None:
        """Wait until all this stands where they look."""
        for text in texts:
            expect(self.here).to_contain_text(text)

    def shown(self, pattern: str) -> str:
        """Wait for what matches the pattern, and return its first group."""
        expect(self.here).to_contain_text(re.compile(pattern))
        found = re.search(pattern, self.here.inner_text())
        assert found, pattern
        return found.group(1)


def assert_never_in_an_address(visitors: Sequence[Visitor], codes: Sequence[str]) -> None:
    """No code was in anything that a browser asked a server for (K3)."""
    for visitor in visitors:
        assert visitor.asked_for
        for address in visitor.asked_for:
            plain = re.sub(r"[^A-Z0-9]", "", address.upper())
            assert not [code for code in codes if code.replace("-", "") in plain], address
