"""Guessing codes is hopeless and does not hurt the innocent (K8)."""

import datetime
import logging
import math
from typing import Any

import pytest
from django.conf import settings as django_settings
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import code_text, limits, redeeming, signing_up, tasks
from classkey.school.code_text import ALPHABET, LENGTH, CodeKind
from classkey.school.errors import Reason, Refused
from classkey.school.models import AuditAction, AuditEvent, Code
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.world import School, make_user

SCHOOL = "192.0.2.1"
"""The one address that everybody at the school comes from."""


def guess(user: User, typed: str = "", origin: str = SCHOOL) -> Reason:
    """Why what somebody types is refused; without anything typed, a code that nobody made."""
    with pytest.raises(Refused) as refusal:
        redeeming.redeem(Viewer(user, origin=origin), typed or code_text.mint(CodeKind.PARENT))
    return refusal.value.reason


def guess_till_stopped(user: User, most: int = 30, **where: str) -> int:
    """How many wrong codes somebody gets to try."""
    return next(tried for tried in range(most) if guess(user, **where) is Reason.TOO_MANY)


# --- What counts ------------------------------------------------------------------------
def test_k8_wrong_codes_come_to_an_end(north: School) -> None:
    assert guess_till_stopped(north.zoe) == 8


def test_k8_then_a_right_code_is_refused_too_and_nothing_happens(north: School) -> None:
    guess_till_stopped(north.zoe)
    assert guess(north.zoe, north.for_students.text) is Reason.TOO_MANY
    assert not north.in_place(north.zoe, north.maths)
    with pytest.raises(Refused) as refusal:
        redeeming.look(Viewer(north.zoe, origin=SCHOOL), north.for_students.text)
    assert refusal.value.reason is Reason.TOO_MANY


def test_k8_the_refusal_says_when_to_come_back_and_then_is_over(
    north: School, time_machine: Any
) -> None:
    now = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
    for code in (north.for_students, north.for_owls):
        Code.objects.filter(pk=code.pk).update(expires_at=now + datetime.timedelta(days=9))
    time_machine.move_to(now, tick=False)
    guess_till_stopped(north.zoe)
    with pytest.raises(Refused) as refusal:
        redeeming.redeem(Viewer(north.zoe), north.for_owls.text)
    assert "Nov. 24, 2026, 9:10 a.m." in str(refusal.value.message)
    time_machine.move_to(now + datetime.timedelta(minutes=10, seconds=1), tick=False)
    redeeming.redeem(Viewer(north.zoe), north.for_owls.text)


def test_k8_over_two_weeks_there_is_less_to_try(north: School, time_machine: Any) -> None:
    now = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
    tried = 0
    for hour in range(13 * 24):
        time_machine.move_to(now + datetime.timedelta(hours=hour), tick=False)
        tried += guess_till_stopped(north.zoe)
    assert tried == 20


FREE = ["", "CLASS", "BCD-FGH-JKL", "BCDFGHJKM"]
"""What nobody takes for a code, or a slip of the finger."""


@pytest.mark.parametrize("typed", FREE)
def test_k8_what_is_no_code_is_free(north: School, typed: str) -> None:
    assert {guess(north.zoe, typed or " ") for _again in range(30)} == {Reason.MISTYPED}
    assert guess_till_stopped(north.zoe) == 8


def test_k8_expired_used_up_and_not_for_you_are_free(north: School) -> None:
    for _again in range(15):
        assert guess(north.dan, north.expired.text) is Reason.EXPIRED
        assert guess(north.dan, north.used_up.text) is Reason.USED_UP
        assert guess(north.dan, north.for_editors.text) is Reason.NOT_FOR_YOU
    assert guess_till_stopped(north.dan) == 8


