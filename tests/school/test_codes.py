"""Codes: made, kept, refused, redeemed, deleted (section 4 of the rules)."""

import datetime
import logging
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import code_panel, code_text, code_vault, issuing, membership, redeeming
from classkey.school.code_text import CodeKind
from classkey.school.errors import Reason, Refused
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    AuditAction,
    AuditEvent,
    Code,
    Membership,
    Permission,
    Place,
    PlaceKind,
    Redemption,
)
from classkey.school.viewer import Viewer
from tests.world import School, enter, expire, make_user

A_DAY = datetime.timedelta(days=1)
A_SECOND = datetime.timedelta(seconds=1)


def code_for(maker: User, place: Place, *terms: Any, **more: Any) -> Code:
    """A new registration code of `place`."""
    return issuing.make_registration_code(Viewer(maker), place, Terms(*terms, **more))


def refusal(user: User, typed: str) -> Refused:
    """How the typed code is refused: looking and redeeming agree."""
    with pytest.raises(Refused) as looked:
        redeeming.look(Viewer(user), typed)
    with pytest.raises(Refused) as redeemed:
        redeeming.redeem(Viewer(user), typed)
    assert (looked.value.reason, str(looked.value.message)) == (
        redeemed.value.reason,
        str(redeemed.value.message),
    )
    return redeemed.value


def newcomer(role: Role = Role.STUDENT) -> User:
    """Somebody who is nowhere yet."""
    return make_user(role, "Newt", address=f"newt-{User.objects.count()}@example.org")


# --- K2: how codes die ------------------------------------------------------------


def test_k2_a_code_lives_fourteen_days_to_the_second(north: School, time_machine: Any) -> None:
    code = code_for(north.tess, north.maths)
    time_machine.move_to(code.created_at + 14 * A_DAY - A_SECOND, tick=False)
    redeeming.look(Viewer(north.zoe), code.text)
    assert Code.objects.live().filter(pk=code.pk).exists()
    time_machine.move_to(code.created_at + 14 * A_DAY, tick=False)
    assert refusal(north.zoe, code.text).reason is Reason.EXPIRED
    assert not Code.objects.live().filter(pk=code.pk).exists()
    assert code.is_expired
    assert not code.is_live


def test_k2_nobody_comes_in_after_the_fourteen_days_though_they_looked_before(
    north: School, time_machine: Any
) -> None:
    """The clock runs on between finding a code and using it."""
    for terms in ({}, {"max_uses": 3}):
        code = code_for(north.tess, north.maths, **terms)
        found = redeeming.find(code.text)
        time_machine.move_to(code.expires_at, tick=False)
        with pytest.raises(Refused) as refused, transaction.atomic():
            redeeming._record(Viewer(north.zoe), found)  # noqa: SLF001 # between two instants
        assert refused.value.reason is Reason.EXPIRED
        assert not Redemption.objects.filter(code=code).exists()


def test_k2_a_deleted_code_is_dead_at_once(north: School) -> None:
    code = code_for(north.tess, north.maths)
    assert issuing.delete_codes(Viewer(north.tom), [code.pk]) == 1
    assert refusal(north.zoe, code.text).reason is Reason.UNKNOWN
    code.refresh_from_db()
    assert not code.is_live


def test_k2_a_code_is_deleted_once(north: School) -> None:
    assert issuing.delete_codes(Viewer(north.tess), [north.deleted.pk]) == 0


def test_k2_nobody_deletes_the_codes_of_others(north: School, south: School) -> None:
    codes = [north.for_students.pk, north.for_the_den.pk, south.for_students.pk]
    for person in (north.gwen, north.ed, north.cleo, north.paula, north.vera, north.ivan):
        assert issuing.delete_codes(Viewer(person), codes) == 0
    assert issuing.delete_codes(Viewer(north.pia, north.ben), codes) == 0
    assert issuing.delete_codes(Viewer(north.tess), codes) == 1
    assert Code.objects.live().filter(pk__in=codes).count() == 2


def test_k2_a_code_dies_with_its_makers_right_to_make_it(north: School) -> None:
    by_tom = code_for(north.tom, north.maths)
    for_parents = issuing.make_parent_code(Viewer(north.tom), north.nina)
    membership.change_permission(Viewer(north.tess), north.maths, north.tom, Permission.EDIT)
    assert refusal(north.zoe, by_tom.text).reason is Reason.UNKNOWN
    assert refusal(north.ursula, for_parents.text).reason is Reason.UNKNOWN


def test_k2_a_parent_code_dies_when_the_student_leaves_its_makers_course(north: School) -> None:
    redeeming.look(Viewer(north.ursula), north.for_ninas_parents.text)
    membership.leave(Viewer(north.nina), north.maths)
    assert refusal(north.ursula, north.for_ninas_parents.text).reason is Reason.UNKNOWN


