"""Every address, about something that is really there; and what stands on those pages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from itertools import chain
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.test import Client

from classkey.accounts.models import User
from classkey.school.models import QuestionKind
from tests.accounts.signing_up import PASSWORD
from tests.support_desk import things_of_support
from tests.uploads import body_of
from tests.web.browsing import at, browser_of, html, routes
from tests.world import School

KINDS = ["", "anna", "tess", "pia", "vera", "paula"]
"""One of each kind: a stranger (""), a student, teachers, of whom one is a parent as well and one
an administrator, and a parent.
"""

_FIRST: dict[str, Callable[[School], Any]] = {
    "/places/": lambda school: school.maths,
    "/items/": lambda school: school.pages["maths: both"],
    "/codes/": lambda school: school.for_students,
    "/students/": lambda school: school.cleo,
    "/sheets/": lambda school: school.run,
    "/children/": lambda school: school.anna,
}
"""What an address with an id is about, by how it begins."""

_OTHERWISE: dict[str, Callable[[School], list[Any]]] = {
    "child_file": lambda school: [school.anna, school.leaflet],
    "code_again": lambda school: [school.expired],
    "code_sheet": lambda school: [school.for_ninas_parents],
    "course_reopen": lambda school: [school.history],
    "item_file": lambda school: [school.leaflet],
    "item_restore": lambda school: [school.gone],
    "sheets_new": lambda school: [school.owls],
    "test_begin": lambda school: [school.eds_test],
    "test_save": lambda school: [school.eds_test],
    "test_submit": lambda school: [school.eds_test],
    "test_take": lambda school: [school.eds_test],
    "test_edit": lambda school: [school.locked_test],
    "question_new": lambda school: [school.locked_test],
    "view_as_file": lambda school: [school.owls, "student", school.leaflet],
    "view_as_place": lambda school: [school.owls, "student", school.owls],
}
"""Where that would not do."""

_OF_AN_ANSWERED_TEST = {"attempt", "attempt_unlock", "test_export", "test_mark", "test_results"}


def address_of(school: School, name: str) -> str:
    """Return the address `name` about something of this school."""
    pattern = routes()[name]
    if ids := _said_apart(school, name):
        return at(name, *ids)
    first = [thing for start, thing in _FIRST.items() if pattern.startswith(f"{start}<uuid:")]
    ids = [thing(school) for thing in first]
    if name in _OF_AN_ANSWERED_TEST:
        ids = [school.quiz]
    if "<uuid:question>" in pattern:
        ids = [school.locked_test]
        ids += [school.locked_test.assessment.questions.first()]
    if "<uuid:attempt>" in pattern:
        ids += [school.quiz.assessment.attempts.get(student=school.anna)]
    if "<uuid:person>" in pattern:
        ids += [school.anna]
    if "<eyes:eyes>" in pattern:
        ids += ["student"]
    if "<uuid:inner>" in pattern:
        ids += [school.owls]
    if "<uuid:item>" in pattern or name == "child_item":
        ids += [school.pages["maths: both"]]
    if name == "child_place":
        ids += [school.maths]
    return at(name, *ids)


def _said_apart(school: School, name: str) -> list[Any]:
    if name in _OTHERWISE:
        return _OTHERWISE[name](school)
    return things_of_support(school).get(name, [])


def addresses(school: School) -> dict[str, str]:
    """Return every address, about something of this school."""
    return {name: address_of(school, name) for name in routes()}


def client_of(school: School, who: str, **options: Any) -> Client:
    """Return the browser of this person, who typed their password a moment ago; of a stranger
    (""), who is not signed in.
    """
    if not who:
        return Client(**options)
    person = getattr(school, who)
    User.objects.filter(pk=person.pk).update(password=_encoded())
    person.refresh_from_db()
    client = browser_of(person, **options)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, person, method="password", reauthenticated=True)
    request.session.save()
    return client


@lru_cache
def _encoded() -> str:
    return make_password(PASSWORD)


# --- What stands on the pages ---------------------------------------------------------------
@dataclass
class Form:
    """A form of a page: where it leads to, and its fields with what a browser would send."""

    name: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.inside = False
        self.within = ""  # the select or textarea that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, or a field of it."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or self.page
            self.forms.append(Form("", action, given.get("method", "get").lower()))
            self.inside = True
        elif self.inside and tag == "option":
            self._offer(self.within, given.get("value", ""), chosen="selected" in given)
        elif "formaction" in given:
            button = Form("", given["formaction"], "post")
            button.fields[given.get("name", "by")] = [given.get("value", "")]
            self.forms.insert(0, button)
        elif self.inside and "name" in given:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name = given["name"]
        if tag in {"select", "textarea"}:
            self.within = name
            self.forms[-1].fields.setdefault(name, [])
        elif given.get("type") in {"radio", "checkbox"}:
            self._offer(name, given.get("value", "on"), chosen="checked" in given)
        else:
            self._offer(name, given.get("value", ""), chosen=given.get("type") != "submit")

    def _offer(self, name: str, value: str, *, chosen: bool) -> None:
        form = self.forms[-1]
        form.choices.setdefault(name, []).append(value)
        sent = form.fields.setdefault(name, [])
        if chosen:
            sent.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a field."""
        if tag == "form":
            self.inside = False
        elif tag in {"select", "textarea"}:
            self.within = ""

    def handle_data(self, data: str) -> None:
        """Take what stands in a box for a longer text."""
        if self.within and self.inside and self.lasttag == "textarea":
            self.forms[-1].fields[self.within].append(data.removeprefix("\n"))


