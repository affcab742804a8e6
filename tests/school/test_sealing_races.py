"""Sealing the audit log, many at once, and from its first line on (A1)."""

import datetime
import threading
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from classkey.school import sealing
from classkey.school.models import AuditAction, AuditEvent, AuditSeal
from tests.plugins.database import TRIGGERS
from tests.school.test_races import LONG, Hand, Pause, before, needs_row_locks, together
from tests.school.test_sealing import covered, found, write
from tests.world import World

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@needs_row_locks
def test_a1_a_line_committed_after_lines_that_follow_it_is_sealed(committed_world: World) -> None:
    half_way = Pause()
    late: list[int] = []

    def write_slowly() -> None:
        with transaction.atomic():
            late.append(write()[0].pk)
            half_way()

    hand = Hand(write_slowly)
    assert half_way.reached.wait(LONG)
    [following] = write()
    sealing.seal()
    assert following.pk > late[0]
    assert covered()[-1].endswith(f",{following.pk}")
    assert sealing.unsealed_lines() == 0
    half_way.go.set()
    assert hand.done() is None
    assert sealing.unsealed_lines() == 1
    sealing.seal()
    assert covered()[-1] == str(late[0])
    assert found() == []


def test_a1_of_two_who_seal_the_same_lines_one_does(committed_world: World) -> None:
    count = AuditEvent.objects.count()
    half_way = Pause()
    hand = Hand(sealing.seal, before('"school_auditseal" WHERE "school_auditseal"."prev', half_way))
    assert half_way.reached.wait(LONG)
    assert sealing.seal() == count
    half_way.go.set()
    assert hand.done() == 0
    assert AuditSeal.objects.count() == 1
    assert found() == []


@needs_row_locks
def test_a1_of_two_who_add_the_same_seal_one_does(committed_world: World) -> None:
    count = AuditEvent.objects.count()
    both = threading.Barrier(2)
    meet = [before('INSERT INTO "school_auditseal"', lambda: both.wait(LONG)) for _ in "ab"]
    hands = [Hand(sealing.seal, wrapper) for wrapper in meet]
    assert sorted(hand.done() for hand in hands) == [0, count]
    assert AuditSeal.objects.count() == 1
    assert found() == []


def test_a1_many_who_seal_at_once_make_one_chain(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 7)
    count = AuditEvent.objects.count()
    assert sum(together(*[sealing.seal] * 6)) == count
    assert found() == []
    assert sealing.sealed_lines() == count


def test_a1_writing_a_line_does_not_wait_for_who_seals(committed_world: World) -> None:
    half_way = Pause()
    hand = Hand(sealing.seal, before('"school_auditseal" WHERE "school_auditseal"."prev', half_way))
    assert half_way.reached.wait(LONG)
    writer = Hand(lambda: len(write(3)))
    assert writer.done() == 3
    half_way.go.set()
    assert hand.done() > 0
    assert sealing.unsealed_lines() == 3


# --- From its first line on -------------------------------------------------------
def test_a1_an_empty_log_has_no_seal() -> None:
    assert sealing.seal() == sealing.sealed_lines() == sealing.unsealed_lines() == 0
    assert sealing.head() is None
    assert found() == []


def test_a1_a_digest_is_made_in_the_same_way_for_ever(time_machine: Any) -> None:
    """A change of this digest would break the chain of every school."""
    time_machine.move_to(datetime.datetime(2026, 9, 1, 8, tzinfo=datetime.UTC), tick=False)
    some = uuid.UUID(int=7)
    AuditEvent.objects.create(
        pk=3, action=AuditAction.CODE_MADE, actor=some, code_last_four="WXYZ", detail="é"
    )
    sealing.seal()
    [seal] = AuditSeal.objects.all()
    assert seal.digest == "9009eccba2026691a7809681df1bdfa89755b14ea022fec3517b3cf5317ea51d"


def test_a1_the_seals_triggers_go_and_come_again() -> None:
    triggers = TRIGGERS[1]
    AuditEvent.objects.create(action=AuditAction.CODE_MADE)
    sealing.seal()

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE school_auditseal SET count = 7")

    with connection.schema_editor() as editor:
        triggers.run_remove(None, editor)
    try:
        change()
    finally:
        with connection.schema_editor() as editor:
            triggers.run_install(None, editor)
    with pytest.raises(IntegrityError, match="append-only"):
        change()
