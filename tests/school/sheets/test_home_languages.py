"""What is read at the students' homes (F2)."""

import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.models import User
from classkey.school import tasks
from classkey.school.errors import Refused
from classkey.school.models import SheetRun
from classkey.school.sheets import home_languages
from classkey.school.viewer import Viewer
from tests.world import School


def language_of(student: User) -> str:
    return User.objects.get(pk=student.pk).home_language


def test_f2_a_teacher_of_the_student_says_what_is_read_at_home(north: School) -> None:
    home_languages.note(Viewer(north.gwen), {north.cleo: "uk", north.anna: "zh-Hans"})
    assert (language_of(north.cleo), language_of(north.anna)) == ("uk", "zh-Hans")
    home_languages.note(Viewer(north.tess), {north.cleo: ""})
    assert (language_of(north.cleo), language_of(north.anna)) == ("", "zh-Hans")


@pytest.mark.parametrize("who", ["pia", "ed", "cleo", "ben", "paula", "vera"])
def test_f2_nobody_else_does(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        home_languages.note(Viewer(getattr(north, who)), {north.cleo: "uk"})
    assert language_of(north.cleo) == ""


def test_f2_what_is_not_changed_needs_nobodys_leave(north: School) -> None:
    home_languages.note(Viewer(north.ed), {north.cleo: ""})


def test_f2_a_language_is_one_that_sheets_can_be_in(north: School) -> None:
    with pytest.raises(Refused) as refused:
        home_languages.note(Viewer(north.tess), {north.cleo: "uk", north.anna: "xx"})
    assert "from the list" in str(refused.value.message)
    assert language_of(north.cleo) == "", "all of it, or nothing"


def test_f2_a_language_that_came_from_elsewhere_is_offered_and_kept(north: School) -> None:
    north.cleo.home_language = "so"
    offered = home_languages.offered(north.cleo)
    assert next(iter(offered)) == ""
    assert offered["so"] == "so"
    assert offered["fr"] == "Français"
    assert "so" not in home_languages.offered(north.anna)
    home_languages.note(Viewer(north.tess), {north.cleo: "so"})
    assert language_of(north.cleo) == "", "it was not changed"


def test_f2_where_a_run_is_refused_no_language_is_kept(north: School) -> None:
    before = SheetRun.objects.count()
    with pytest.raises(Refused):
        tasks.ask_for_sheets(Viewer(north.tess), north.owls, [], home_languages={north.cleo: "uk"})
    assert (SheetRun.objects.count(), language_of(north.cleo)) == (before, "")
