"""A purge that is killed, and several at once."""

from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from classkey.school import purging
from classkey.school.models import Code, Redemption, SheetRun
from tests.school.test_purging import died, old_jobs, purge
from tests.school.test_races import Hand
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_in_the_middle_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    old_jobs(6)
    batches: list[int] = []

    def die_after_two(rows: Any) -> None:
        rows.delete()
        if len(batches) == 2:
            raise KeyboardInterrupt
        batches.append(1)

    due = purging.KINDS["jobs that ended"].due
    monkeypatch.setitem(purging.KINDS, "jobs that ended", purging.Kind(due, die_after_two, 2))
    with pytest.raises(KeyboardInterrupt):
        purging.purge()
    assert DBTaskResult.objects.count() == 2, "each batch by itself, whole or not at all"
    monkeypatch.setitem(purging.KINDS, "jobs that ended", purging.Kind(due))
    assert purge() == {"jobs that ended": 2}


@pytest.mark.race
def test_two_at_once_take_each_thing_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_jobs(40)
    for code in Code.objects.all():
        died(code, timezone.now() - 2 * purging.A_YEAR)
    used = set(Redemption.objects.values_list("code", flat=True))
    SheetRun.objects.all().delete()
    for name in ("jobs that ended", "dead codes that nobody used", "texts of dead codes"):
        kind = purging.KINDS[name]
        monkeypatch.setitem(purging.KINDS, name, purging.Kind(kind.due, kind.go, at_once=3))
    many = purging.count()
    hands = [Hand(purging.purge) for _worker in range(3)]
    for hand in hands:
        hand.join(30)
    for name, due in many.items():
        assert sum(hand.result[name] for hand in hands) == due
    assert set(Code.objects.values_list("pk", flat=True)) == used
