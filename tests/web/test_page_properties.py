"""Whatever the tree, its toggles and who is where: each page lists what the rules say (C2, S3, F5).

What is expected is worked out in plain Python from what was set, never from what is in effect.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from classkey.accounts.models import Role, User
from classkey.school import membership, publishing
from classkey.school.assessing import writing
from classkey.school.models import (
    Item,
    ItemKind,
    Membership,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    WorkspaceGrant,
)
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, html
from tests.world import make_user

Thing = Place | Item
SHELVES = (ItemKind.FOLDER, ItemKind.PAGE, ItemKind.LINK, ItemKind.TEST)
TWO_TOGGLES = st.tuples(st.booleans(), st.booleans())
MOSTLY_ON = st.tuples(*(st.sampled_from([True, True, False]) for _toggle in range(2)))


# --- Random schools ---------------------------------------------------------------------
@dataclass
class Small:
    """A course or a workspace as drawn: its places and items from the top down, and its people."""

    teacher: User
    top: Place
    places: list[Place]
    given: dict[tuple[object, object], int]
    items: list[Item] = field(default_factory=list)
    student: Any = None
    parent: Any = None
    is_granted: bool = False

    # --- The rules, in plain Python
    def above(self, thing: Thing) -> list[Thing]:
        """A thing and all that it lies in."""
        if isinstance(thing, Place):
            container = self._place(thing.parent_id) if thing.parent_id else None
        elif thing.folder_id:
            container = next(item for item in self.items if item.pk == thing.folder_id)
        else:
            container = self._place(thing.place_id)
        return [thing, *(self.above(container) if container else [])]

    def _place(self, pk: object) -> Any:
        return next(place for place in self.places if place.pk == pk)

    def on(self, thing: Thing, toggle: str) -> bool:
        """C2: for it, and for everything above it."""
        return all(getattr(step, toggle) for step in self.above(thing))

    def permission(self, user: User, place: Place) -> int:
        """S3: a reader, if nothing more, of all above where they are; an admin of all inside."""
        steps = [self.given.get((user.pk, step.pk), 0) for step in self.above(place)]
        inside = any(
            place in self.above(other) for other in self.places if (user.pk, other.pk) in self.given
        )
        return Permission.ADMIN if Permission.ADMIN in steps else steps[0] or int(inside)

    def member_sees(self, user: User, thing: Thing) -> bool:
        if isinstance(thing, Place):
            return self.permission(user, thing) > 0
        permission = self.permission(user, self._place(thing.place_id))
        shown = self.on(thing, "members_see") or thing.created_by_id == user.pk
        return permission == Permission.ADMIN or (permission > 0 and shown)

    def reader_sees(self, place: Place, thing: Thing) -> bool:
        """As a student who is in this place and in those above it."""
        chain = self.above(place)
        if isinstance(thing, Place):
            return thing in chain
        return self._place(thing.place_id) in chain and self.on(thing, "members_see")

    def parent_sees(self, thing: Thing) -> bool:
        """F5, F7: where the child is, and green; of a course its name."""
        opened = self.top.is_course or self.is_granted
        place = thing if isinstance(thing, Place) else self._place(thing.place_id)
        named = thing == self.top and self.top.is_course
        is_there = self.permission(self.student, place) > 0
        return opened and is_there and (named or self.on(thing, "parents_see"))

    def readers_parent_sees(self, place: Place, thing: Thing) -> bool:
        chain = self.above(place)
        there = thing if isinstance(thing, Place) else self._place(thing.place_id)
        named = thing == self.top and self.top.is_course
        return there in chain and (named or self.on(thing, "parents_see"))


@st.composite
def schools(draw: Any) -> Any:
    """What to build: numbers that point to what was built before them."""
    number = st.integers(0, 9)
    return {
        "kind": draw(st.sampled_from([PlaceKind.COURSE, PlaceKind.COURSE, PlaceKind.WORKSPACE])),
        "top": draw(MOSTLY_ON),
        "groups": draw(st.lists(st.tuples(number, MOSTLY_ON), min_size=1, max_size=4)),
        "items": draw(
            st.lists(
                st.tuples(st.sampled_from(SHELVES), number, number, TWO_TOGGLES | MOSTLY_ON),
                min_size=2,
                max_size=8,
            )
        ),
        "student": draw(st.lists(st.tuples(number, st.sampled_from([1, 1, 2])), max_size=2)),
        "is_granted": draw(st.booleans()),
        "is_maker": draw(st.lists(st.booleans(), min_size=8, max_size=8)),
    }


def build(drawn: Any) -> Small:
    """Build what was drawn, through the domain, and let it settle what is in effect."""
    teacher = make_user(Role.INSTRUCTOR, "Tess", address="tess@school.example")
    student = make_user(Role.STUDENT, "Anna")
    parent = make_user(Role.PARENT, "Paula", address="paula@home.example")
    viewer = Viewer(teacher)
    top = membership.make_top_place(viewer, drawn["kind"], "Top")
    places = [top]
    for number, _toggles in drawn["groups"]:
        inside = places[number % len(places)]
        places.append(membership.make_group(viewer, inside, f"Group {len(places)}."))
    small = Small(teacher, top, places, {(teacher.pk, top.pk): Permission.ADMIN})
    small.student, small.parent, small.is_granted = student, parent, drawn["is_granted"]
    for number, permission in drawn["student"]:
        place = places[number % len(places)]
        membership.admit(Viewer(student), student, place, Permission(permission))
        small.given[student.pk, place.pk] = max(
            permission, small.given.get((student.pk, place.pk), 0)
        )
    for kind, one, other, _toggles in drawn["items"]:
        folders = [None, *(item for item in small.items if item.kind == ItemKind.FOLDER)]
        folder = folders[other % len(folders)]
        place = folder.place if folder else places[one % len(places)]
        title, url = f"Item {len(small.items)}.", "https://x.example/" * (kind == ItemKind.LINK)
        if kind == ItemKind.TEST:
            made = writing.make_test(viewer, place, folder, title=title)
        else:
            made = publishing.make_item(viewer, place, folder, kind=kind, title=title, url=url)
        small.items.append(made)
    toggled = [
        (top, drawn["top"]),
        *zip(places[1:], (toggles for _number, toggles in drawn["groups"]), strict=True),
        *zip(small.items, (row[-1] for row in drawn["items"]), strict=True),
    ]
    for thing, (blue, green) in toggled:
        thing.members_see, thing.parents_see = blue, green
        thing.save()
    for item, theirs in zip(small.items, drawn["is_maker"], strict=False):
        if theirs and item.kind != ItemKind.TEST and small.permission(student, item.place) > 1:
            item.created_by = student
            item.save()
    publishing.toggles.settle(top.pk)
    link = ParentLink.objects.create(parent=parent, student=student)
    if small.is_granted and top.is_workspace:
        WorkspaceGrant.objects.create(link=link, place=top)
    return small


# --- What a page lists ------------------------------------------------------------------
LINK = re.compile(
    r'<a class="row-main" href="([^"]*)">.*?<span class="row-title">(.*?)</span>', re.DOTALL
)


def listed(client: Client, address: str) -> set[str] | None:
    """The names in the rows of a page; None where there is no such page."""
    response = client.get(address)
    if response.status_code == 404:
        return None
    assert response.status_code == 200
    rows = LINK.findall(html(response).partition("<main")[2].partition("</main>")[0])
    return {unescape(name) for _address, name in rows}


def name_of(thing: Thing) -> str:
    return thing.name if isinstance(thing, Place) else thing.title


def inside(small: Small, page: Thing) -> list[Thing]:
    """What a page may list: of a place all its items and its groups, of a folder what is in it."""
    if isinstance(page, Place):
        groups = [place for place in small.places if place.parent_id == page.pk]
        return [*groups, *(item for item in small.items if item.place_id == page.pk)]
    return [item for item in small.items if item != page and page in small.above(item)]


def pages(small: Small) -> Iterator[tuple[Thing, str]]:
    """Every place and folder, with the kind of its address."""
    for place in small.places:
        yield place, "place"
    for item in small.items:
        yield item, "item"


def expect(small: Small, page: Thing, sees: Any) -> set[str] | None:
    """What the rules say that a page lists, for somebody who sees what `sees` says."""
    if not sees(page):
        return None
    return {name_of(thing) for thing in inside(small, page) if sees(thing)}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in here is undone: each example begins anew."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=8, derandomize=True)
@given(drawn=schools())
def test_c2_s3_f5_each_page_lists_what_the_rules_say(drawn: Any) -> None:
    with undone():
        small = build(drawn)
        teacher, student = browser_of(small.teacher), browser_of(small.student)
        parent = browser_of(small.parent)
        for page, kind in pages(small):
            for browser, user in ((teacher, small.teacher), (student, small.student)):
                seen = listed(browser, at(kind, page))
                expected = expect(small, page, partial(small.member_sees, user))
                # Of a place that is not open to them they are told no more than its groups (C4).
                if expected is not None and not opened(small, user, page):
                    expected = {name for name in expected if name.startswith("Group")}
                assert seen == expected, (kind, name_of(page), user.given_name)
            seen = listed(parent, at(f"child_{kind}", small.student, page))
            assert seen == expect(small, page, small.parent_sees), (kind, name_of(page))
            assert_green(small, seen or set())


def opened(small: Small, user: User, page: Thing) -> bool:
    if isinstance(page, Item):
        return True
    return small.on(page, "members_see") or small.permission(user, page) == Permission.ADMIN


def assert_green(small: Small, names: set[str]) -> None:
    """C3: nothing reaches a parent that was not turned green, all the way up."""
    things: list[Thing] = [*small.places, *small.items]
    green = {name_of(thing) for thing in things if small.on(thing, "parents_see")}
    assert names <= green


@pytest.mark.django_db
@settings(max_examples=5, derandomize=True)
@given(drawn=schools())
def test_a_preview_lists_what_the_rules_say_of_those_whose_eyes_it_has(drawn: Any) -> None:
    with undone():
        small = build(drawn)
        teacher = browser_of(small.teacher)
        for place in (small.places[0], small.places[-1]):
            chain = small.above(place)
            for page, kind in pages(small):
                there = page if isinstance(page, Place) else page.place
                for eyes, sees in (
                    ("student", small.reader_sees), ("parent", small.readers_parent_sees),
                ):  # fmt: skip
                    seen = listed(teacher, at(f"view_as_{kind}", place, eyes, page))
                    expected = expect(small, page, partial(sees, place))
                    if there in chain and expected is None:
                        expected = set()  # says that they do not see it
                    if eyes == "student" and kind == "place" and expected:
                        is_open = small.on(page, "members_see")
                        expected = {n for n in expected if is_open or n.startswith("Group")}
                    assert seen == expected, (eyes, kind, name_of(page), name_of(place))
                    if eyes == "parent":
                        assert_green(small, seen or set())


# --- The test itself --------------------------------------------------------------------
@pytest.mark.django_db
def test_the_plain_rules_agree_with_who_is_where() -> None:
    """S3, as `membership` keeps it: the rows are what was given here and above."""
    drawn = {
        "kind": PlaceKind.COURSE, "top": (True, True), "items": [], "is_maker": [],
        "groups": [(0, (True, True)), (1, (True, False)), (0, (False, True))],
        "student": [(2, 1), (3, 2)], "is_granted": False,
    }  # fmt: skip
    small = build(drawn)
    for user in (small.teacher, small.student):
        for place in small.places:
            row = Membership.objects.filter(user=user, place=place).first()
            assert small.permission(user, place) == (row.permission if row else 0)
