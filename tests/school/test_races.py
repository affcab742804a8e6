"""Many at once: what the rules promise holds under any number of simultaneous hands.

With the guard on both databases. Without it, on PostgreSQL, each of the first three is
shown to break, by an interleaving that leaves nothing to luck (SQLite lets one writer in
at a time, so there is nothing to show).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from classkey.accounts.models import Role, User
from classkey.school import clock, issuing, linking, membership, publishing, redeeming, years
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.marking import ChangedMeanwhile
from classkey.school.errors import Reason, Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    Answer,
    Attempt,
    Audience,
    Code,
    Item,
    Membership,
    ParentLink,
    Permission,
    Place,
    Question,
    QuestionKind,
    Redemption,
)
from classkey.school.viewer import Viewer
from tests.world import School, World, enter, make_user

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LONG = 10.0
"""Seconds after which a thread that waits is taken to be stuck."""

needs_row_locks = pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="SQLite serialises writers: nothing to interleave"
)


@pytest.fixture
def north(committed_world: World) -> School:
    return committed_world.north


class Hand(threading.Thread):
    """Does one thing on a connection of its own, and keeps what came of it."""

    def __init__(self, action: Callable[[], Any], *wrappers: Callable[..., Any]) -> None:
        super().__init__(daemon=True)
        self.action, self.wrappers = action, wrappers
        self.result: Any = None
        self.start()

    def run(self) -> None:
        """Act; an exception is a result."""
        try:
            with wrapped(self.wrappers):
                self.result = self.action()
        except Exception as error:  # noqa: BLE001 # whatever it is, the test looks at it
            self.result = error
        finally:
            connection.close()

    def done(self) -> Any:
        """Wait for the end; return the result."""
        self.join(LONG)
        assert not self.is_alive(), "stuck"
        return self.result


@contextmanager
def wrapped(wrappers: tuple[Callable[..., Any], ...]) -> Iterator[None]:
    """Run under execute wrappers of this thread's connection."""
    if not wrappers:
        yield
        return
    with connection.execute_wrapper(wrappers[0]), wrapped(wrappers[1:]):
        yield


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Do all actions at once; return what came of each."""
    start = threading.Barrier(len(actions))

    def begin(action: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        start.wait(LONG)
        return action()

    hands = [Hand(lambda action=action: begin(action)) for action in actions]  # type: ignore[misc]
    return [hand.done() for hand in hands]


def before(words: str, wait: Callable[[], object]) -> Callable[..., Any]:
    """An execute wrapper that waits before the first statement with these words."""
    waited: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if words in sql and not waited:
            waited.append(sql)
            wait()
        return execute(sql, params, many, context)

    return wrapper


class Pause:
    """A hand stops here until it is told to go on."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        """Stop."""
        self.reached.set()
        assert self.go.wait(LONG)


def redeem(person: User, code: Code) -> Callable[[], Any]:
    text = code.text
    return lambda: redeeming.redeem(Viewer(person), text)


def code_for(maker: User, place: Place, *terms: Any, **more: Any) -> Code:
    return issuing.make_registration_code(Viewer(maker), place, Terms(*terms, **more))


def newcomers(count: int) -> list[User]:
    return [make_user(Role.STUDENT, f"Newt{number}") for number in range(count)]


def reasons(results: list[Any]) -> list[Any]:
    """Why each was refused; None where it was not."""
    others = [each for each in results if isinstance(each, Exception | None)]
    assert all(isinstance(each, Refused) for each in others), others
    return [each.reason if isinstance(each, Refused) else None for each in results]


# --- 1: limits of use (K12) -------------------------------------------------------


@pytest.mark.parametrize("uses", [1, 3])
def test_k12_a_code_with_a_limit_lets_in_exactly_that_many(north: School, uses: int) -> None:
    code, people = code_for(north.tess, north.maths, max_uses=uses), newcomers(8)
    results = reasons(together(*(redeem(person, code) for person in people)))
    assert sorted(map(str, results)) == ["None"] * uses + [str(Reason.USED_UP)] * (8 - uses)
    assert Membership.objects.filter(user__in=people, place=north.maths).count() == uses
    assert Redemption.objects.filter(code=code).count() == uses
    code.refresh_from_db()
    assert code.uses == uses


def test_k12_a_parent_code_links_exactly_its_adults(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tess), north.nina)
    parents = [
        make_user(Role.PARENT, f"P{number}", address=f"p{number}@example.org")
        for number in range(6)
    ]
    together(*(redeem(person, code) for person in parents))
    assert ParentLink.objects.filter(student=north.nina).count() == 2


def two_for_one_use(north: School) -> tuple[list[User], list[Any]]:
    """Two people, both of whom are about to count the last use."""
    code, people = code_for(north.tess, north.maths, max_uses=1), newcomers(2)
    both = threading.Barrier(2)
    meet = [before('UPDATE "school_code"', lambda: both.wait(LONG)) for _ in people]
    hands = [
        Hand(redeem(person, code), wrapper) for person, wrapper in zip(people, meet, strict=True)
    ]
    return people, [hand.done() for hand in hands]


@needs_row_locks
def test_k12_the_last_use_goes_to_one_though_both_are_about_to_count_it(north: School) -> None:
    people, results = two_for_one_use(north)
    assert {Reason.USED_UP, None} == set(reasons(results))
    assert Membership.objects.filter(user__in=people).count() == 1


@needs_row_locks
def test_k12_without_its_guard_the_limit_breaks(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_write(code: Code) -> bool:
        now = Code.objects.get(pk=code.pk)
        if now.is_used_up:
            return False
        return bool(Code.objects.filter(pk=code.pk).update(uses=now.uses + 1))

    monkeypatch.setattr(redeeming, "_count_use", read_then_write)
    people, results = two_for_one_use(north)
    assert reasons(results) == [None, None]
    assert Membership.objects.filter(user__in=people).count() == 2, "two came in by one use"


# --- 2: one person, twice (K12) ---------------------------------------------------


@pytest.mark.parametrize("terms", [{}, {"max_uses": 5}])
def test_k12_one_person_many_times_at_once_is_one_membership(
    north: School, terms: dict[str, int]
) -> None:
    code = code_for(north.tess, north.owls, **terms)
    doors = together(*[redeem(north.zoe, code)] * 6)
    assert sorted(door.already for door in doors) == [False] + [True] * 5
    assert Redemption.objects.filter(code=code).count() == 1
    assert Membership.objects.filter(user=north.zoe).count() == 2
    code.refresh_from_db()
    assert code.uses == (1 if terms else 0)


def one_person_twice(north: School, *tables: str) -> tuple[Code, list[Any]]:
    """One person, twice about to come in: neither sees the other before it writes to `tables`."""
    code = code_for(north.tess, north.maths)

    def meet(table: str) -> Callable[..., Any]:
        both = meetings[table]
        return before(f'INSERT INTO "{table}"', lambda: both.wait(LONG))

    meetings = {table: threading.Barrier(2) for table in tables}
    hands = [Hand(redeem(north.zoe, code), *map(meet, tables)) for _ in range(2)]
    return code, [hand.done() for hand in hands]


@needs_row_locks
def test_k12_one_person_twice_is_one_membership_though_neither_saw_the_other(
    north: School,
) -> None:
    code, doors = one_person_twice(north, "school_redemption")
    assert sorted(door.already for door in doors) == [False, True]
    assert Redemption.objects.filter(code=code).count() == 1
    assert Membership.objects.filter(user=north.zoe).count() == 1


@needs_row_locks
def test_k12_without_its_guards_one_person_is_in_twice(north: School) -> None:
    with no_constraint(Redemption), no_constraint(Membership):
        code, doors = one_person_twice(north, "school_redemption", "school_membership")
        memberships = Membership.objects.filter(user=north.zoe)
        redemptions = Redemption.objects.filter(code=code)
        found = [door.already for door in doors], memberships.count(), redemptions.count()
        memberships.delete()
        redemptions.delete()
    assert found == ([False, False], 2, 2), "one person is in twice"


@contextmanager
def no_constraint(model: Any) -> Iterator[None]:
    """Take the table's unique constraint out of the database, and put it back."""
    (constraint,) = model._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