def test_k2_p7_the_codes_of_who_is_not_active_are_dead(north: School) -> None:
    assert refusal(north.zoe, north.by_ivan.text).reason is Reason.UNKNOWN


def test_k2_s4_an_archived_course_lets_nobody_in(north: School) -> None:
    code = code_for(north.tess, north.maths)
    Place.objects.filter(pk=north.maths.pk).update(archived_at=timezone.now())
    assert refusal(north.zoe, code.text).reason is Reason.UNKNOWN


# --- K6: what is at rest ----------------------------------------------------------


def test_k6_nothing_of_a_code_is_in_the_database(north: School) -> None:
    """A dump of every table, as a thief would read it, has no five signs of any code."""
    codes = [north.for_students, north.for_ninas_parents, north.used_up, north.deleted]
    codes.append(code_for(north.tess, north.maths))
    enter(north.zoe, codes[-1])
    dump = "\n".join(
        repr({key: _told(value) for key, value in row.items()})
        for model in apps.get_models()
        for row in model._base_manager.values()
    ).upper()
    for code in codes:
        text = code_text.normalise(code.text)
        assert code.last_four in dump
        assert not [text[at : at + 5] for at in range(len(text) - 4) if text[at : at + 5] in dump]
        assert code.text not in dump


def _told(value: object) -> object:
    """A value as a dump shows it; binary columns in the forms that they come in."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def test_k6_the_digest_is_of_no_use_without_the_key(north: School, settings: Settings) -> None:
    text = code_text.normalise(north.for_students.text)
    settings.CODE_DIGEST_KEYS = ["another key"]
    assert code_vault.digest(text) != bytes(north.for_students.digest)
    with pytest.raises(Refused):
        redeeming.find(text)


def test_k6_the_ciphertext_is_of_no_use_without_the_key(north: School, settings: Settings) -> None:
    from cryptography.fernet import Fernet

    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        _ = north.for_students.text


def test_k6_keys_rotate_older_ones_still_find_and_open(north: School, settings: Settings) -> None:
    from cryptography.fernet import Fernet

    before = north.for_students.text
    settings.CODE_DIGEST_KEYS = ["a newer key", *settings.CODE_DIGEST_KEYS]
    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode(), *settings.CODE_CIPHER_KEYS]
    assert redeeming.find(before) == north.for_students
    assert north.for_students.text == before
    newer = code_for(north.tess, north.maths)
    assert bytes(newer.digest) == code_vault.digest(code_text.normalise(newer.text))


def test_k6_no_log_no_query_and_no_error_holds_a_code(
    north: School, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with CaptureQueriesContext(connection) as queries:
        code = code_for(north.tess, north.maths, max_uses=1)
        text = code.text
        enter(north.zoe, code)
        told = [refusal(newcomer(), text), refusal(newcomer(Role.PARENT), text)]
    told += [refusal(north.zoe, f"{text[:-1]}{'2' if text[-1] != '2' else '3'}")]
    everything = "\n".join(
        [
            *(query["sql"] for query in queries),
            *(record.getMessage() for record in caplog.records),
            *(f"{each!r} {each} {each.message}" for each in told),
            repr(code),
            str(code),
            repr(redeeming.look(Viewer(north.zoe), text)),
        ]
    )
    assert len(queries) > 20
    assert text not in everything
    assert code_text.normalise(text) not in everything


# --- K7: every refusal says which, and what to do next ----------------------------


def slip(text: str) -> str:
    """The code with its last sign mistyped."""
    return text[:-1] + ("3" if text[-1] == "2" else "2")


REFUSALS: list[tuple[str, Callable[[School], tuple[User, str]], Reason, str]] = [
    ("a slip", lambda s: (s.zoe, slip(s.for_students.text)), Reason.MISTYPED,
     "This is not quite a code. Please compare what you typed with the code."),
    ("an O", lambda s: (s.zoe, "O" + s.for_students.text[1:]), Reason.MISTYPED,
     "Codes have no O. Please compare what you typed with the code."),
    ("a plus", lambda s: (s.zoe, "+" + s.for_students.text[1:]), Reason.MISTYPED,
     "This is not quite a code. Please compare what you typed with the code."),
    ("nothing", lambda s: (s.zoe, ""), Reason.MISTYPED,
     "This is not quite a code. Please compare what you typed with the code."),
    ("a megabyte", lambda s: (s.zoe, s.for_students.text * 100_000), Reason.MISTYPED,
     "This is not quite a code. Please compare what you typed with the code."),
    ("nobody's code", lambda s: (s.zoe, code_text.mint(CodeKind.REGISTRATION)), Reason.UNKNOWN,
     "We do not know this code. It may have been deleted. "
     "Ask the person who gave it to you for a new one."),
    ("deleted", lambda s: (s.zoe, s.deleted.text), Reason.UNKNOWN,
     "We do not know this code. It may have been deleted. "
     "Ask the person who gave it to you for a new one."),
    ("deleted parent code", lambda s: (s.ursula, s.deleted_parent_code.text), Reason.UNKNOWN,
     "We do not know this code. It may have been deleted. "
     "Ask the person who gave it to you for a new one."),
    ("expired", lambda s: (s.zoe, s.expired.text), Reason.EXPIRED, "This code expired on "),
    ("expired parent code", lambda s: (s.ursula, s.expired_parent_code.text), Reason.EXPIRED,
     "This code expired on "),
    ("used up", lambda s: (s.dan, s.used_up.text), Reason.USED_UP,
     "This code has been used up. Ask the person who gave it to you for a new one."),
    ("used up parent code", lambda s: (s.ursula, s.used_up_parent_code.text), Reason.USED_UP,
     "This code has been used up. Ask the person who gave it to you for a new one."),
    ("teachers' code, by a student", lambda s: (s.zoe, s.for_editors.text), Reason.NOT_FOR_YOU,
     "This code is for teachers. Ask your teacher for one for students."),
    ("students' code, by a teacher", lambda s: (s.pia, s.for_students.text), Reason.NOT_FOR_YOU,
     "This code is for students. Ask for a code for teachers."),
    ("registration code, by a parent", lambda s: (s.paula, s.for_students.text),
     Reason.NOT_FOR_YOU,
     "This is a code for students and teachers. "
     "You need a parent code: ask your child's teacher for one."),
    ("parent code, by a student", lambda s: (s.nina, s.for_ninas_parents.text),
     Reason.NOT_FOR_YOU,
     "This code is for a parent. Give it to your parent; they use it with their account."),
    ("parent code, by who made it", lambda s: (s.tess, s.for_ninas_parents.text),
     Reason.NOT_FOR_YOU,
     "You made this code yourself. Ask another teacher of the child, or the child."),
    ("my parents' code, by another's parent", lambda s: (s.petra, s.for_my_parents.text),
     Reason.NOT_FOR_YOU,
     "This code is for the parents of the student who made it. "
     "Link to your child with a parent code first, then use this one again."),
    ("my parents' code, by a student", lambda s: (s.ben, s.for_my_parents.text),
     Reason.NOT_FOR_YOU, "This code is for the parents of the student who made it. "),
    ("by who was removed", lambda s: (s.rolf, s.for_students.text), Reason.NOT_FOR_YOU,
     "You were removed from Maths Northside after this code was made. Ask for a new code."),
    ("of a group, by who was removed from its course", lambda s: (s.rolf, s.for_owls.text),
     Reason.NOT_FOR_YOU,
     "You were removed from Maths Northside after this code was made. Ask for a new code."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "reason", "words"),
    [(case, reason, words) for _name, case, reason, words in REFUSALS],
    ids=[name for name, *_ in REFUSALS],
)
def test_k7_a_refusal_says_which_and_what_to_do_next(
    north: School, case: Callable[[School], tuple[User, str]], reason: Reason, words: str
) -> None:
    before = counts()
    told = refusal(*case(north))
    assert told.reason is reason
    assert str(told.message).startswith(words)
    assert counts() == before, "a refused code changed something"


def counts() -> tuple[int, ...]:
    """What must not change where a code is refused."""
    uses = sum(Code.objects.values_list("uses", flat=True))
    return (Membership.objects.count(), Redemption.objects.count(), uses)


def test_k7_expired_tells_the_date_in_the_schools_time(
    north: School, settings: Settings, time_machine: Any
) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    time_machine.move_to(datetime.datetime(2026, 3, 1, 20, 30, tzinfo=datetime.UTC), tick=False)
    code = code_for(north.tess, north.maths)
    time_machine.shift(15 * A_DAY)
    with timezone.override("Pacific/Auckland"):
        told = refusal(north.zoe, code.text)
    assert str(told.message).startswith("This code expired on March 16, 2026, 9:30 a.m.")


def test_k7_unknown_and_deleted_read_and_count_the_same(north: School) -> None:
    unknown = refusal(north.zoe, code_text.mint(CodeKind.REGISTRATION))
    deleted = refusal(north.zoe, north.deleted.text)
    makerless = refusal(north.zoe, north.by_ivan.text)
    assert len({(told.reason, str(told.message)) for told in (unknown, deleted, makerless)}) == 1


def test_k7_an_unproved_address_redeems_no_parent_code(north: School) -> None:
    parent = make_user(Role.PARENT, "Unproved")
    told = refusal(parent, north.for_ninas_parents.text)
    assert told.reason is Reason.NOT_FOR_YOU
    assert "Prove your e-mail address first" in str(told.message)


@pytest.mark.parametrize("typed", ["", "💥" * 50, "\x00", "\ud800", "ﷺ" * 150, "2" * 1_000_000])
def test_any_text_is_refused_as_mistyped_without_a_question_to_the_database(
    north: School, typed: str
) -> None:
    with CaptureQueriesContext(connection) as queries, pytest.raises(Refused) as refused:
        redeeming.look(Viewer(north.zoe), typed)
    assert refused.value.reason is Reason.MISTYPED
    assert not queries.captured_queries


# --- K3, K4: looking, typing ------------------------------------------------------


def test_k3_looking_changes_nothing(north: School) -> None:
    before = counts()
    for person, code in ((north.zoe, north.for_owls), (north.ursula, north.for_ninas_parents)):
        redeeming.look(Viewer(person), code.text)
    assert counts() == before


def test_k1_there_are_two_kinds(north: School) -> None:
    assert north.for_ninas_parents.is_parent_code
    assert not north.for_students.is_parent_code
    assert not north.for_my_parents.is_parent_code


def test_k3_looking_tells_the_place_or_the_child(north: School) -> None:
    into_owls = redeeming.look(Viewer(north.zoe), north.for_owls.text)
    to_nina = redeeming.look(Viewer(north.ursula), north.for_ninas_parents.text)
    into_the_den = redeeming.look(Viewer(north.quentin), north.for_my_parents.text)
    assert (into_owls.place, into_owls.child) == (north.owls, None)
    assert (to_nina.place, to_nina.child) == (None, north.nina)
    assert (into_the_den.place, into_the_den.child) == (north.den, north.anna)
    assert not any(door.already for door in (into_owls, to_nina, into_the_den))


def test_k4_one_box_takes_every_code_however_it_is_typed(north: School) -> None:
    redeeming.redeem(Viewer(north.zoe), f" {north.for_students.text.lower()} ")
    redeeming.redeem(Viewer(north.ursula), north.for_ninas_parents.text.replace("-", "–"))
    assert north.in_place(north.zoe, north.maths)


# --- K10: who makes which, and what it serves -------------------------------------


def came_in(north: School, person: User, place: Place) -> tuple[int, Any] | None:
    """With which permission and until when somebody is in a place."""
    row = north.in_place(person, place)
    return (row.permission, row.ends_on) if row else None


@pytest.mark.parametrize("permission", [Permission.READ, Permission.EDIT])
def test_k10_students_into_a_course(north: School, permission: Permission) -> None:
    enter(north.zoe, code_for(north.tess, north.maths, Audience.STUDENTS, permission))
    assert came_in(north, north.zoe, north.maths) == (permission, None)


@pytest.mark.parametrize("permission", Permission)
def test_k10_another_teacher_into_a_course(north: School, permission: Permission) -> None:
    enter(north.vera, code_for(north.tess, north.maths, Audience.INSTRUCTORS, permission))
    assert came_in(north, north.vera, north.maths) == (permission, None)


@pytest.mark.parametrize("who", ["zoe", "vera"])
def test_k10_a_code_for_both(north: School, who: str) -> None:
    enter(getattr(north, who), code_for(north.tess, north.maths, Audience.BOTH))
    assert came_in(north, getattr(north, who), north.maths) == (Permission.READ, None)


def test_k10_teachers_share_in_a_workspace(north: School) -> None:
    enter(north.pia, north.for_staff)
    assert came_in(north, north.pia, north.staffroom) == (Permission.EDIT, None)


def test_k10_students_work_together_in_a_students_workspace(north: School) -> None:
    enter(north.zoe, code_for(north.anna, north.den, Audience.STUDENTS, Permission.EDIT))
    assert came_in(north, north.zoe, north.den) == (Permission.EDIT, None)


def test_k10_a_substitute_comes_until_the_last_day(north: School) -> None:
    assert came_in(north, north.sam, north.maths) == (Permission.ADMIN, north.last_day)
    # An admin of the course is one of its groups, for as long (S3).
    assert came_in(north, north.sam, north.chicks) == (Permission.ADMIN, north.last_day)


def test_k10_after_the_last_day_the_code_lets_nobody_in(north: School, time_machine: Any) -> None:
    time_machine.move_to(north.last_day, tick=False)
    redeeming.look(Viewer(north.vera), north.for_substitutes.text)
    time_machine.shift(A_DAY)
    told = refusal(north.vera, north.for_substitutes.text)
    assert told.reason is Reason.EXPIRED
    assert f"{north.last_day:%Y}, " not in str(told.message), "a day has no hour"
    assert str(north.last_day.year) in str(told.message)
    assert not Code.objects.live().filter(pk=north.for_substitutes.pk).exists()
    assert code_panel.cause_of_death(north.for_substitutes) == "Expired"


def test_k10_a_last_day_after_the_fourteen_days_does_not_lengthen_the_code(
    north: School, time_machine: Any
) -> None:
    last_day = (timezone.now() + 100 * A_DAY).date()
    code = code_for(north.tess, north.maths, Audience.INSTRUCTORS, last_day=last_day)
    time_machine.move_to(code.expires_at, tick=False)
    told = refusal(north.vera, code.text)
    assert told.reason is Reason.EXPIRED
    assert "m." in str(told.message), "to the minute"


def test_k10_who_may_make_codes(north: School) -> None:
    makers = {
        person.given_name
        for person in north.people
        for place in (north.maths, north.owls, north.den)
        if _makes(person, place)
    }
    assert makers == {"Tess", "Tom", "Sam", "Gwen", "Anna"}


def _makes(person: User, place: Place) -> bool:
    try:
        code_for(person, place)
    except PermissionDenied:
        return False
    return True


def test_k10_nobody_makes_codes_in_a_parents_capacity(north: School) -> None:
    with pytest.raises(PermissionDenied):
        issuing.make_registration_code(Viewer(north.pia, north.ben), north.music, Terms())


TODAY = datetime.date(2026, 11, 24)
WRONG_TERMS = [
    ("tess", "maths", Terms(Audience.MY_PARENTS), "these people"),
    ("anna", "den", Terms(Audience.INSTRUCTORS), "these people"),
    ("anna", "den", Terms(Audience.BOTH), "these people"),
    ("tess", "maths", Terms(Audience.STUDENTS, Permission.ADMIN), "can make admins"),
    ("tess", "maths", Terms(Audience.BOTH, Permission.ADMIN), "can make admins"),
    ("anna", "den", Terms(Audience.STUDENTS, Permission.ADMIN), "can make admins"),
    ("anna", "den", Terms(Audience.MY_PARENTS, Permission.EDIT), "Parents can only read"),
    ("anna", "nook", Terms(Audience.MY_PARENTS), "a whole workspace"),
    ("tess", "maths", Terms(Audience.STUDENTS, last_day=TODAY), "can have a last day"),
    ("tess", "maths", Terms(Audience.BOTH, last_day=TODAY), "can have a last day"),
    ("tess", "maths", Terms(Audience.INSTRUCTORS, last_day=TODAY - A_DAY), "has passed"),
    ("tess", "maths", Terms(max_uses=0), "at least one person"),
]


@pytest.mark.parametrize(("who", "where", "terms", "words"), WRONG_TERMS)
def test_k10_terms_that_no_code_can_have(
    north: School, time_machine: Any, who: str, where: str, terms: Terms, words: str
) -> None:
    time_machine.move_to(TODAY, tick=False)
    with pytest.raises(Refused) as refused:
        issuing.make_registration_code(Viewer(getattr(north, who)), getattr(north, where), terms)
    assert words in str(refused.value.message)


def test_k10_a_last_day_may_be_today(north: School, time_machine: Any) -> None:
    time_machine.move_to(TODAY, tick=False)
    enter(north.vera, code_for(north.tess, north.maths, Audience.INSTRUCTORS, last_day=TODAY))
    assert came_in(north, north.vera, north.maths) == (Permission.READ, TODAY)


# --- K11, K12: what redeeming does ------------------------------------------------


def test_k11_a_groups_code_makes_a_reader_of_the_places_above(north: School) -> None:
    code = code_for(north.tess, north.chicks, Audience.STUDENTS, Permission.EDIT)
    enter(north.zoe, code)
    assert came_in(north, north.zoe, north.chicks) == (Permission.EDIT, None)
    assert came_in(north, north.zoe, north.owls) == (Permission.READ, None)
    assert came_in(north, north.zoe, north.maths) == (Permission.READ, None)
    assert came_in(north, north.zoe, north.attic) is None


def test_k11_in_the_places_above_a_groups_code_changes_nothing_for_their_members(
    north: School,
) -> None:
    before = north.in_place(north.ed, north.maths)
    enter(north.ed, code_for(north.tess, north.owls, Audience.INSTRUCTORS))
    assert came_in(north, north.ed, north.maths) == (Permission.EDIT, None)
    after = north.in_place(north.ed, north.maths)
    assert before is not None
    assert after is not None
    assert after.came_by_id == before.came_by_id


def test_k12_redeeming_twice_changes_nothing_and_says_so(north: School) -> None:
    code = code_for(north.tess, north.maths, max_uses=3)
    assert not redeeming.redeem(Viewer(north.zoe), code.text).already
    before = counts()
    assert redeeming.look(Viewer(north.zoe), code.text).already
    assert redeeming.redeem(Viewer(north.zoe), code.text).already
    assert counts() == before


def test_k12_redeeming_a_used_up_code_again_says_that_one_is_in(north: School) -> None:
    code = code_for(north.tess, north.maths, max_uses=1)
    enter(north.zoe, code)
    assert redeeming.redeem(Viewer(north.zoe), code.text).already


def test_k12_a_substitutes_second_try_changes_nothing_and_says_so(north: School) -> None:
    before = counts()
    assert redeeming.redeem(Viewer(north.sam), north.for_substitutes.text).already
    assert counts() == before


@pytest.mark.parametrize(
    ("who", "terms"),
    [
        ("tom", Terms(Audience.INSTRUCTORS, Permission.READ, max_uses=1)),
        ("ed", Terms(Audience.INSTRUCTORS, Permission.READ, max_uses=1)),
        ("ed", Terms(Audience.INSTRUCTORS, Permission.EDIT, 1, TODAY + 3 * A_DAY)),
        ("ed", Terms(Audience.INSTRUCTORS, Permission.ADMIN, 1, TODAY + 3 * A_DAY)),
        ("sam", Terms(Audience.INSTRUCTORS, Permission.READ, max_uses=1)),
        ("sam", Terms(Audience.INSTRUCTORS, Permission.READ, 1, TODAY + 99 * A_DAY)),
        ("sam", Terms(Audience.INSTRUCTORS, Permission.ADMIN, 1, TODAY + A_DAY)),
    ],
)
def test_k12_a_code_never_lowers_nor_shortens_and_who_gains_nothing_uses_nothing_up(
    north: School, time_machine: Any, who: str, terms: Terms
) -> None:
    time_machine.move_to(TODAY, tick=False)
    Membership.objects.filter(user=north.sam).update(ends_on=TODAY + 7 * A_DAY)
    person = getattr(north, who)
    code = issuing.make_registration_code(Viewer(north.tess), north.maths, terms)
    before, total = came_in(north, person, north.maths), counts()
    assert redeeming.redeem(Viewer(person), code.text).already
    assert came_in(north, person, north.maths) == before
    assert counts() == total


@pytest.mark.parametrize(
    ("who", "permission", "last_day", "then"),
    [
        ("ed", Permission.ADMIN, None, (Permission.ADMIN, None)),
        ("sam", Permission.ADMIN, None, (Permission.ADMIN, None)),
        ("sam", Permission.ADMIN, TODAY + 99 * A_DAY, (Permission.ADMIN, TODAY + 99 * A_DAY)),
    ],
)
def test_k12_a_code_raises_and_lengthens(
    north: School,
    time_machine: Any,
    who: str,
    permission: Permission,
    last_day: datetime.date | None,
    then: tuple[int, datetime.date | None],
) -> None:
    time_machine.move_to(TODAY, tick=False)
    Membership.objects.filter(user=north.sam).update(ends_on=TODAY + 7 * A_DAY)
    person = getattr(north, who)
    enter(
        person, code_for(north.tess, north.maths, Audience.INSTRUCTORS, permission, None, last_day)
    )
    assert came_in(north, person, north.maths) == then
    assert came_in(north, person, north.chicks) == then


def test_k12_a_substitute_may_come_again_when_the_first_time_is_over(
    north: School, time_machine: Any
) -> None:
    time_machine.move_to(north.last_day + A_DAY, tick=False)
    code = code_for(north.tess, north.maths, Audience.INSTRUCTORS, Permission.READ)
    assert not redeeming.redeem(Viewer(north.sam), code.text).already
    assert came_in(north, north.sam, north.maths) == (Permission.READ, None)
    assert came_in(north, north.sam, north.owls) is None


def test_k12_who_left_may_come_back_with_the_same_code(north: School) -> None:
    membership.leave(Viewer(north.nina), north.maths)
    assert not redeeming.redeem(Viewer(north.nina), north.for_students.text).already
    assert came_in(north, north.nina, north.maths) == (Permission.READ, None)
    assert Redemption.objects.filter(code=north.for_students, user=north.nina).count() == 1


def test_k12_who_left_may_come_back_though_the_code_is_used_up_and_counts_once(
    north: School,
) -> None:
    assert north.used_up.is_used_up
    enter(north.zoe, north.used_up)
    assert came_in(north, north.zoe, north.maths) == (Permission.READ, None)
    north.used_up.refresh_from_db()
    assert north.used_up.uses == 1


def test_k12_who_left_does_not_come_back_with_a_code_deleted_meanwhile(north: School) -> None:
    """Deleted between finding the code and using it."""
    found = redeeming.find(north.used_up.text)
    issuing.delete_codes(Viewer(north.tess), [found.pk])
    with pytest.raises(Refused) as refused:
        redeeming._record(Viewer(north.zoe), found)  # noqa: SLF001 # between two instants
    assert refused.value.reason is Reason.UNKNOWN


def test_k12_the_last_use_goes_to_one_of_two_who_looked(north: School) -> None:
    code = code_for(north.tess, north.maths, max_uses=1)
    found = redeeming.find(code.text)
    enter(north.zoe, code)
    with pytest.raises(Refused) as refused:
        redeeming._record(Viewer(north.dan), found)  # noqa: SLF001 # between two instants
    assert refused.value.reason is Reason.USED_UP


def test_k12_who_was_removed_needs_a_newer_code(north: School) -> None:
    assert refusal(north.rolf, north.for_students.text).reason is Reason.NOT_FOR_YOU
    enter(north.rolf, code_for(north.tess, north.maths))
    assert came_in(north, north.rolf, north.maths) == (Permission.READ, None)


def test_k12_who_was_removed_from_a_group_keeps_to_the_course(north: School) -> None:
    membership.remove(Viewer(north.gwen), north.owls, north.cleo)
    told = refusal(north.cleo, north.for_owls.text)
    assert "removed from Owls" in str(told.message)
    assert redeeming.look(Viewer(north.cleo), north.for_students.text).already


def test_k12_a_limit_of_uses_holds(north: School) -> None:
    code = code_for(north.tess, north.maths, max_uses=2)
    for _ in range(2):
        enter(newcomer(), code)
    assert refusal(newcomer(), code.text).reason is Reason.USED_UP
    code.refresh_from_db()
    assert (code.uses, code.is_used_up, code.is_live) == (2, True, False)


def test_k12_the_database_itself_holds_the_limit(north: School) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.filter(pk=north.used_up.pk).update(uses=2)


def test_k12_a_code_without_a_limit_touches_no_counter(north: School) -> None:
    enter(north.zoe, north.for_students)
    north.for_students.refresh_from_db()
    assert north.for_students.uses == 0


def test_k12_all_of_it_or_nothing(north: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    code, before = code_for(north.tess, north.maths, max_uses=5), counts()
    monkeypatch.setattr(membership, "_hold_rows", fails)
    with pytest.raises(RuntimeError):
        enter(north.zoe, code)
    assert counts() == before


def test_k11_redeeming_asks_the_database_no_more_than_it_must(north: School) -> None:
    # Which they are, and why each: docs/performance.md.
    viewer, code = Viewer(newcomer()), code_for(north.tess, north.maths)
    with CaptureQueriesContext(connection) as queries:
        redeeming.redeem(viewer, code.text)
    asked = [query["sql"] for query in queries if not query["sql"].startswith("RELEASE")]
    assert len(asked) == 1 + 10  # its transaction, and ten


# --- Other schools ----------------------------------------------------------------


def test_a_code_of_one_school_changes_nothing_at_the_other(north: School, south: School) -> None:
    before = Membership.objects.filter(place__in=north.places).count()
    enter(north.zoe, south.for_students)
    assert Membership.objects.filter(place__in=north.places).count() == before
    assert north.in_place(north.zoe, south.maths)


def test_a_code_whose_text_was_minted_before_is_refused_by_the_database(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = code_text.normalise(north.deleted.text)
    monkeypatch.setattr(code_text, "mint", lambda _kind: text)
    with pytest.raises(IntegrityError), transaction.atomic():
        code_for(north.tess, north.maths)


# --- K9, K13: the panel's lists ---------------------------------------------------


def test_k9_the_panel_lists_live_codes_of_mine_and_of_places_i_run(north: School) -> None:
    live = set(code_panel.live_codes(Viewer(north.gwen)))
    assert live == {north.for_owls, north.for_owl_keepers}
    assert north.by_cleo_herself in code_panel.live_codes(Viewer(north.cleo))
    assert not code_panel.live_codes(Viewer(north.paula)).exists()
    assert not code_panel.live_codes(Viewer(north.pia, north.ben)).exists()


def test_k13_the_panel_shows_who_came_in(north: School) -> None:
    code = code_panel.live_codes(Viewer(north.tess)).get(pk=north.for_owls.pk)
    assert [each.user.given_name for each in code.redemptions.all()] == ["Cleo"]
    assert code.came_in == 1  # type: ignore[attr-defined] # annotated


def test_k9_the_panel_lists_the_recently_dead_with_the_reason(
    north: School, time_machine: Any
) -> None:
    def dead() -> dict[Code, str]:
        codes = code_panel.recently_dead(Viewer(north.tess))
        return {code: code_panel.cause_of_death(code) for code in codes}

    listed = dead()
    assert listed[north.deleted] == "Deleted"
    assert listed[north.expired] == "Expired"
    assert listed[north.used_up] == "Used up"
    assert listed[north.by_ivan] == "Its maker may not make it any more"
    assert listed[north.deleted_parent_code] == "Deleted"
    membership.leave(Viewer(north.nina), north.maths)
    assert north.deleted_parent_code not in dead(), "Nina is not Tess's student any more (S7)"
    assert north.for_students not in listed
    time_machine.move_to(timezone.now() + 60 * A_DAY)
    assert not dead()


def test_a_workspace_code_cannot_expire_twice(north: School) -> None:
    """`expire` of the world moves a code into the past, as time would."""
    code = expire(code_for(north.tess, north.staffroom))
    assert code.expires_at - code.created_at == 14 * A_DAY
    assert code.place is not None
    assert code.place.kind == PlaceKind.WORKSPACE
    assert refusal(north.zoe, code.text).reason is Reason.EXPIRED


def test_f2_many_parent_codes_are_made_at_once_or_none(north: School) -> None:
    tess, students = Viewer(north.tess), [north.cleo, north.anna, north.cleo]
    codes = issuing.make_parent_codes(tess, students, north.owls)
    assert [code.student for code in codes] == students
    assert {code.place for code in codes} == {north.owls}
    assert len({code.text for code in codes}) == 3
    lines = AuditEvent.objects.filter(action=AuditAction.CODE_MADE).order_by("-pk")[:3]
    told = [(line.subject, line.place, line.code_last_four) for line in reversed(lines)]
    assert told == [(code.student_id, north.owls.pk, code.last_four) for code in codes]
    before = Code.objects.count()
    for viewer, place in (
        (tess, north.chicks),  # Cleo is not there
        (Viewer(north.ed), north.owls),
        (Viewer(north.cleo), north.owls),
    ):
        with pytest.raises(PermissionDenied):
            issuing.make_parent_codes(viewer, students, place)
    assert Code.objects.count() == before


# --- K2: a successor with the same settings -----------------------------------------


def test_k2_a_successor_has_the_settings_of_the_dead(north: School, time_machine: Any) -> None:
    time_machine.move_to(TODAY, tick=False)
    last_day = TODAY + 20 * A_DAY
    code = code_for(north.tess, north.owls, Audience.INSTRUCTORS, Permission.ADMIN, 3, last_day)
    time_machine.shift(14 * A_DAY)
    assert refusal(north.vera, code.text).reason is Reason.EXPIRED
    successor = issuing.make_successor(Viewer(north.gwen), code)
    assert (successor.place, successor.audience, successor.permission) == (
        *(north.owls, Audience.INSTRUCTORS),
        Permission.ADMIN,
    )
    assert (successor.max_uses, successor.uses, successor.last_day) == (3, 0, last_day)
    assert (successor.created_by, successor.text == code.text) == (north.gwen, False)
    assert successor.expires_at == successor.created_at + 14 * A_DAY
    redeeming.look(Viewer(north.vera), successor.text)


def test_k2_a_parent_codes_successor_is_for_the_same_student(north: School) -> None:
    successor = issuing.make_successor(Viewer(north.tess), north.deleted_parent_code)
    assert (successor.student, successor.place, successor.max_uses) == (north.nina, north.maths, 2)
    issuing.delete_codes(Viewer(north.cleo), [north.by_cleo_herself.pk])
    own = issuing.make_successor(Viewer(north.cleo), north.by_cleo_herself)
    assert (own.student, own.place, own.created_by) == (north.cleo, None, north.cleo)


@pytest.mark.parametrize(
    ("who", "code", "told"),
    [
        ("gwen", "for_students", "You may no longer make codes for Maths Northside."),
        ("ed", "for_students", "You may no longer make codes for Maths Northside."),
        ("gwen", "deleted_parent_code", "codes for the parents of Nina Northside"),
        ("zoe", "for_students", "You may no longer make codes"),
        ("anna", "for_staff", "You may no longer make codes for Staff room."),
    ],
)
def test_k2_who_may_no_longer_make_one_is_told_so(
    north: School, who: str, code: str, told: str
) -> None:
    before = Code.objects.count()
    with pytest.raises(Refused) as refused:
        issuing.make_successor(Viewer(getattr(north, who)), getattr(north, code))
    assert told in str(refused.value.message)
    assert Code.objects.count() == before


def test_f1_no_successor_where_the_student_is_no_more(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.gwen), north.cleo, north.owls)
    membership.remove(Viewer(north.tess), north.owls, north.cleo)
    with pytest.raises(Refused) as refused:
        issuing.make_successor(Viewer(north.tess), code)
    assert "codes for the parents of Cleo Northside" in str(refused.value.message)


def test_k2_settings_of_the_past_are_told(north: School, time_machine: Any) -> None:
    time_machine.move_to(north.last_day + A_DAY, tick=False)
    with pytest.raises(Refused) as refused:
        issuing.make_successor(Viewer(north.tess), north.for_substitutes)
    assert "The last day has passed" in str(refused.value.message)
