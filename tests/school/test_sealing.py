"""The audit log is sealed, and whoever alters it behind Classkey's back is found out (A1)."""

import datetime
import io
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from classkey.school import sealing, tasks
from classkey.school.models import AuditAction, AuditEvent, AuditSeal
from tests.plugins.database import TRIGGERS
from tests.world import School

NOW = datetime.datetime(2026, 9, 1, 8, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)


def write(count: int = 1, **fields: Any) -> list[AuditEvent]:
    """Write lines."""
    lines = [AuditEvent(action=AuditAction.CODE_MADE, **fields) for _ in range(count)]
    return AuditEvent.objects.bulk_create(lines)


def top() -> int:
    """Return the highest id of a line."""
    return AuditEvent.objects.latest("pk").pk


def covered() -> list[str]:
    """Return the ids that each seal covers."""
    return list(AuditSeal.objects.order_by("pk").values_list("lines", flat=True))


def found(noted: str = "") -> list[str]:
    return list(sealing.verify(noted))


def run(*arguments: str) -> str:
    """Run the command; return what it says."""
    said = io.StringIO()
    call_command("audit", *arguments, stdout=said)
    return said.getvalue()


@contextmanager
def unguarded() -> Iterator[None]:
    """Play the thief who has the whole database, and takes the triggers away for a while."""

    def execute(statements: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            for each in statements:
                cursor.execute(each)

    for triggers in TRIGGERS:
        execute(triggers.REMOVE[connection.vendor])
    yield
    for triggers in TRIGGERS:
        execute(triggers.INSTALL[connection.vendor])


def steal(sql: str, *parameters: Any) -> None:
    """Run a statement that the triggers refuse."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount == 1


@contextmanager
def undone() -> Iterator[None]:
    """Let nothing of it have happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seals(north: School, monkeypatch: pytest.MonkeyPatch) -> list[AuditSeal]:
    """The log of both schools under many seals."""
    monkeypatch.setattr(sealing, "BATCH", 20)
    sealing.seal()
    seals = list(AuditSeal.objects.order_by("pk"))
    assert len(seals) > 3
    return seals


def first_line(seal: AuditSeal) -> int:
    return int(seal.lines.partition("-")[0])


# --- Sealing ----------------------------------------------------------------------
def test_a1_every_line_is_sealed_once(seals: list[AuditSeal]) -> None:
    assert sealing.unsealed_lines() == 0
    assert sealing.sealed_lines() == AuditEvent.objects.count()
    assert [seal.previous for seal in seals] == ["", *(seal.digest for seal in seals[:-1])]
    assert [seal.count for seal in seals[:-1]] == [20] * (len(seals) - 1)
    assert found() == []
    assert sealing.seal() == 0
    assert sealing.head() == seals[-1]


def test_a1_what_was_written_since_waits_for_the_next_seal(seals: list[AuditSeal]) -> None:
    write(3)
    assert sealing.unsealed_lines() == 3
    assert found() == [], "not to be sealed yet is nothing wrong"
    assert sealing.seal() == 3
    assert sealing.unsealed_lines() == 0


def test_a1_the_seals_are_made_by_the_chores_and_the_head_is_logged(
    north: School, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tasks.chores.call()
    [seal] = AuditSeal.objects.all()
    assert seal.count == AuditEvent.objects.count()
    assert f"seal {seal.pk}, {seal.digest}" in caplog.text
    caplog.clear()
    tasks.chores.call()
    assert seal.digest in caplog.text, "each time"


def test_a1_a_sealer_that_is_killed_leaves_whole_seals(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 20)
    inserts: list[str] = []

    def killed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if sql.startswith('INSERT INTO "school_auditseal"'):
            inserts.append(sql)
            if len(inserts) == 3:
                raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(killed), pytest.raises(KeyboardInterrupt):
        sealing.seal()
    assert AuditSeal.objects.count() == 2
    assert found() == []
    assert sealing.unsealed_lines() == AuditEvent.objects.count() - 40
    assert sealing.seal() == AuditEvent.objects.count() - 40
    assert found() == []


def queries(action: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def test_a1_how_often_the_database_is_asked_does_not_grow_with_the_lines(
    seals: list[AuditSeal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 1000)
    for _ in range(2):
        sealing.seal()
        write(2)
    few = queries(sealing.seal), queries(sealing.unsealed_lines)
    assert max(few) <= 12
    verified = queries(found)
    write(900)
    assert (queries(sealing.seal), queries(sealing.unsealed_lines)) == few
    assert queries(found) == verified + 1, "one more seal"


# --- Append-only ------------------------------------------------------------------
@pytest.fixture(params=["as ours", "as SQLite's own"])
def any_connection(request: pytest.FixtureRequest, db: None) -> Iterator[None]:
    """A connection that is set as Classkey's are, and one that is not."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        if request.param != "as ours":
            cursor.execute("PRAGMA recursive_triggers = OFF")
        yield
        cursor.execute("PRAGMA recursive_triggers = ON")


@pytest.mark.parametrize(
    ("vendor", "statement"),
    [
        ("", "UPDATE school_auditseal SET count = 1"),
        ("", "DELETE FROM school_auditseal"),
        ("postgresql", "TRUNCATE school_auditseal"),
        ("postgresql", "TRUNCATE school_auditseal, school_auditevent"),
        ("sqlite", "INSERT OR REPLACE INTO school_auditevent SELECT * FROM school_auditevent"),
        ("sqlite", "INSERT OR REPLACE INTO school_auditseal SELECT * FROM school_auditseal"),
        (
            "sqlite",
            "INSERT OR REPLACE INTO school_auditseal SELECT id + 1000, previous, sealed_at, lines,"
            " count, up_to, digest FROM school_auditseal",
        ),
    ],
)
def test_a1_the_database_only_adds_seals(
    seals: list[AuditSeal], any_connection: None, vendor: str, statement: str
) -> None:
    if vendor not in {"", connection.vendor}:
        pytest.skip(f"a statement of {vendor} only")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditSeal.objects.order_by("pk")) == seals
    assert found() == []


def test_a1_the_model_of_seals_only_adds(seals: list[AuditSeal]) -> None:
    for change in (
        seals[0].save,
        seals[0].delete,
        AuditSeal.objects.all().delete,
        lambda: AuditSeal.objects.update(count=1),
    ):
        with pytest.raises(TypeError, match="append-only"):
            change()


# --- A thief with the whole database ----------------------------------------------
ALTERED_LINE = {
    "at": "2020-01-01 00:00:00",
    "action": "code.deleted",
    **dict.fromkeys(("actor", "subject", "place", "thing"), uuid.UUID(int=7).hex),
    **dict.fromkeys(("code_last_four", "detail", "origin"), "1234"),
}
ALTERED_SEAL = {
    "previous": "0" * 64,
    "sealed_at": "2020-01-01 00:00:00",
    "lines": "1-3",
    "count": 7,
    "up_to": 1,
    "digest": "0" * 64,
}


def test_a1_a_line_that_was_altered_is_found_whatever_was_altered(seals: list[AuditSeal]) -> None:
    seal, span = seals[1], seals[1].lines
    assert set(ALTERED_LINE) == {field.attname for field in AuditEvent._meta.concrete_fields[1:]}
    for column, value in ALTERED_LINE.items():
        with undone():
            steal(
                f"UPDATE school_auditevent SET {column} = %s WHERE id = %s",  # noqa: S608
                *(value, first_line(seal)),
            )
            assert found() == [f"Seal {seal.pk}: it, or one of its lines {span}, was altered."]
    assert found() == []


def test_a1_a_line_that_was_removed_is_found(seals: list[AuditSeal]) -> None:
    line = first_line(seals[1])
    for each in (line + 3, line + 5, line + 6):
        steal("DELETE FROM school_auditevent WHERE id = %s", each)
    assert found() == [f"Line {line + 3}: removed.", f"Lines {line + 5}-{line + 6}: removed."]


def test_a1_a_line_put_in_anothers_place_is_found(seals: list[AuditSeal]) -> None:
    line = first_line(seals[1])
    steal("DELETE FROM school_auditevent WHERE id = %s", line)
    write(pk=line)
    assert found() == [
        f"Seal {seals[1].pk}: it, or one of its lines {seals[1].lines}, was altered."
    ]


def test_a1_a_seal_that_was_removed_is_found(seals: list[AuditSeal]) -> None:
    for gone, where in (
        (seals[0], f"before seal {seals[1].pk}"),
        (seals[1], f"between the seals {seals[0].pk} and {seals[2].pk}"),
    ):
        with undone():
            steal("DELETE FROM school_auditseal WHERE id = %s", gone.pk)
            assert found() == [f"The chain is broken {where}: a seal was removed or altered."]


def test_a1_a_seal_that_was_removed_before_one_of_late_lines_is_found(north: School) -> None:
    leave_a_gap()
    sealing.seal()
    write(pk=top() + 1)
    sealing.seal()
    turn_up_late()
    sealing.seal()
    first, gone, last = AuditSeal.objects.order_by("pk")
    steal("DELETE FROM school_auditseal WHERE id = %s", gone.pk)
    assert found() == [
        f"The chain is broken between the seals {first.pk} and {last.pk}: "
        "a seal was removed or altered."
    ]


def test_a1_a_seal_that_was_altered_is_found_whatever_was_altered(seals: list[AuditSeal]) -> None:
    seal = seals[1]
    assert set(ALTERED_SEAL) == {field.attname for field in AuditSeal._meta.concrete_fields[1:]}
    for column, value in ALTERED_SEAL.items():
        with undone():
            steal(
                f"UPDATE school_auditseal SET {column} = %s WHERE id = %s",  # noqa: S608
                *(value, seal.pk),
            )
            assert [each for each in found() if f"Seal {seal.pk}: it, or" in each]
    assert found() == []


def test_a1_a_seal_that_cannot_be_read_is_found_and_stops_nothing(seals: list[AuditSeal]) -> None:
    steal("UPDATE school_auditseal SET lines = 'all' WHERE id = %s", seals[1].pk)
    write()
    assert sealing.seal() == 1
    assert found() == [f"Seal {seals[1].pk}: it was altered."]


def test_a1_who_seals_anew_what_they_altered_is_found_by_the_digest_noted_elsewhere(
    seals: list[AuditSeal],
) -> None:
    noted = seals[-1].digest
    assert found(noted) == found(seals[0].digest) == []
    for seal in seals:
        steal("DELETE FROM school_auditseal WHERE id = %s", seal.pk)
    steal("DELETE FROM school_auditevent WHERE id = %s", first_line(seals[1]))
    sealing.seal()
    assert found() == []
    assert found(noted) == [
        "The digest noted elsewhere is not in the chain: seals were removed or altered."
    ]


# --- Late lines -------------------------------------------------------------------
@pytest.fixture
def time(time_machine: Any) -> Any:
    """Let time pass when a test says so."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def leave_a_gap() -> None:
    """Write a line whose id leaves out some, as one does that is committed before others."""
    write(pk=top() + 10)


def turn_up_late(below: int = 5) -> int:
    """Write a line with an id in the gap; return that."""
    return write(pk=top() - below)[0].pk


def test_a1_a_line_that_turns_up_late_is_sealed(north: School, time: Any) -> None:
    leave_a_gap()
    sealing.seal()
    write(pk=top() + 1)
    time.shift(DAY - MINUTE)
    late = turn_up_late(below=6), turn_up_late(below=4)
    assert sealing.unsealed_lines() == 3
    sealing.seal()
    assert covered()[-1] == f"{late[0]},{late[1]},{top()}"
    assert sealing.unsealed_lines() == 0
    assert found() == []


def test_a1_a_worker_that_rested_for_days_seals_what_turned_up_meanwhile(
    north: School, time: Any
) -> None:
    leave_a_gap()
    sealing.seal()
    late = turn_up_late()
    time.shift(9 * DAY)
    assert sealing.seal() == 1
    assert covered()[-1] == str(late)
    assert found() == []


def days_pass(time: Any) -> None:
    """Seal a line on each of three days."""
    for _day in range(3):
        time.shift(DAY)
        write(pk=top() + 1)
        sealing.seal()


def test_a1_a_line_added_later_than_a_day_is_found_and_not_sealed(north: School, time: Any) -> None:
    leave_a_gap()
    sealing.seal()
    days_pass(time)
    late = turn_up_late(below=8), turn_up_late(below=7)
    assert sealing.seal() == sealing.unsealed_lines() == 0
    assert found() == [f"Lines {late[0]}-{late[1]}: added later than a line may be."]
    days_pass(time)
    assert found() == [f"Lines {late[0]}-{late[1]}: added later than a line may be."]


def test_a1_a_line_added_before_all_others_is_found(seals: list[AuditSeal]) -> None:
    write(pk=-5)
    assert found() == ["Line -5: added later than a line may be."]


def test_a1_a_line_that_a_forged_seal_takes_in_is_found(
    north: School, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_a_gap()
    sealing.seal()
    days_pass(time)
    late = turn_up_late()
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "LATE", 9 * DAY)
        sealing.seal()
        assert found() == []
    assert f"Line {late}: sealed later than a line may be." in found()


def test_a1_many_gaps_are_looked_into_some_at_a_time(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_RANGES", 3)
    monkeypatch.setattr(sealing, "_FAR", 100)
    first = top() + 1
    for far in (0, 1000):
        for number in range(0, 20, 2):
            write(pk=first + far + number)
    sealing.seal()
    for far in (0, 1000):
        for number in range(1, 20, 4):
            write(pk=first + far + number)
    assert sealing.unsealed_lines() == 10
    assert sealing.seal() == 10
    assert covered()[-1].count(",") == 9
    assert found() == []


# --- The command ------------------------------------------------------------------
def test_a1_the_command_seals_and_verifies(north: School) -> None:
    count = AuditEvent.objects.count()
    assert "Checked 0 lines" in run("verify")
    said = run("seal")
    seal = AuditSeal.objects.get()
    assert f"Sealed {count:,} lines." in said
    assert f"The head is seal {seal.pk}, {seal.digest}" in said
    write()
    said = run("verify", "--head", f" {seal.digest.upper()} ")
    assert f"Checked {count:,} lines; 1 are not sealed yet." in said
    assert seal.digest in said


def test_a1_the_command_says_what_is_wrong_and_fails(seals: list[AuditSeal]) -> None:
    said = io.StringIO()
    with pytest.raises(CommandError, match="not as it was written"):
        call_command("audit", "verify", head="0" * 64, stdout=said)
    assert said.getvalue().startswith("The digest noted elsewhere is not in the chain")
