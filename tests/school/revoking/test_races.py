"""Revoking and redeeming at once: nobody is linked who was revoked (F9, A2)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from classkey.accounts.models import User
from classkey.school import issuing, linking, redeeming
from classkey.school.errors import Refused
from classkey.school.models import Code, ParentLink
from classkey.school.revoking import decisions
from classkey.school.revoking.decisions import Verdict
from classkey.school.viewer import Viewer
from tests.world import World

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*actions: Callable[[], object]) -> None:
    """Do all of these in threads that start together, each on a connection of its own."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
        except Refused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_f9_who_is_revoked_while_redeeming_another_code_is_out(committed_world: World) -> None:
    north = committed_world.north
    vera, tess = Viewer(north.vera), Viewer(north.tess)
    for _round in range(4):
        code = issuing.make_parent_code(tess, north.ben, north.maths)
        redeeming.redeem(Viewer(north.ursula), code.text)
        link, later = north.link(north.ursula, north.ben), issuing.make_parent_code(tess, north.ben)
        linking.end_own_link(Viewer(north.ursula, north.ben))
        at_once(
            lambda code=later: redeeming.redeem(Viewer(north.ursula), code.text),  # type: ignore[misc]
            lambda old=link: decisions.revoke(vera, old, Verdict("Now.")),  # type: ignore[misc]
        )
        assert linking.lasting_link(north.ursula, north.ben) is None
        assert not Code.objects.live().filter(student=north.ben).exists()
        decisions.lift(vera, north.ben.bars.get(person=north.ursula, lifted_at=None))


def test_f9_two_revocations_at_once_end_a_link_once(committed_world: World) -> None:
    north = committed_world.north
    link = north.link(north.petra, north.ben)

    def revoke(by: User) -> None:
        decisions.revoke(Viewer(by), link, Verdict("Twice.", hold=True))

    at_once(lambda: revoke(north.vera), lambda: revoke(north.vera))
    assert ParentLink.objects.get(pk=link.pk).ended_at is not None
    assert north.ben.bars.filter(lifted_at=None).count() == 1
    assert north.ben.holds.filter(released_at=None).count() == 1