# --- 3: deleting against redeeming (K2, K12) --------------------------------------


@pytest.mark.parametrize("terms", [{}, {"max_uses": 9}])
def test_k2_nobody_comes_in_once_deleting_has_returned(
    north: School, terms: dict[str, int]
) -> None:
    for _ in range(3):
        code, people = code_for(north.tess, north.maths, **terms), newcomers(5)

        def delete(code: Code = code, people: list[User] = people) -> int:
            issuing.delete_codes(Viewer(north.tess), [code.pk])
            return Membership.objects.filter(user__in=people).count()

        *results, came_before = together(*(redeem(person, code) for person in people), delete)
        assert set(reasons(results)) <= {None, Reason.UNKNOWN}
        assert Membership.objects.filter(user__in=people).count() == came_before
        assert results.count(None) == 0
        assert reasons(results).count(None) == came_before


def deleted_amid_redeeming(north: School, code: Code, person: User) -> tuple[bool, bool, Any]:
    """Somebody is half-way in when the code is deleted.

    Returns whether deleting waited for them, whether they were in when it returned, and
    what came of them.
    """

    def is_in() -> bool:
        return Membership.objects.filter(user=person, place=code.place).exists()

    def delete() -> bool:
        issuing.delete_codes(Viewer(north.tess), [code.pk])
        return is_in()

    half_way = Pause()
    redeemer = Hand(redeem(person, code), before('INSERT INTO "school_membership"', half_way))
    assert half_way.reached.wait(LONG)
    deleter = Hand(delete)
    deleter.join(0.5)
    waited = deleter.is_alive()
    half_way.go.set()
    return waited, deleter.done(), redeemer.done()