def forms_on(markup: str, page: str) -> list[Form]:
    """Return the forms of a page of ours; `page` is its own address."""
    parser = _Forms(page)
    parser.feed(markup)
    return parser.forms


def name_of(address: str) -> str:
    """Return by which name an address is known."""
    path = address.partition("?")[0].partition("#")[0]
    known = (name for name, pattern in routes().items() if _expression(pattern).fullmatch(path))
    return next(known)


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"<\w+:\w+>", "[^/]+", pattern))


@dataclass(frozen=True)
class Seen:
    """An answer that somebody got at an address."""

    name: str
    address: str
    response: Any

    @property
    def is_page(self) -> bool:
        """Is it a page or a part of one?"""
        return str(self.response.headers.get("Content-Type", "")).startswith("text/html")


def look_everywhere(client: Client, school: School, **more: Any) -> Iterator[Seen]:
    """Ask for every address, about something of this school."""
    for name, address in addresses(school).items():
        response = client.get(address, **more)
        yield Seen(name, address, response)
        if response.streaming:
            body_of(response)  # or the file stays open


def forms_shown_to(school: School, who: str) -> dict[str, Form]:
    """Return a form for each address that a person is shown one for, the longest; whatever page
    it stands on. Found once in a run, since the rows of the world are the same for every test.
    """
    key = f"{who} of {school.name}"
    if key not in _FOUND:
        with transaction.atomic():
            _FOUND[key] = _find_forms(client_of(school, who), school)
            transaction.set_rollback(True)
    return _FOUND[key]


_FOUND: dict[str, dict[str, Form]] = {}


def _find_forms(client: Client, school: School) -> dict[str, Form]:
    found: dict[str, Form] = {}
    kinds = (f"{address_of(school, 'question_new')}?kind={kind}" for kind in QuestionKind)
    questions = (Seen("question_new", page, client.get(page)) for page in kinds)
    for seen in chain(look_everywhere(client, school), questions):
        if not seen.is_page or seen.response.status_code != 200:
            continue
        for form in forms_on(html(seen.response), seen.address):
            form.name = name_of(form.action)
            known = found.get(form.name)
            if form.method == "post" and (not known or len(form.fields) > len(known.fields)):
                found[form.name] = form
    return found
