"""What holds whatever is typed and whatever is done, in any order."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from classkey.accounts.models import Role, User
from classkey.school import clock, code_text, membership, publishing, years
from classkey.school.code_text import ALPHABET, CodeKind
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Item, ItemKind, Membership, Permission, Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.world import make_user

# --- The text of codes (K4, K5) ---------------------------------------------------

codes = st.sampled_from(CodeKind).map(code_text.mint)
between = st.text(" -–—_\t\n\u00a0\u200b\u2011", max_size=3)


@given(code=codes, gaps=st.lists(between, min_size=13, max_size=13), small=st.lists(st.booleans()))
def test_k4_a_code_is_known_in_any_spacing_hyphens_and_case(
    code: str, gaps: list[str], small: list[bool]
) -> None:
    small += [False] * len(code)
    typed = "".join(
        gap + (sign.lower() if low else sign)
        for gap, sign, low in zip(gaps, code, small, strict=False)
    )
    assert code_text.normalise(typed + gaps[-1]) == code
    assert code_text.normalise(code_text.display(code)) == code


@given(code=codes)
def test_k5_every_single_slip_is_caught(code: str) -> None:
    for at, right in enumerate(code):
        for wrong in ALPHABET.replace(right, ""):
            assert code_text.kind_of(code[:at] + wrong + code[at + 1 :]) is None


@given(code=codes)
def test_k5_no_code_has_a_sign_outside_the_alphabet(code: str) -> None:
    assert set(code) <= set(ALPHABET)
    assert not code_text.impossible_sign(code)


@given(typed=st.text(st.characters(), max_size=300))
def test_whatever_is_typed_has_an_answer(typed: str) -> None:
    text = code_text.normalise(typed)
    assert code_text.kind_of(text) is None or code_text.normalise(code_text.display(text)) == text


# --- Worlds of their own ----------------------------------------------------------


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in here is undone: each example begins anew."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def pick(things: list[Any], number: int) -> Any:
    return things[number % len(things)]


def attempt(action: Any) -> None:
    """Do it, unless a rule says no; then nothing of it stays."""
    try:
        with transaction.atomic():
            action()
    except (Refused, PermissionDenied, Unseen):
        pass


number = st.integers(0, 30)

# --- What is in effect follows from what is set (C2) ------------------------------

STEPS = ("page", "folder", "group", "move", "toggle", "toggle", "open", "delete", "restore", "copy")
PUBLISHING = st.lists(
    st.tuples(st.sampled_from(STEPS), number, number, st.booleans(), st.sampled_from(Toggle)),
    max_size=14,
)


def publish(viewer: Viewer, op: tuple[str, int, int, bool, Toggle]) -> None:
    """One step of a teacher at work."""
    kind, one, other, flag, toggle = op
    places = list(Place.objects.order_by("created_at"))
    items = list(Item.objects.kept().order_by("created_at"))
    things = [*places, *items]
    folders = [None, *(item for item in items if item.is_folder)]
    folder = pick(folders, other)
    place = folder.place if folder else pick(places, one)
    if kind in {"page", "folder"}:
        publishing.make_item(viewer, place, folder, kind=ItemKind(kind), title=kind)
    elif kind == "group":
        membership.make_group(viewer, pick(places, one), "group")
    elif kind in {"toggle", "open"}:
        thing = pick(things, one)
        publishing.flip(viewer, thing, toggle, on=flag, with_above=kind == "open")
    elif kind == "copy":
        made = years.copy(
            viewer, pick(places, one).root, name="Copy", school_year=clock.school_year()
        )
        assert not Item.objects.filter(root=made, shown_to_parents=True).exists(), "green off (S4)"
    elif kind == "restore":
        gone = list(Item.objects.filter(deleted_at__isnull=False).order_by("created_at"))
        if gone:
            publishing.restore_item(viewer, pick(gone, one).pk)
    elif items and kind == "move":
        publishing.move_item(viewer, pick(items, one), place, folder)
    elif items:
        publishing.delete_item(viewer, pick(items, one))


def assert_in_effect() -> None:
    """What is kept beside each thing is what its toggles and all above it say."""
    places = {place.pk: place for place in Place.objects.all()}
    items = {item.pk: item for item in Item.objects.kept()}

    def holds(thing: Any, toggle: str) -> bool:
        above: Place | Item | None
        if isinstance(thing, Place):
            above = places[thing.parent_id] if thing.parent_id else None
        else:
            above = items[thing.folder_id] if thing.folder_id else places[thing.place_id]
        return getattr(thing, toggle) and (above is None or holds(above, toggle))

    for thing in [*places.values(), *items.values()]:
        assert thing.shown_to_members == holds(thing, "members_see")
        assert thing.shown_to_parents == holds(thing, "parents_see")
    for item in items.values():
        assert item.root_id == places[item.place_id].root_id
        assert item.folder_id is None or items[item.folder_id].place_id == item.place_id


@pytest.mark.django_db
@settings(max_examples=30)
@given(ops=PUBLISHING)
def test_c2_what_is_in_effect_follows_from_what_is_set_whatever_was_done(ops: list[Any]) -> None:
    with undone():
        viewer = Viewer(make_user(Role.INSTRUCTOR, "Tess"))
        membership.make_top_place(viewer, PlaceKind.COURSE, "Course")
        for op in ops:
            attempt(lambda op=op: publish(viewer, op))
            assert_in_effect()


# --- Who is where (S2, S3) --------------------------------------------------------

MEMBERSHIP = st.lists(
    st.tuples(
        st.sampled_from(
            ["join", "join", "join", "leave", "remove", "change", "change", "group", "add", "wait"]
        ),
        number,
        number,
        number,
        st.sampled_from(Permission),
        st.sampled_from([None, None, 1, 3, 8]),
    ),
    max_size=14,
)


def come_and_go(people: list[User], op: tuple[Any, ...], clock_hand: Any) -> None:
    """One step of a school year."""
    kind, who, whom, where, permission, days = op
    actor, person = Viewer(pick(people, who)), pick(people, whom)
    place = pick(list(Place.objects.order_by("created_at")), where)
    if kind == "join":
        until = None if days is None else clock.today() + datetime.timedelta(days)
        if person.is_student:  # whom a code never makes an admin, nor gives a last day (K10)
            permission, until = min(permission, Permission.EDIT), None
        membership.admit(Viewer(person), person, place, permission, ends_on=until)
    elif kind == "leave":
        membership.leave(actor, place)
    elif kind == "remove":
        membership.remove(actor, place, person)
    elif kind == "change":
        membership.change_permission(actor, place, person, permission)
    elif kind == "group":
        membership.make_group(actor, place, "group")
    elif kind == "add":
        membership.add_from_above(actor, place, [person], permission)
    else:
        clock_hand.shift(datetime.timedelta(days or 0))


FOR_GOOD = datetime.date.max


def assert_whole() -> None:
    """Members are members above, admins are admins inside, nobody outstays, all have an admin."""
    rows = {
        (row.user_id, row.place_id): row
        for row in Membership.objects.live().select_related("user", "place__root")
    }
    places = list(Place.objects.all())
    for (user, _place), row in rows.items():
        until = row.ends_on or FOR_GOOD
        if row.place.parent_id:
            above = rows.get((user, row.place.parent_id))
            assert above is not None, "in a group and not above it"
            assert until <= (above.ends_on or FOR_GOOD), "longer inside than above"
        if row.permission == Permission.ADMIN:
            assert row.user.is_instructor or not row.place.root.is_course
            for inside in places:
                if inside.parent_id == row.place_id:
                    theirs = rows.get((user, inside.pk))
                    assert theirs is not None, "an admin above and not inside"
                    assert theirs.permission == Permission.ADMIN
                    assert theirs.ends_on == row.ends_on
        else:
            assert row.permission == row.given
    for place in places:
        lasting = [
            row
            for row in rows.values()
            if row.place_id == place.pk and row.permission == Permission.ADMIN and not row.ends_on
        ]
        assert lasting, "a place without an admin"


@pytest.mark.django_db
@settings(max_examples=40)
@given(kind=st.sampled_from([PlaceKind.COURSE, PlaceKind.WORKSPACE]), ops=MEMBERSHIP)
def test_s2_s3_who_is_where_is_whole_whatever_was_done(kind: PlaceKind, ops: list[Any]) -> None:
    start = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    with undone(), time_machine.travel(start) as clock_hand:
        people = [make_user(Role.INSTRUCTOR, f"T{number}") for number in range(3)]
        people.append(make_user(Role.STUDENT, "S"))
        maker = Viewer(people[0])
        top = membership.make_top_place(maker, kind, "Top")
        membership.make_group(maker, membership.make_group(maker, top, "Group"), "Nested")
        for op in ops:
            attempt(lambda op=op: come_and_go(people, op, clock_hand))
            assert_whole()