@needs_row_locks
@pytest.mark.parametrize("terms", [{}, {"max_uses": 9}])
def test_k2_deleting_waits_for_who_is_half_way_in(north: School, terms: dict[str, int]) -> None:
    code = code_for(north.tess, north.maths, **terms)
    waited, was_in, door = deleted_amid_redeeming(north, code, north.zoe)
    assert waited
    assert was_in
    assert not door.already


@needs_row_locks
@pytest.mark.parametrize("terms", [{}, {"max_uses": 1}])
def test_k2_deleting_waits_for_who_is_half_way_back_in(
    north: School, terms: dict[str, int]
) -> None:
    code = code_for(north.tess, north.maths, **terms)
    enter(north.zoe, code)
    membership.leave(Viewer(north.zoe), north.maths)
    waited, was_in, _door = deleted_amid_redeeming(north, code, north.zoe)
    assert waited
    assert was_in


@needs_row_locks
def test_k2_without_its_guard_somebody_comes_in_after_the_code_is_deleted(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_look(code: Code) -> bool:
        return Code.objects.live().filter(pk=code.pk).exists()

    monkeypatch.setattr(Code, "hold", only_look)
    code = code_for(north.tess, north.maths)
    waited, was_in, door = deleted_amid_redeeming(north, code, north.zoe)
    assert not waited
    assert not was_in
    assert door.place == north.maths, "came in after the code was dead"
    assert Membership.objects.filter(user=north.zoe, place=north.maths).exists()


def test_k12_a_whole_class_on_one_code_waits_for_nobody(north: School) -> None:
    """Each is half-way in while the others come in: nobody queues for a code without a limit."""
    code, people = code_for(north.tess, north.maths), newcomers(4)
    if connection.vendor == "sqlite":
        results = together(*(redeem(person, code) for person in people))
        assert reasons(results) == [None] * 4
        return
    all_half_way = threading.Barrier(4)
    hands = [
        Hand(
            redeem(person, code),
            before('INSERT INTO "school_membership"', lambda: all_half_way.wait(LONG)),
        )
        for person in people
    ]
    assert reasons([hand.done() for hand in hands]) == [None] * 4


# --- Admins against each other (S2) -----------------------------------------------


def two_admins(north: School) -> Place:
    """A workspace made by somebody who left, run by Tess and Tom: neither is protected."""
    place = membership.make_top_place(Viewer(north.pia), north.den.kind, "Shared")  # type: ignore[arg-type]
    code = code_for(north.pia, place, Audience.INSTRUCTORS, Permission.ADMIN, 2)
    for person in (north.tess, north.tom):
        enter(person, code)
    membership.leave(Viewer(north.pia), place)
    return place


def assert_one_admin_stays(place: Place, results: list[Any]) -> None:
    assert Membership.objects.filter(place=place).admins().count() == 1
    assert results.count(None) == 1
    assert any(isinstance(each, Refused | PermissionDenied) for each in results)


def test_s2_two_admins_who_remove_each_other_leave_one(north: School) -> None:
    for _ in range(3):
        place = two_admins(north)
        results = together(
            lambda place=place: membership.remove(Viewer(north.tess), place, north.tom),  # type: ignore[misc]
            lambda place=place: membership.remove(Viewer(north.tom), place, north.tess),  # type: ignore[misc]
        )
        assert_one_admin_stays(place, results)


def test_s2_two_admins_who_lower_each_other_leave_one(north: School) -> None:
    def lower(one: User, other: User, place: Place) -> Callable[[], None]:
        return lambda: membership.change_permission(Viewer(one), place, other, Permission.READ)

    for _ in range(3):
        place = two_admins(north)
        results = together(lower(north.tess, north.tom, place), lower(north.tom, north.tess, place))
        assert_one_admin_stays(place, results)


def test_s2_two_admins_who_leave_at_once_leave_one(north: School) -> None:
    for _ in range(3):
        place = two_admins(north)
        results = together(
            lambda place=place: membership.leave(Viewer(north.tess), place),  # type: ignore[misc]
            lambda place=place: membership.leave(Viewer(north.tom), place),  # type: ignore[misc]
        )
        assert_one_admin_stays(place, results)


# --- Leaving a course against joining its group (S3) ------------------------------


def assert_whole(person: User, north: School) -> None:
    """In a place, and so in all above it."""
    inside = set(Membership.objects.filter(user=person).values_list("place__name", flat=True))
    names = [north.maths.name, "Owls", "Chicks"]
    for above, group in pairwise(names):
        assert above in inside or group not in inside, inside


def test_s3_leaving_a_course_against_joining_its_group(north: School) -> None:
    code = code_for(north.tess, north.chicks)
    for person in (north.ben, north.nina, north.cleo):
        together(
            lambda person=person: membership.leave(Viewer(person), north.maths),  # type: ignore[misc]
            redeem(person, code),
        )
        assert_whole(person, north)


@needs_row_locks
@pytest.mark.parametrize("words", ["INSERT INTO", "FOR UPDATE"])
def test_s3_who_leaves_while_half_way_into_a_group_is_in_both_or_in_neither(
    north: School, words: str
) -> None:
    half_way = Pause()
    code = code_for(north.tess, north.chicks)
    table = 'INSERT INTO "school_membership"' if words == "INSERT INTO" else "FOR UPDATE OF"
    joiner = Hand(redeem(north.ben, code), before(table, half_way))
    assert half_way.reached.wait(LONG)
    leaver = Hand(lambda: membership.leave(Viewer(north.ben), north.maths))
    leaver.join(0.5)
    half_way.go.set()
    assert leaver.done() is None
    assert joiner.done().place == north.chicks
    assert_whole(north.ben, north)
    assert north.in_place(north.ben, north.chicks), "came after the leaving"


@needs_row_locks
def test_s6_who_leaves_the_course_is_not_added_to_its_group_by_hand(north: School) -> None:
    half_way = Pause()
    adder = Hand(
        lambda: membership.add_from_above(
            Viewer(north.tess), north.owls, [north.ben], Permission.READ
        ),
        before('INSERT INTO "school_membership"', half_way),
    )
    assert half_way.reached.wait(LONG)
    leaver = Hand(lambda: membership.leave(Viewer(north.ben), north.maths))
    leaver.join(0.5)
    half_way.go.set()
    assert adder.done() == 1
    assert leaver.done() is None
    assert not Membership.objects.filter(user=north.ben, place__root=north.maths).exists()


# --- Parents (F4) -----------------------------------------------------------------


def test_f4_one_parent_with_several_codes_at_once_is_one_link(north: School) -> None:
    codes = [issuing.make_parent_code(Viewer(north.tess), north.nina) for _ in range(4)]
    doors = together(*(redeem(north.ursula, code) for code in codes))
    assert sorted(door.already for door in doors) == [False, True, True, True]
    assert ParentLink.objects.filter(parent=north.ursula, student=north.nina).count() == 1
    assert sum(Code.objects.filter(student=north.nina).values_list("uses", flat=True)) == 1


@needs_row_locks
def test_f4_two_links_at_once_are_one_though_neither_saw_the_other(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's own guard, for who does not wait as redeeming does (F9)."""
    monkeypatch.setattr(linking, "hold_family", lambda _student: None)
    codes = [issuing.make_parent_code(Viewer(north.tess), north.nina) for _ in range(2)]
    both = threading.Barrier(2)
    hands = [
        Hand(
            redeem(north.ursula, code),
            before('INSERT INTO "school_parentlink"', lambda: both.wait(LONG)),
        )
        for code in codes
    ]
    assert sorted(hand.done().already for hand in hands) == [False, True]
    assert linking.links_of(north.nina).count() == 1


# --- The year's end (S4) ----------------------------------------------------------


def copy_of_maths(north: School) -> Callable[[], Any]:
    next_year = clock.school_year() + 1
    return lambda: years.copy(Viewer(north.tess), north.maths, name="New", school_year=next_year)


def titles_in(course: Place) -> list[str]:
    items = Item.objects.kept().filter(root=course.pk)
    return sorted(items.values_list("title", flat=True))


def test_s4_two_copies_at_once_are_two_courses_each_whole(north: School) -> None:
    one, other = together(copy_of_maths(north), copy_of_maths(north))
    assert one != other
    assert titles_in(one) == titles_in(other) == titles_in(north.maths)


def edit_of(north: School) -> Callable[[], Any]:
    page = north.pages["maths: both"]
    return lambda: publishing.edit_item(Viewer(north.tom), page, version=1, title="Edited")


def test_s4_an_edit_against_the_end_of_the_year_comes_before_it_or_is_refused(
    north: School,
) -> None:
    edited, archived = together(
        edit_of(north), lambda: years.archive(Viewer(north.tess), north.maths)
    )
    assert archived is None
    assert isinstance(edited, PermissionDenied | None)
    assert ("Edited" in titles_in(north.maths)) == (edited is None)


@needs_row_locks
def test_s4_the_end_of_the_year_waits_for_an_edit_under_way(north: School) -> None:
    half_way = Pause()
    editor = Hand(edit_of(north), before('UPDATE "school_item"', half_way))
    assert half_way.reached.wait(LONG)

    def archive() -> list[str]:
        years.archive(Viewer(north.tess), north.maths)
        return titles_in(north.maths)

    archiver = Hand(archive)
    archiver.join(0.5)
    assert archiver.is_alive()
    half_way.go.set()
    assert editor.done() is None
    assert "Edited" in archiver.done(), "when it is over nothing changes any more"


@needs_row_locks
def test_s4_what_is_changed_while_a_course_is_copied_comes_after(north: School) -> None:
    half_way = Pause()
    copier = Hand(copy_of_maths(north), before('INSERT INTO "school_item"', half_way))
    assert half_way.reached.wait(LONG)
    deleter = Hand(lambda: publishing.delete_item(Viewer(north.tom), north.folder))
    editor = Hand(edit_of(north))
    deleter.join(0.5)
    assert deleter.is_alive()
    assert editor.is_alive()
    before_it = titles_in(north.maths)
    half_way.go.set()
    assert titles_in(copier.done()) == before_it
    assert deleter.done() is None
    assert editor.done() is None


# --- Tests: one key, and one order of questions (C5) ------------------------------


def adds_a_question(teacher: User, test: Item, text: str) -> Callable[[], Any]:
    draft = writing.QuestionDraft(text)
    return lambda: writing.add_question(Viewer(teacher), test, QuestionKind.LONG_TEXT, draft)


def order_of(test: Item) -> list[tuple[int, str]]:
    return list(Question.objects.filter(assessment=test.pk).values_list("position", "text"))


def test_c5_questions_added_at_once_come_one_after_the_other(north: School) -> None:
    test = writing.make_test(Viewer(north.tess), north.maths, None, title="Fresh")
    teachers = [north.tess, north.tom, north.sam] * 2
    together(*(adds_a_question(who, test, f"{at}") for at, who in enumerate(teachers)))
    positions, texts = zip(*order_of(test), strict=True)
    assert positions == (0, 1, 2, 3, 4, 5)
    assert sorted(texts) == ["0", "1", "2", "3", "4", "5"]


def test_c5_questions_moved_at_once_stay_in_one_order(north: School) -> None:
    test = writing.make_test(Viewer(north.tess), north.maths, None, title="Fresh")
    a, b, c = (adds_a_question(north.tess, test, text)() for text in "ABC")
    together(
        lambda: writing.move_question(Viewer(north.tess), test, a.pk, 1),
        lambda: writing.move_question(Viewer(north.tom), test, c.pk, -1),
        lambda: writing.move_question(Viewer(north.sam), test, b.pk, 1),
    )
    assert [position for position, _text in order_of(test)] == [0, 1, 2]
    assert sorted(text for _position, text in order_of(test)) == ["A", "B", "C"]


@needs_row_locks
def test_c5_who_adds_a_question_waits_for_who_moves_one(north: School) -> None:
    test = writing.make_test(Viewer(north.tess), north.maths, None, title="Fresh")
    a, _b = (adds_a_question(north.tess, test, text)() for text in "AB")
    half_way = Pause()
    mover = Hand(
        lambda: writing.move_question(Viewer(north.tess), test, a.pk, 1),
        before('UPDATE "school_question"', half_way),
    )
    assert half_way.reached.wait(LONG)
    adder = Hand(adds_a_question(north.tom, test, "C"))
    adder.join(0.5)
    assert adder.is_alive()
    half_way.go.set()
    assert mover.done() is None
    adder.done()
    assert order_of(test) == [(0, "B"), (1, "A"), (2, "C")]


def test_c5_a_question_is_deleted_or_answered_but_not_both(north: School) -> None:
    tess, test = Viewer(north.tess), north.locked_test
    writing.change_settings(tess, test, writing.Settings())
    question = test.assessment.questions.all()[0]
    given = {question.pk: taking.Given([str(question.choices.all()[0].pk)])}
    deleted, begun = together(
        lambda: writing.delete_question(tess, test, question.pk),
        lambda: taking.save_answers(Viewer(north.anna), test, given),
    )
    assert isinstance(deleted, Refused) != isinstance(begun, Unseen)
    answers = Answer.objects.filter(attempt__assessment=north.locked_test.pk)
    assert answers.count() == (1 if isinstance(deleted, Refused) else 0)


@needs_row_locks
def test_c5_a_submission_under_way_is_marked_by_the_new_key_after_all(north: School) -> None:
    question = north.quiz.assessment.questions.all()[0]
    two, three = question.choices.all()
    draft = writing.QuestionDraft(
        question.text,
        choices=[
            writing.ChoiceDraft("Two", is_right=False, pk=two.pk),
            writing.ChoiceDraft("Three", is_right=True, pk=three.pk),
        ],
    )
    half_way = Pause()
    ben = Hand(
        lambda: taking.submit(Viewer(north.ben), north.quiz, {}),
        before('UPDATE "school_answer"', half_way),  # the old key is read
    )
    assert half_way.reached.wait(LONG)
    teacher = Hand(
        lambda: writing.change_question(Viewer(north.tess), north.quiz, question.pk, draft)
    )
    teacher.join(0.5)
    half_way.go.set()
    assert isinstance(ben.done(), Attempt)
    assert teacher.done() is None
    answer = Answer.objects.get(attempt__student=north.ben, question=question)
    assert answer.points == 0, "by the new key, as is everybody's"


# --- Marking (C5) -----------------------------------------------------------------


def text_of_anna(north: School) -> Answer:
    answers = Answer.objects.select_related("marked_by").filter(attempt__student=north.anna)
    return answers.get(attempt__assessment=north.quiz.pk, question__text="Why?")


def marks(north: School, teacher: User, points: int) -> Callable[[], Any]:
    """Mark Anna's text as it stands now, with a remark that tells whose mark it is."""
    answer, viewer = text_of_anna(north), Viewer(teacher)
    remark = f"{points} by {teacher.given_name}"
    return lambda: marking.mark(
        viewer, north.quiz, answer.attempt_id, answer.question_id, Decimal(points), remark,
        seen=answer.version,
    )  # fmt: skip


def unlocks(north: School, teacher: User) -> Callable[[], Any]:
    attempt = text_of_anna(north).attempt_id
    return lambda: marking.unlock(Viewer(teacher), north.quiz, attempt)


def test_c5_of_two_teachers_who_mark_one_answer_the_second_is_told(north: School) -> None:
    teachers = [north.tess, north.tom, north.sam]
    results = together(*(marks(north, who, points) for points, who in enumerate(teachers)))
    [marked] = [each for each in results if isinstance(each, Answer)]
    told = [each for each in results if isinstance(each, ChangedMeanwhile)]
    stays = text_of_anna(north)
    assert (stays.points, stays.remark) == (marked.points, marked.remark)
    assert stays.remark == f"{stays.points:.0f} by {stays.marked_by and stays.marked_by.given_name}"
    assert len(told) == 2
    assert all(stays.remark[-3:] in str(each.message) for each in told)


def two_marks(north: School) -> list[Any]:
    """Two teachers, both of whom are about to write their mark."""
    both = threading.Barrier(2)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):  # with the guard, the other waits
            both.wait(1)

    hands = [
        Hand(marks(north, who, points), before('UPDATE "school_answer"', meet))
        for points, who in enumerate([north.tess, north.tom])
    ]
    return [type(hand.done()) for hand in hands]


@needs_row_locks
def test_c5_the_second_is_told_though_both_are_about_to_write(north: School) -> None:
    assert set(two_marks(north)) == {Answer, ChangedMeanwhile}


@needs_row_locks
def test_c5_without_its_guard_a_mark_is_lost_unseen(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "_held", lambda _viewer, _item, pk: Attempt.objects.get(pk=pk))
    assert two_marks(north) == [Answer, Answer]


def test_c5_a_mark_against_an_unlocking_comes_before_it_or_is_refused(north: School) -> None:
    marked, unlocked = together(marks(north, north.tess, 3), unlocks(north, north.tom))
    assert isinstance(unlocked, Attempt)
    answer = text_of_anna(north)
    assert answer.attempt.submitted_at is None
    if isinstance(marked, Answer):
        assert answer.points == 3
    else:
        assert isinstance(marked, Refused)
        assert answer.points is None


@needs_row_locks
def test_c5_unlocking_waits_for_a_mark_under_way(north: School) -> None:
    half_way = Pause()
    marker = Hand(marks(north, north.tess, 3), before('UPDATE "school_answer"', half_way))
    assert half_way.reached.wait(LONG)
    unlocker = Hand(unlocks(north, north.tom))
    unlocker.join(0.5)
    assert unlocker.is_alive()
    half_way.go.set()
    assert isinstance(marker.done(), Answer)
    assert isinstance(unlocker.done(), Attempt)
    assert text_of_anna(north).points == 3, "and it stays, unless Anna changes her answer"


@needs_row_locks
def test_c5_a_mark_waits_for_an_unlocking_under_way_and_is_refused(north: School) -> None:
    half_way = Pause()
    unlocker = Hand(unlocks(north, north.tom), before('UPDATE "school_attempt"', half_way))
    assert half_way.reached.wait(LONG)
    marker = Hand(marks(north, north.tess, 3))
    marker.join(0.5)
    assert marker.is_alive()
    half_way.go.set()
    assert isinstance(unlocker.done(), Attempt)
    assert isinstance(marker.done(), Refused)
    assert text_of_anna(north).points is None


@needs_row_locks
def test_c5_a_mark_under_way_is_worth_no_more_than_the_question_after_all(north: School) -> None:
    why = north.quiz.assessment.questions.all()[1]
    attempt = Attempt.objects.get(assessment=north.quiz.pk, student=north.anna)
    half_way = Pause()
    marker = Hand(
        lambda: marking.mark(Viewer(north.tom), north.quiz, attempt.pk, why.pk, Decimal(3), seen=1),
        before('UPDATE "school_answer"', half_way),  # what the question is worth is read
    )
    assert half_way.reached.wait(LONG)
    draft = writing.QuestionDraft(why.text, points=Decimal(1))
    teacher = Hand(lambda: writing.change_question(Viewer(north.tess), north.quiz, why.pk, draft))
    teacher.join(0.5)
    half_way.go.set()
    assert isinstance(marker.done(), Answer)
    assert teacher.done() is None
    assert Answer.objects.get(attempt=attempt, question=why).points == 1


# --- Tests: one attempt each, and submitted once (C5) -----------------------------


def writes(north: School, text: str, seen: int = 1) -> Callable[[], Any]:
    """Ben answers the long question of the quiz, in the tab that knows this version."""
    why = north.quiz.assessment.questions.all()[1]
    given = {why.pk: taking.Given([text], seen)}
    return lambda: taking.save_answers(Viewer(north.ben), north.quiz, given)


def text_of_ben(north: School) -> Answer:
    return Answer.objects.get(
        attempt__assessment=north.quiz.pk,
        attempt__student=north.ben,
        question__kind=QuestionKind.LONG_TEXT,
    )


def submits(north: School) -> Callable[[], Any]:
    return lambda: taking.submit(Viewer(north.ben), north.quiz, {})


def test_c5_two_who_begin_at_once_are_one_attempt(north: School) -> None:
    begun = together(*[lambda: taking.begin(Viewer(north.nina), north.quiz)] * 6)
    [attempt] = Attempt.objects.filter(assessment=north.quiz.pk, student=north.nina)
    assert begun == [attempt] * 6


@needs_row_locks
def test_c5_nor_are_there_two_though_neither_saw_the_other(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without holding the test, the constraint is what is left."""
    both = threading.Barrier(2)
    monkeypatch.setattr(taking, "_hold_test", lambda item: item.assessment)
    hands = [
        Hand(
            lambda: taking.begin(Viewer(north.nina), north.quiz),
            before('INSERT INTO "school_attempt"', lambda: both.wait(LONG)),
        )
        for _tab in range(2)
    ]
    [attempt] = {hand.done() for hand in hands}
    assert attempt.student == north.nina


def test_c5_first_answers_of_two_tabs_at_once_are_one_answer(north: School) -> None:
    why = north.quiz.assessment.questions.all()[1]

    def writes_first(text: str) -> Callable[[], Any]:
        given = {why.pk: taking.Given([text])}
        return lambda: taking.save_answers(Viewer(north.nina), north.quiz, given)

    results = together(writes_first("In one tab"), writes_first("In the other"))
    [refusal] = [each for each in results if isinstance(each, taking.ChangedElsewhere)]
    answer = Answer.objects.get(attempt__student=north.nina, question=why)
    assert [each.given for each in refusal.kept.values()] == [answer.given]
    assert answer.version == 1


def two_tabs(north: School) -> list[Any]:
    """Two tabs, each about to write over the version that both have read."""
    both = threading.Barrier(2)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):  # with the guard, the other waits
            both.wait(1)

    hands = [
        Hand(writes(north, text), before('UPDATE "school_answer"', meet))
        for text in ("In one tab", "In the other")
    ]
    return [type(hand.done()) for hand in hands]


@needs_row_locks
def test_c5_the_second_tab_is_told_though_both_are_about_to_write(north: School) -> None:
    assert sorted(two_tabs(north), key=str) == [taking.ChangedElsewhere, dict]


@needs_row_locks
def test_c5_without_its_guard_one_tab_overwrites_the_other(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_held", taking.begin)
    assert two_tabs(north) == [dict, dict]


def test_c5_an_answer_against_the_submission_comes_before_it_or_is_refused(
    north: School,
) -> None:
    saved, submitted = together(writes(north, "At the last moment"), submits(north))
    assert isinstance(submitted, Attempt)
    given = text_of_ben(north).given
    if isinstance(saved, dict):
        assert given == ["At the last moment"]
    else:
        assert isinstance(saved, Refused)
        assert given == ["Ben thinks so"]


@needs_row_locks
def test_c5_submitting_waits_for_an_answer_under_way(north: School) -> None:
    half_way = Pause()
    writer = Hand(writes(north, "Mine"), before('UPDATE "school_answer"', half_way))
    assert half_way.reached.wait(LONG)
    submitter = Hand(submits(north))
    submitter.join(0.5)
    assert submitter.is_alive()
    half_way.go.set()
    assert isinstance(writer.done(), dict)
    assert isinstance(submitter.done(), Attempt)
    answer = text_of_ben(north)
    assert (answer.given, answer.points) == (["Mine"], None)


@needs_row_locks
def test_c5_an_answer_waits_for_a_submission_under_way_and_is_refused(north: School) -> None:
    half_way = Pause()
    submitter = Hand(submits(north), before('UPDATE "school_attempt"', half_way))
    assert half_way.reached.wait(LONG)
    writer = Hand(writes(north, "Too late"))
    writer.join(0.5)
    assert writer.is_alive()
    half_way.go.set()
    assert isinstance(submitter.done(), Attempt)
    assert isinstance(writer.done(), Refused)
    assert text_of_ben(north).given == ["Ben thinks so"]


def test_c5_a_test_is_submitted_once_however_often_at_once(north: School) -> None:
    results = together(*[submits(north)] * 6)
    assert sum(isinstance(each, Attempt) for each in results) == 1
    assert sum(isinstance(each, Refused) for each in results) == 5
    answers = Answer.objects.filter(attempt__assessment=north.quiz.pk, attempt__student=north.ben)
    assert answers.count() == 2


def test_c5_a_whole_class_that_saves_and_submits_while_the_key_changes_is_not_stuck(
    north: School,
) -> None:
    question = north.quiz.assessment.questions.all()[0]
    two, three = question.choices.all()
    draft = writing.QuestionDraft(
        question.text,
        choices=[
            writing.ChoiceDraft("Two", is_right=False, pk=two.pk),
            writing.ChoiceDraft("Three", is_right=True, pk=three.pk),
        ],
    )
    tess = Viewer(north.tess)
    results = together(
        submits(north),
        writes(north, "Meanwhile"),
        lambda: taking.submit(Viewer(north.nina), north.quiz, {}),
        lambda: taking.begin(Viewer(north.cleo), north.quiz),
        lambda: writing.change_question(tess, north.quiz, question.pk, draft),
        unlocks(north, north.tom),
        marks(north, north.sam, 2),
    )
    assert {type(each) for each in results} <= {Attempt, Answer, dict, Refused, type(None)}
    of_ben = Answer.objects.get(attempt__student=north.ben, question=question)
    assert of_ben.points == 0