def test_k8_redeeming_and_looking_are_free(north: School) -> None:
    viewer = Viewer(north.zoe, origin=SCHOOL)
    for _again in range(30):
        redeeming.look(viewer, north.for_students.text)
        redeeming.redeem(viewer, north.for_students.text)
    assert guess_till_stopped(north.zoe) == 8


def test_k8_the_same_wrong_code_counts_once_looked_at_or_redeemed(north: School) -> None:
    typed = code_text.mint(CodeKind.REGISTRATION)
    for spelling in (typed, typed.lower(), code_text.display(typed)) * 10:
        assert guess(north.zoe, spelling) is Reason.UNKNOWN
        with pytest.raises(Refused):
            redeeming.look(Viewer(north.zoe, origin=SCHOOL), spelling)
    assert guess_till_stopped(north.zoe) == 7


def test_k7_k8_a_deleted_code_counts_like_an_unknown_one(north: School) -> None:
    assert guess(north.zoe, north.deleted.text) is Reason.UNKNOWN
    assert guess_till_stopped(north.zoe) == 7


# --- Whose they are ---------------------------------------------------------------------
def test_k8_one_persons_wrong_codes_are_not_anothers(north: School) -> None:
    guess_till_stopped(north.zoe)
    assert guess_till_stopped(north.dan) == 8


def test_k8_coming_from_elsewhere_does_not_help(north: School) -> None:
    guess_till_stopped(north.zoe)
    assert guess(north.zoe, origin="198.51.100.7") is Reason.TOO_MANY


def test_k8_many_accounts_at_one_address_come_to_an_end(north: School, settings: Settings) -> None:
    settings.WRONG_CODES = settings.WRONG_CODES | {"network": "20 per 10 minutes"}
    tried = sum(guess_till_stopped(user) for user in (north.zoe, north.dan, north.anna, north.ben))
    assert tried == 20
    assert guess(north.zoe, origin="198.51.100.7") is Reason.TOO_MANY  # her own eight
    assert guess(north.cleo) is Reason.TOO_MANY
    assert guess(north.cleo, origin="198.51.100.7") is Reason.UNKNOWN


def test_k8_a_network_is_an_address_or_what_one_household_has() -> None:
    def network(origin: str) -> str:
        return limits.Guesser(None, origin).network

    assert network("192.0.2.1") != network("192.0.2.2")
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network("2001:db8:1:3::4") != network("2001:db8:1:2::4")
    assert network("") == ""


def test_p4_k8_a_stranger_guesses_no_more_than_a_network_may(
    north: School, settings: Settings
) -> None:
    settings.INSTRUCTOR_SIGNUP = "code"

    def try_to_sign_up(typed: str, origin: str = SCHOOL) -> str:
        with pytest.raises(Refused) as refusal:
            signing_up.check_instructor_signup("new@home.example", typed, origin)
        return str(refusal.value.message)

    for _guess in range(8):
        assert "a code from a colleague" in try_to_sign_up(code_text.mint(CodeKind.REGISTRATION))
    assert try_to_sign_up(north.for_editors.text).startswith("Too many codes")
    signing_up.check_instructor_signup("new@home.example", north.for_editors.text, "198.51.100.7")


@pytest.mark.django_db
def test_k8_a_school_behind_one_address_never_meets_the_limits(north: School) -> None:
    """1,500 pupils in ten minutes, of whom one in twenty types a wrong code first."""
    pupils = [make_user(Role.STUDENT, f"Pupil {number}") for number in range(75)]
    for user in pupils:
        assert guess(user) is Reason.UNKNOWN
        redeeming.redeem(Viewer(user, origin=SCHOOL), north.for_students.text)
    # The other 1,425 type the right one, which is free (above): three of them stand for all.
    for number in range(3):
        user = make_user(Role.STUDENT, f"Other {number}")
        redeeming.redeem(Viewer(user, origin=SCHOOL), north.for_students.text)
    network = limits.limits_of("network")
    assert all(limit.amount > 75 * 3 for limit in network), "not even in three bad classes at once"


