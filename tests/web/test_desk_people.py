"""People at the support desk: looked up, exported, ended, erased, appointed (F8, A8, P1, P7)."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from classkey.accounts.administrators import appoint
from classkey.accounts.models import User
from classkey.school import directory, membership
from classkey.school.directory import Purpose
from classkey.school.models import (
    AuditEvent,
    DataExport,
    PlaceKind,
)
from classkey.school.personal_data import deactivating, exporting
from classkey.school.viewer import Viewer
from tests.support_desk import look_at
from tests.web.browsing import at, browser_of, errors, html, links, said, words
from tests.world import School


@pytest.fixture
def vera(north: School) -> Client:
    return browser_of(north.vera)


# --- People -----------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["anna north", "ANNA@NORTHSIDE", "Northside Anna"])
def test_f8_people_are_found_by_name_and_address(north: School, vera: Client, text: str) -> None:
    assert at("desk_person", north.anna) in html(vera.get(at("desk_people"), {"q": text}))


def test_f8_people_are_found_by_the_last_four_of_a_code(north: School, vera: Client) -> None:
    code = north.for_ninas_parents
    for text in (code.last_four, code.last_four.lower(), f"xx-{code.last_four}"):
        page = vera.get(at("desk_people"), {"q": text})
        assert at("desk_person", north.nina) in html(page)
        assert code.text not in html(page)
    page = vera.get(at("desk_people"), {"q": north.for_students.last_four})
    assert f"…{north.for_students.last_four} · Maths Northside made by Tess" in words(page)
    assert at("desk_person", north.tess) in html(page)
    for ending in (code.last_four, north.for_students.last_four):
        assert not directory.search(Viewer(north.tess), ending)
    assert not directory.search(Viewer(north.vera), "  ")
    assert "Nobody was found" in words(vera.get(at("desk_people"), {"q": "zzzz zzzz"}))


def test_a1_a_person_is_looked_at_with_a_reason_that_is_logged(north: School, vera: Client) -> None:
    address = at("desk_person", north.anna)
    assert "Why do you look" in words(vera.get(address))
    assert "Paula" not in html(vera.get(address))
    assert errors(vera.post(address, {"purpose": "curious"}))["purpose"]
    page = look_at(vera, north.anna)
    assert "Paula Northside" in words(page)
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.subject, line.detail) == (
        "person.looked-at",
        north.anna.pk,
        "caller",
    )
    assert "Why do you look" in words(vera.get(at("desk_person", north.ben))), "of each person"


def test_a1_a_reason_holds_for_half_an_hour(north: School, vera: Client, time_machine: Any) -> None:
    time_machine.move_to(timezone.now())
    look_at(vera, north.anna)
    time_machine.shift(29 * 60)
    assert "Why do you look" not in words(vera.get(at("desk_person", north.anna)))
    time_machine.shift(2 * 60)
    assert "Why do you look" in words(vera.get(at("desk_person", north.anna)))


@pytest.mark.parametrize("who", ["anna", "inka", "paula", "tess", "ivan", "ursula"])
def test_f8_everybodys_page_opens(north: School, vera: Client, who: str) -> None:
    person = getattr(north, who)
    assert person.username in words(look_at(vera, person))


def test_f8_a_students_page_shows_all_courses_results_and_who_sees_them(
    north: School, vera: Client
) -> None:
    page = look_at(vera, north.anna)
    read = words(page)
    for course in (north.maths, north.history, north.music):
        assert course.name in read
    for test in (north.quiz, north.owl_test, north.old_test):
        assert test.title in read
    for teacher in (north.tess, north.tom, north.gwen, north.sam, north.pia):
        assert f"{teacher.full_name} teacher since" in read
    assert not [address for address in links(html(page)) if address.startswith("/items/")]


def test_f8_only_the_desk_looks_people_up(north: School) -> None:
    with pytest.raises(PermissionDenied):
        directory.look_at(Viewer(north.tess), north.anna, Purpose.HELP)


def test_f8_an_administrator_who_does_not_teach_a_student_goes_to_the_desk(
    north: School, vera: Client
) -> None:
    response = vera.get(at("student", north.anna))
    assert response.status_code == 302
    assert response["Location"] == at("desk_person", north.anna)
    appoint(north.tess)
    assert browser_of(north.tess).get(at("student", north.anna)).status_code == 200


# --- A person's data (A8, P7) -----------------------------------------------------------
def test_a8_an_archive_is_asked_for_made_and_downloaded(north: School, vera: Client) -> None:
    look_at(vera, north.anna)
    response = vera.post(at("desk_export", north.anna), follow=True)
    assert said(response) == ["The archive is being made. It appears here in a moment."]
    assert "being made" in words(response)
    export = DataExport.objects.filter(person=north.anna).latest("asked_at")
    assert vera.get(at("desk_export_file", export)).status_code == 404
    exporting.gather(export)
    address = at("desk_export_file", export)
    assert address in html(vera.get(at("desk_person", north.anna)))
    archive = vera.get(address)
    assert archive.getvalue().startswith(b"PK")
    assert archive["Content-Disposition"] == 'attachment; filename="personal-data.zip"'


def test_p7_deactivating_shows_what_ends_and_who_takes_over(north: School, vera: Client) -> None:
    address = at("desk_deactivate", north.tess)
    page = words(vera.get(address))
    assert "Places that nobody else runs History Staff room" in page
    assert errors(vera.post(address, {}))["successor"] == ["This field is required."]
    assert errors(vera.post(address, {"successor": str(north.anna.pk)}))["successor"]
    response = vera.post(address, {"successor": str(north.gwen.pk)}, follow=True)
    assert said(response) == ["The account is deactivated."]
    again = vera.post(address, {"successor": str(north.gwen.pk)})
    assert errors(again)["__all__"] == ["This account is deactivated already."]


def test_p7_nobody_is_asked_for_where_nothing_is_left(north: School, vera: Client) -> None:
    assert "takes them over" not in words(vera.get(at("desk_deactivate", north.ed)))
    assert vera.post(at("desk_deactivate", north.ed)).status_code == 302


def test_a8_erasing_asks_for_the_user_name_typed(north: School, vera: Client) -> None:
    zoe = Viewer(north.zoe)
    membership.make_top_place(zoe, PlaceKind.WORKSPACE, "Diary")
    address = at("desk_erase", north.zoe)
    assert "Nobody else is in the workspace “Diary”" in words(vera.get(address))
    wrong = vera.post(address, {"username": north.anna.username})
    assert errors(wrong)["username"] == ["This is not the user name of the person on this page."]
    response = vera.post(address, {"username": north.zoe.username.upper()}, follow=True)
    assert said(response) == ["The person is erased."]
    assert "Nobody was found" in words(vera.get(at("desk_people"), {"q": "Zoe Northside"}))


def test_a8_erasing_a_teacher_names_who_takes_over(north: School, vera: Client) -> None:
    address = at("desk_erase", north.pia)
    typed = {"username": north.pia.username}
    assert errors(vera.post(address, typed))["successor"] == ["This field is required."]
    assert vera.post(address, typed | {"successor": str(north.tess.pk)}).status_code == 302
    north.pia.refresh_from_db()
    assert north.pia.full_name == "Erased account"


@pytest.mark.parametrize("name", ["desk_deactivate", "desk_erase"])
def test_p7_what_changed_meanwhile_is_said_and_loses_nothing(
    north: School, vera: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last admin beside them left after the page was shown."""
    real = deactivating.left_without_admin
    asked: list[User] = []

    def first_nothing(person: User) -> Any:
        asked.append(person)
        found = real(person)
        return found.none() if len(asked) == 1 else found

    monkeypatch.setattr(deactivating, "left_without_admin", first_nothing)
    response = vera.post(at(name, north.pia), {"username": north.pia.username})
    assert errors(response)["__all__"] == [
        "Choose a teacher who takes over the places that nobody else runs."
    ]


# --- Administrators (P1) ----------------------------------------------------------------
def test_p1_an_administrator_makes_another_and_unmakes_them(north: School, vera: Client) -> None:
    address = at("desk_administrator", north.ed)
    assert "Make Ed Northside an administrator?" in words(vera.get(address))
    assert vera.post(address).status_code == 302
    north.ed.refresh_from_db()
    assert north.ed.is_administrator
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.actor, line.subject) == (
        "administrator.changed",
        north.vera.pk,
        north.ed.pk,
    )
    assert "administrator" in words(look_at(vera, north.ed))
    assert "Let Ed Northside be a teacher again?" in words(vera.get(address))
    vera.post(address)
    north.ed.refresh_from_db()
    assert not north.ed.is_administrator


def test_p1_only_teachers_and_never_oneself(north: School, vera: Client) -> None:
    refused = vera.post(at("desk_administrator", north.anna))
    assert "Only teachers can be administrators." in words(refused)
    assert vera.post(at("desk_administrator", north.vera)).status_code == 404
