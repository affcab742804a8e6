"""Whose codes one sees, and which of them in full (K9, S7, F7, F8, P5)."""

import pytest

from classkey.school import access, code_panel, issuing, membership, redeeming
from classkey.school.access import Action
from classkey.school.issuing import Terms
from classkey.school.models import Audience, Permission
from classkey.school.viewer import Viewer
from tests.world import School


def test_f8_a_code_for_my_parents_is_its_makers_alone(north: School) -> None:
    """Another admin of the workspace does not read who the parents are."""
    code = issuing.make_registration_code(Viewer(north.anna), north.den, Terms(Audience.MY_PARENTS))
    membership.admit(Viewer(north.anna), north.ben, north.den, Permission.ADMIN)
    assert access.can(Viewer(north.anna), Action.SEE, code)
    assert not access.can(Viewer(north.ben), Action.SEE, code)


def test_s7_who_teaches_a_student_no_more_reads_of_their_parents_no_more(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tom), north.nina)
    redeeming.redeem(Viewer(north.ursula), code.text)
    assert code in code_panel.all_codes(Viewer(north.tom))
    membership.remove(Viewer(north.tess), north.maths, north.tom)
    assert code not in code_panel.all_codes(Viewer(north.tom))


@pytest.mark.parametrize(("who", "in_full"), [("tess", True), ("tom", False)])
def test_p5_a_colleagues_parent_code_is_listed_but_not_shown(
    north: School, who: str, *, in_full: bool
) -> None:
    code = issuing.make_parent_code(Viewer(north.tess), north.nina)
    viewer = Viewer(getattr(north, who))
    assert access.can(viewer, Action.READ, code) is in_full
    [listed] = code_panel.live_codes(viewer).filter(pk=code.pk)
    assert listed.is_readable is in_full  # type: ignore[attr-defined] # annotated
    assert access.can(viewer, Action.DELETE, code)
