"""People at their browsers, and what they read there."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from classkey.accounts.models import User

SUPPORT = ("+1 555 0199", "support@school.example", "1 Test Street, Testville")
HTMX = {"HX-Request": "true"}

POST_ONLY = {
    "account_sign_up_again",
    "account_without_address",
    "code_again",
    "codes_delete",
    "course_reopen",
    "desk_export",
    "first_course",
    "item_blue",
    "item_delete",
    "item_down",
    "item_green",
    "item_preview",
    "item_restore",
    "item_up",
    "join_look",
    "member_change",
    "members_add",
    "notices_read",
    "place_blue",
    "place_green",
    "question_move",
    "sheet_run_again",
    "student_language",
    "test_begin",
    "test_save",
}
"""What changes something, or is asked with a code in hand."""

GET_ONLY = {
    "account_inactive",
    "account_password_reset_completed",
    "child",
    "child_file",
    "child_item",
    "child_place",
    "children",
    "code",
    "code_qr",
    "code_sheet",
    "code_to_class",
    "codes",
    "codes_came_in",
    "dashboard",
    "deleted",
    "desk",
    "desk_export_file",
    "desk_log",
    "desk_log_csv",
    "desk_log_json",
    "desk_people",
    "item",
    "item_file",
    "members",
    "mfa_index",
    "mfa_view_recovery_codes",
    "place",
    "sheet_run",
    "student",
    "test_export",
    "test_results",
    "to_mark",
    "view_as",
    "view_as_file",
    "view_as_item",
    "view_as_place",
    "welcome",
}
"""What only shows something, and takes nothing."""


def browser_of(user: User, **options: Any) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def at(name: str, *args: object) -> str:
    """Return the address of a page by its name, for these objects or ids."""
    return reverse(name, args=[getattr(arg, "pk", arg) for arg in args])


def html(response: Any) -> str:
    """Return the markup of an answer."""
    return str(response.content.decode())


def words(response: Any) -> str:
    """Return what a person reads in the main part of a page, or in a fragment."""
    markup = html(response)
    found = re.search(r"<main.*?>(.*)</main>", markup, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[1] if found else markup)).split())


def said(response: Any) -> list[str]:
    """Return the messages above a page."""
    return [str(message) for message in response.context["messages"]]


def errors(response: Any, form: str = "form") -> dict[str, list[str]]:
    """Return what a form has to say, by field."""
    return {name: list(told) for name, told in response.context[form].errors.items()}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


@lru_cache(maxsize=4)
def tags(markup: str) -> list[tuple[str, dict[str, str]]]:
    """Return the tags of a page with their attributes, in their order."""
    parser = _Tags()
    parser.feed(markup)
    return parser.tags


def links(markup: str) -> list[str]:
    """Return the addresses of ours that a page links to, without their fragments."""
    found = (attributes.get("href", "") for tag, attributes in tags(markup) if tag == "a")
    return [href.partition("#")[0] for href in found if href.startswith(("/", "?"))]


def walk(client: Client, start: str = "/", most: int = 3) -> Iterator[tuple[str, Any]]:
    """Follow the links from `start`, up to `most` of each kind, but to no file; yield addresses and
    answers.
    """
    known, ahead, kinds = {start}, [start], Counter[str]()
    while ahead:
        address = ahead.pop(0)
        response = client.get(address, follow=True)
        yield address, response
        if response["Content-Type"].startswith("text/html"):
            for link in links(html(response)):
                target = address.partition("?")[0] + link if link.startswith("?") else link
                kind = re.sub(r"[0-9a-f-]{36}", "", target)
                is_page = not target.endswith("/file/")
                if is_page and target not in known and kinds[kind] < most:
                    kinds[kind] += 1
                    known.add(target)
                    ahead.append(target)


def routes() -> dict[str, str]:
    """Return the pattern of every address, allauth's too, by its name."""
    return dict(_routes(get_resolver(), ""))


def _routes(resolver: URLResolver, above: str) -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        pattern = f"{above}{each.pattern}"
        if isinstance(each, URLPattern):
            assert each.name, f"{pattern} has no name"
            yield each.name, f"/{pattern}"
        else:
            yield from _routes(each, pattern)
