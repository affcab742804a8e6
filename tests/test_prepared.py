"""A query that is prepared answers as the queryset that it is made of."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classkey import prepared
from classkey.accounts.models import User
from classkey.prepared import CannotBePrepared, Prepared
from classkey.school import code_text, code_vault, membership, redeeming
from classkey.school.models import Code, Membership, Permission, Place, Removal
from tests.world import School, World

A_DAY = datetime.timedelta(days=1)


@Prepared
def members(
    place: uuid.UUID, *others: uuid.UUID, at_least: Permission = Permission.READ
) -> QuerySet[Membership]:
    """Who is in some places, with the person and the place."""
    found = Membership.objects.live().filter(place__in=[place, *others])
    return (
        found.filter(permission__gte=at_least).select_related("user", "place__root").order_by("pk")
    )


def told(row: Any) -> Any:
    """All that a row says, with the rows that came with it."""
    if not isinstance(row, Model):
        return row
    fields = dict(vars(row))
    state = fields.pop("_state")
    related = {name: told(value) for name, value in state.fields_cache.items()}
    return type(row), fields, related, state.db, state.adding


def agree(asked: Prepared[..., Any], *values: Any, **kind: Any) -> int:
    """Hold what is prepared to its queryset; return how many rows there are."""
    rows = [told(row) for row in asked(*values, **kind)]
    assert rows == [told(row) for row in asked.queryset(*values, **kind)]
    return len(rows)


# --- The same answers ---------------------------------------------------------------------
def test_the_rows_are_those_of_the_queryset_whatever_the_values(world: World) -> None:
    places = Place.objects.values_list("pk", flat=True)
    found = {
        agree(members, *some, at_least=at_least)
        for at_least in Permission
        for some in [[uuid.uuid4()], *([place] for place in places), [*places[:3]], [*places]]
    }
    assert len(found) > 5, "the test can fail"


def test_so_are_those_of_a_redemption(world: World) -> None:
    codes, people = list(Code.objects.all()), list(User.objects.all())
    found = 0
    for code in codes:
        digests = code_vault.digests(code_text.normalise(code.text))
        found += agree(redeeming._makeable, *digests)  # noqa: SLF001
        assert agree(redeeming._with_digest, *digests) == 1  # noqa: SLF001
    assert 0 < found < len(codes)
    place, person = world.north.maths, world.north.anna
    Removal.objects.create(place=place, user=person, removed_at=timezone.now())
    for since, more in ((timezone.now() - A_DAY, 1), (timezone.now() + A_DAY, 0)):
        for ids in ([place.pk], [place.pk, uuid.uuid4()]):
            assert agree(redeeming._removals, person.pk, since, *ids) == more  # noqa: SLF001
    with transaction.atomic():
        held = [agree(membership._held, each.pk, place.pk) for each in people]  # noqa: SLF001
    assert sum(held) > 0


def test_values_and_not_only_models(north: School) -> None:
    @Prepared
    def names(place: uuid.UUID) -> QuerySet[User, str]:
        here = Membership.objects.filter(place=place)
        people = User.objects.filter(pk__in=here.values("user")).order_by("username")
        return people.values_list("username", flat=True)

    @Prepared
    def partly(place: uuid.UUID) -> QuerySet[Place]:
        return Place.objects.filter(pk=place).defer("description")

    assert agree(names, north.maths.pk) > 1
    assert agree(partly, north.maths.pk) == 1


def test_the_first_is_one_or_none(north: School) -> None:
    first = members.first(north.maths.pk)
    assert first == members(north.maths.pk)[0]
    assert members.first(uuid.uuid4()) is None


def test_what_nobody_can_be_in_is_not_asked_for(north: School) -> None:
    @Prepared
    def nobody(place: uuid.UUID) -> QuerySet[Membership]:
        return Membership.objects.filter(place=place).none()

    with CaptureQueriesContext(connection) as queries:
        assert nobody(north.maths.pk) == []
    assert len(queries) == 0


def test_it_is_built_once_for_each_kind_and_number_of_values_and_each_day(
    north: School, time_machine: Any
) -> None:
    built = []

    @Prepared
    def counted(place: uuid.UUID, *others: uuid.UUID, kind: str) -> QuerySet[Membership]:
        built.append(kind)
        return Membership.objects.live().filter(place__in=[place, *others])

    def builds(*values: uuid.UUID, kind: str = "one") -> int:
        before = len(built)
        assert agree(counted, *values, kind=kind)
        return len(built) - before - 1  # `agree` builds it as well

    place = north.maths.pk
    assert (builds(place), builds(place)) == (2, 0)
    assert (builds(place, north.owls.pk), builds(place, north.owls.pk)) == (2, 0)
    assert (builds(place, kind="other"), builds(place, kind="other")) == (2, 0)
    prepared.forget()
    assert (builds(place), builds(place)) == (2, 0)
    time_machine.move_to(timezone.now() + A_DAY)
    assert (builds(place), builds(place)) == (2, 0)


def test_a_last_day_ends_at_midnight(north: School, time_machine: Any) -> None:
    today = timezone.localdate()
    Membership.objects.filter(place=north.maths).update(ends_on=today)
    assert members(north.maths.pk)
    time_machine.move_to(timezone.now() + A_DAY)
    assert not members(north.maths.pk)


def test_midnight_may_come_while_it_is_built(north: School, time_machine: Any) -> None:
    built = []

    @Prepared
    def at_midnight(place: uuid.UUID) -> QuerySet[Membership]:
        found = Membership.objects.live().filter(place=place)
        built.append(str(found.query))
        if len(built) == 1:
            time_machine.move_to(timezone.now() + A_DAY)
        return found

    assert agree(at_midnight, north.maths.pk)
    first, *others = built
    assert len(others) == 4, "twice, twice again, and once by `agree`"
    assert first.split("ends_on", 1)[1] != others[0].split("ends_on", 1)[1]


def test_a_text_is_a_value_as_it_is_written(world: World) -> None:
    @Prepared
    def called(username: str) -> QuerySet[User]:
        return User.objects.filter(username=username)

    assert agree(called, world.north.anna.username) == 1
    for odd in ("", "%", "anna' OR true --", world.north.anna.username.upper()):
        assert agree(called, odd) == 0


def test_a_clause_that_django_does_not_know_is_added_where_rows_are_locked(north: School) -> None:
    code = north.for_students
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert code.hold()
        assert not Code(pk=uuid.uuid4()).hold()
    locks = connection.features.has_select_for_update
    assert [each["sql"].endswith(" FOR KEY SHARE") for each in queries] == [locks, locks]


# --- What cannot be prepared --------------------------------------------------------------
@pytest.mark.parametrize("value", [None, True, 1, datetime.date(2026, 1, 1), [], ()])
def test_no_value_is_what_django_asks_otherwise_for(value: object) -> None:
    with pytest.raises(CannotBePrepared, match="no type of a value"):
        members(value)  # type: ignore[arg-type]


def compares(place: uuid.UUID, other: uuid.UUID) -> QuerySet[Membership]:
    found = Membership.objects.filter(place__in=[place, other])
    return found.admins() if place == other else found


def compares_people(one: uuid.UUID, other: uuid.UUID) -> QuerySet[Membership]:
    found = Membership.objects.filter(user__in=[one, other])
    return found.admins() if User(pk=one) == User(pk=other) else found


def writes(place: uuid.UUID) -> QuerySet[Place]:
    return Place.objects.filter(pk=place, name=str(place))


TEXTS = {
    "a part": lambda name: User.objects.filter(username__contains=name),
    "folded": lambda name: User.objects.filter(username=name.lower()),
    "raised": lambda name: User.objects.filter(username=name.upper()),
    "trimmed": lambda name: User.objects.filter(username=name.strip()),
    "quoted": lambda name: User.objects.filter(username=name.replace("%", "")),
}


def forgets(place: uuid.UUID, _person: uuid.UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(place=place)


def looks_at_the_clock(place: uuid.UUID) -> QuerySet[Code]:
    return Code.objects.live().filter(place=place)


def fetches_more(place: uuid.UUID) -> QuerySet[Place]:
    return Place.objects.filter(pk=place).prefetch_related("items")


def asks_first(place: uuid.UUID) -> QuerySet[Membership]:
    is_there = Place.objects.filter(pk=place).exists()
    found = Membership.objects.filter(place=place)
    return found if is_there else found.none()


def comes_from_a_place(person: uuid.UUID) -> QuerySet[Membership, Any]:
    return Place(pk=uuid.uuid4()).memberships.filter(user=person)


@pytest.mark.parametrize(
    ("queryset", "values", "why"),
    [
        (compares, 2, "comparing"),
        (compares_people, 2, "comparing"),
        (writes, 1, "made of a value"),
        (forgets, 2, "nowhere"),
        (looks_at_the_clock, 1, "moment"),
        (asks_first, 1, "while the queryset is built"),
        (fetches_more, 1, "more than one query"),
        (comes_from_a_place, 1, "more than one query"),
    ],
)
def test_what_goes_by_a_value_otherwise_is_refused_at_once(
    db: None, queryset: Callable[..., QuerySet[Any]], values: int, why: str
) -> None:
    asked = Prepared(queryset)
    for _time in range(2):
        with pytest.raises(CannotBePrepared, match=why):
            asked(*(uuid.uuid4() for _value in range(values)))


@pytest.mark.parametrize("how", sorted(TEXTS))
def test_nor_is_what_is_made_of_a_text_a_value(db: None, how: str) -> None:
    with pytest.raises(CannotBePrepared, match="made of a value"):
        Prepared(TEXTS[how])("anna")


def test_a_text_in_any_case_is_one_where_the_database_folds_it(world: World) -> None:
    called = Prepared(lambda name: User.objects.filter(username__iexact=name))
    if connection.vendor == "postgresql":
        assert agree(called, world.north.anna.username.upper()) == 1
    else:  # Django quotes it for LIKE
        with pytest.raises(CannotBePrepared, match="made of a value"):
            called("%")


def test_unless_it_is_one_of_the_first_that_may_go_nowhere(north: School) -> None:
    def forgets_the_first(_person: uuid.UUID, place: uuid.UUID) -> QuerySet[Membership]:
        return forgets(place, _person)

    assert agree(Prepared(forgets_the_first, may_be_nowhere=1), north.anna.pk, north.maths.pk)
    with pytest.raises(CannotBePrepared, match="nowhere"):
        Prepared(forgets, may_be_nowhere=1)(north.maths.pk, north.anna.pk)