# --- How hopeless it is (docs/security.md) ----------------------------------------------
FORTNIGHT = 14 * 24 * 3600


def most_in_a_fortnight(whose: str) -> int:
    """How many codes can be tried under these limits while a code lives."""
    return min(
        limit.amount * math.ceil(FORTNIGHT / limit.get_expiry())
        for limit in limits.limits_of(whose)
    )


@pytest.mark.parametrize(
    ("kind", "live", "at_most"),
    [
        (CodeKind.PARENT, 100_000, 1 / 10_000),
        (CodeKind.REGISTRATION, 10_000, 1 / 100),
        # As far as it goes (docs/scale.md).
        (CodeKind.PARENT, 2_300_000, 1 / 10_000),
        (CodeKind.REGISTRATION, 10_800, 1 / 100),
    ],
)
def test_k8_the_chance_of_any_hit_in_two_weeks(kind: CodeKind, live: int, at_most: float) -> None:
    accounts = addresses = 10_000
    guesses = accounts * most_in_a_fortnight("account")
    guesses += addresses * most_in_a_fortnight("stranger")
    possible = len(ALPHABET) ** (LENGTH[kind] - 1)
    assert 1 - (1 - live / possible) ** guesses < at_most


# --- The alarm --------------------------------------------------------------------------
def test_k8_a_site_wide_ceiling_raises_an_alarm_once_an_hour_and_refuses_nobody(
    north: School, settings: Settings, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WRONG_CODES = settings.WRONG_CODES | {"site": "5 per hour"}
    assert [guess(north.zoe) for _five in range(5)] == [Reason.UNKNOWN] * 5
    assert not DBTaskResult.objects.exists()
    assert [guess(user) for user in (north.dan, north.anna)] == [Reason.UNKNOWN] * 2
    [alarm] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert "guesses codes" in alarm.getMessage()
    [waiting] = DBTaskResult.objects.all()
    assert waiting.task_path.endswith("warn_of_guessing")

    tasks.warn_of_guessing.call()
    assert sorted(to for mail in mailbox for to in mail.to) == [
        "vera@northside.example",
        "vera@southside.example",
    ]
    assert {len(mail.to) for mail in mailbox} == {1}, "nobody reads another's address"
    assert all("guessing codes" in str(mail.message["Subject"]) for mail in mailbox)


def test_k8_a1_whoever_is_stopped_leaves_a_line(north: School) -> None:
    guess_till_stopped(north.zoe)
    line = AuditEvent.objects.filter(actor=north.zoe.pk, action=AuditAction.CODE_REFUSED).last()
    assert line is not None
    assert line.detail == "too-many"


# --- Where it is counted ----------------------------------------------------------------
def test_k8_several_processes_count_together(
    north: School, settings: Settings, redis_url: str
) -> None:
    settings.LIMITS_URL = redis_url
    guess_till_stopped(north.zoe)
    limits.limiter.cache_clear()  # another process, knowing nothing
    assert guess(north.zoe) is Reason.TOO_MANY


def test_k6_k8_what_is_counted_tells_no_code(
    north: School, settings: Settings, redis_url: str
) -> None:
    import redis

    settings.LIMITS_URL = redis_url
    typed = code_text.mint(CodeKind.PARENT)
    guess(north.zoe, typed)
    kept = list(redis.Redis.from_url(redis_url).scan_iter())
    assert kept
    assert not [key for key in kept if typed.encode() in key.upper()]


def test_k8_without_the_shared_counts_each_process_counts_by_itself(
    north: School, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIMITS_URL = "redis://127.0.0.1:1/0"  # nothing listens there
    assert guess_till_stopped(north.zoe) == 8
    assert "counts by itself" in caplog.text


def test_k8_the_limits_are_no_operators_choice() -> None:
    assert set(django_settings.WRONG_CODES) == {"account", "stranger", "network", "site"}
