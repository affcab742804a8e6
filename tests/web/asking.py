"""All that a parent can ask for: every address that there is, in the ways a browser can, of what is
theirs and of what is not.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import resolve

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import code_text
from classkey.school.code_text import CodeKind
from classkey.school.models import ParentLink
from tests.web.browsing import HTMX, POST_ONLY, at, links, routes
from tests.world import School

CONDITIONS = (
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Sun, 06 Nov 2044 08:49:37 GMT"),
)


@dataclass(frozen=True)
class Reader:
    """A parent by name, and the children whose parent they are now."""

    name: str
    children: tuple[str, ...]

    def person(self, north: School) -> User:
        person: User = getattr(north, self.name)
        return person

    def own(self, north: School) -> list[User]:
        return [getattr(north, child) for child in self.children]


PAULA = Reader("paula", ("anna",))
READERS = [PAULA, Reader("quentin", ("anna", "ben")), Reader("pia", ("ben",))]


@dataclass(frozen=True)
class Ask:
    """One request; `page` is the name of its address. It may be of something that `is_hidden` from
    the parent.
    """

    page: str
    address: str
    method: str = "get"
    data: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    is_hidden: bool = False

    def __str__(self) -> str:
        return " ".join([self.method, self.address, *map(str, self.data + self.headers)])


@dataclass(frozen=True)
class Answer:
    """All of an answer."""

    status: int
    headers: tuple[str, ...]
    body: str
    mails: tuple[str, ...] = ()
    """What the parent is mailed meanwhile."""

    @property
    def lines(self) -> list[str]:
        return "\n".join([str(self.status), *self.headers, self.body, *self.mails]).splitlines()


Sent = dict[Ask, Answer]

NEWS = Ask("news", "/children/")
"""What a parent reads when another adult was linked to each of their children (F8)."""
NOTHING = Ask("nothing", f"/places/{uuid.UUID(int=1)}/")
"""What does not exist."""


# --- All that can be asked for ----------------------------------------------------------
def all_asks(north: School, reader: Reader, found: Sent) -> Iterator[Ask]:
    """Every page by its links, which are in what was `found` already, and one of each kind in other
    ways; every address there is; codes; and what is told of a new link.
    """
    yield from linked(reader, found)
    for ask in {ask.page: ask for ask in found}.values():
        yield from in_other_ways(ask)
    yield from without_ids(reader)
    yield from forms(north, reader)
    yield NEWS


def may_come(reader: Reader, address: str) -> bool:
    """A teacher is followed no further than they are a parent (P5). One parent is everywhere; for
    the others it would be the same again.
    """
    return reader == PAULA or address.startswith(("/children/", "/join/", "/welcome/"))


def linked(reader: Reader, found: Sent) -> Iterator[Ask]:
    """What the links lead to."""
    ahead = ["/children/"]
    for address in ahead:
        ask = Ask(resolve(address.partition("?")[0]).url_name or "", address)
        yield ask
        for link in links(found[ask].body):
            if link.startswith("/") and may_come(reader, link) and link not in ahead:
                ahead.append(link)


def in_other_ways(ask: Ask) -> Iterator[Ask]:
    """A page as a fragment and with a question behind it, and on conditions; of a file, a part."""
    query = f"{ask.address}?q=Nina&sort=name&page=2"
    yield Ask(ask.page, query, headers=tuple(HTMX.items()))
    yield Ask(ask.page, ask.address, headers=CONDITIONS)
    if ask.page == "child_file":
        yield Ask(ask.page, ask.address, "head")
        for part in ("bytes=1-3", "bytes=-2", "bytes=9999-"):
            yield Ask(ask.page, ask.address, headers=(("Range", part),))


def without_ids(reader: Reader) -> Iterator[Ask]:
    """Every address of the site that is of no thing in particular."""
    for page, pattern in routes().items():
        if "<" not in pattern and may_come(reader, pattern):
            yield Ask(page, pattern)
            yield Ask(page, pattern, "post")


UNKNOWN = code_text.mint(CodeKind.PARENT)


def forms(north: School, reader: Reader) -> Iterator[Ask]:
    """Codes in every state, looked at and redeemed (K7); and an address that somebody has.

    What becomes of another child's code is not theirs, but its holder's to know (K2).
    """
    codes = [
        "BCD-FGH-JK1",  # mistyped
        UNKNOWN,
        north.deleted.text,
        north.deleted_parent_code.text,
        north.expired.text,
        north.used_up.text,  # not for them
        north.for_students.text,  # nor this
    ]
    if "anna" in reader.children:  # used up, but by them; and one that not both have used
        codes += [north.for_annas_parents.text, north.for_my_parents.text]
    for code in codes:
        for page in ("join", "join_look"):
            yield Ask(page, at(page), "post", (("code", code),))
    address = str(proved_address(north.nina))
    for page in ("account_email", "account_reset_password"):
        yield Ask(page, at(page), "post", (("email", address), ("action_add", "")))


# --- What is not for them to see --------------------------------------------------------
Things = Mapping[str, object]
"""Things or their ids, by the word that stands before the id in an address."""


def filled(pattern: str, things: Things) -> str:
    """The address of this pattern for these things."""

    def named(found: re.Match[str]) -> str:
        thing = things[found[1]]
        return f"{found[1]}/{getattr(thing, 'pk', thing)}"

    return re.sub(r"(\w+)/<uuid:\w+>", named, pattern).replace("<eyes:eyes>", "parent")


def hidden(north: School, reader: Reader) -> Iterator[Ask]:
    """Every address of a thing: of their child's course, which is not for them to see as its
    members do, and by way of their child of what is not green; and first one of nothing.
    """
    yield NOTHING
    for page, pattern in routes().items():
        if "<" in pattern:
            method = "post" if page in POST_ONLY else "get"
            for things in _hidden_things(north, reader, pattern):
                yield Ask(page, filled(pattern, things), method, is_hidden=True)


def _hidden_things(north: School, reader: Reader, pattern: str) -> Iterator[Things]:
    members = own_things(north, north.nina)
    yield members
    for child in reader.own(north):
        by_way_of_child = re.search(r"^/children/.*>/.*>", pattern)
        if by_way_of_child or pattern.startswith("/students/"):
            not_green = {"places": north.staffroom, "items": north.pages["maths: off"]}
            yield members | not_green | {"children": child, "students": child}


def own_things(north: School, child: User) -> dict[str, object]:
    """What a child has to do with, in a course."""
    quiz = north.quiz.assessment
    elsewhere = ParentLink.objects.exclude(student__family_name=north.name)
    return {
        "attempts": quiz.attempts.get(student=north.anna),
        "bars": north.barred,
        "children": child,
        "codes": north.for_students,
        "exports": north.export,
        "holds": north.held,
        "items": north.pages["maths: both"],
        "links": elsewhere.filter(ended_at=None).earliest("linked_at"),
        "members": child,
        "people": child,
        "places": north.maths,
        "questions": quiz.questions.all()[0],
        "requests": north.about_petra,
        "sheets": north.run,
        "students": child,
    }
