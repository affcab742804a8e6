"""The members page (S2, S3, S5, S6)."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils.dateformat import format as written

from classkey.school.models import Membership, Permission, Place
from tests.web.browsing import at, browser_of, errors, html, said, words
from tests.world import School


def row(response: Any, name: str) -> str:
    """What the page says of a person."""
    for markup in re.findall(r"<tr>.*?</tr>", html(response), re.DOTALL):
        read = " ".join(re.sub(r"<[^>]*>", " ", markup).split())
        if read.startswith(name):
            return read
    return ""


def permission(north: School, name: str, place: Place) -> int:
    found = Membership.objects.filter(user=getattr(north, name), place=place).first()
    return found.permission if found else 0


# --- Who reads what (S5) ----------------------------------------------------------------
def test_s5_members_read_names_and_permissions_and_no_more(north: School) -> None:
    response = browser_of(north.anna).get(at("members", north.maths))
    assert row(response, "Cleo") == "Cleo Northside can read"
    assert row(response, "Tess") == "Tess Northside Teacher admin"
    assert row(response, "Ed") == "Ed Northside Teacher can edit"
    assert row(response, "Anna").startswith("Anna Northside (you)")
    assert row(response, "Rolf") == row(response, "Ivan") == row(response, "Inka") == ""
    markup = html(response)
    for hidden in ("with code", "linked", "not yet", "Remove", "@northside.example", "Paula"):
        assert hidden not in markup


def test_s5_how_they_came_in_is_for_admins(north: School) -> None:
    response = browser_of(north.tess).get(at("members", north.maths))
    code = north.for_students.last_four
    assert f"with code …{code} of Tess Northside" in row(response, "Ben")
    until = written(north.last_day, "N j, Y")
    assert f"until {until}" in row(response, "Sam")
    assert "Remove" in row(response, "Ben")
    assert "Remove" not in row(response, "Tess")


def test_s5_teachers_read_who_is_linked_and_who_not_yet(north: School) -> None:
    response = browser_of(north.tess).get(at("members", north.maths))
    assert "linked Paula Northside, Quentin Northside" in row(response, "Anna")
    assert "not yet Make a code" in row(response, "Nina")
    assert f"?student={north.nina.pk}" in html(response)
    assert "not yet" not in row(response, "Ed")
    assert "Oscar" not in html(response)


def test_s5_an_administrator_of_a_workspace_is_no_teacher_of_anybody(north: School) -> None:
    response = browser_of(north.anna).get(at("members", north.den))
    assert "with code" in row(response, "Ben")
    assert "linked" not in html(response)
    assert "not yet" not in html(response)


def test_s3_who_is_here_from_above_is_not_changed_here(north: School) -> None:
    response = browser_of(north.gwen).get(at("members", north.owls))
    assert "Save" in row(response, "Cleo")
    assert "Save" not in row(response, "Tom")
    assert "Remove" not in row(response, "Tom")


def offered(markup: str) -> list[str]:
    """The permissions to choose from."""
    return re.findall(r"<option[^>]*>([^<]*)<", markup)


def choice(response: Any, person: Any) -> list[str]:
    """What a person can be given, by the page."""
    return offered(html(response).partition(f'id="permission-{person.pk}"')[2].partition("<td")[0])


def test_s2_only_what_a_person_can_be_given_is_offered(north: School) -> None:
    course = browser_of(north.tess).get(at("members", north.maths))
    assert choice(course, north.anna) == ["can read", "can edit"]
    assert choice(course, north.ed) == ["can read", "can edit", "admin"]
    den = browser_of(north.anna).get(at("members", north.den))
    assert choice(den, north.ben) == ["can read", "can edit", "admin"]


# --- Changing (S2) ----------------------------------------------------------------------
def change(client: Client, place: object, person: object, to: object) -> Any:
    address = at("member_change", place, person)
    return client.post(address, {"permission": str(to)}, follow=True)


def test_s2_an_admin_changes_a_permission(north: School) -> None:
    response = change(browser_of(north.tess), north.maths, north.anna, 2)
    assert response.redirect_chain == [(at("members", north.maths), 302)]
    assert said(response) == ["Anna Northside: can edit"]
    assert permission(north, "anna", north.maths) == Permission.EDIT


@pytest.mark.parametrize(
    ("who", "whom", "told"),
    [
        ("tess", "anna", "In a course only teachers can be admins."),
        ("tom", "tess", "This person made the place. Only they or an administrator"),
    ],
)
def test_s2_a_rule_that_refuses_says_so(north: School, who: str, whom: str, told: str) -> None:
    before = permission(north, whom, north.maths)
    to = 3 if whom == "anna" else 1
    response = change(browser_of(getattr(north, who)), north.maths, getattr(north, whom), to)
    assert said(response)[0].startswith(told)
    assert permission(north, whom, north.maths) == before


@pytest.mark.parametrize("to", ["", "0", "4", "-1", "admin", "\x00", "9" * 5000])
def test_a4_what_is_no_permission_is_told(north: School, to: str) -> None:
    response = change(browser_of(north.tess), north.maths, north.anna, to)
    assert said(response) == ["Choose a permission from the list."]
    assert permission(north, "anna", north.maths) == Permission.READ


def test_s3_an_admin_of_the_place_above_is_changed_there(north: School) -> None:
    response = change(browser_of(north.gwen), north.owls, north.tom, 1)
    assert "Change it in the place above." in said(response)[0]


# --- Adding (S6) ------------------------------------------------------------------------
def add(client: Client, place: object, *people: object, permission: str = "1") -> Any:
    pks = [str(getattr(person, "pk", person)) for person in people]
    return client.post(at("members_add", place), {"people": pks, "permission": permission})


def test_s6_a_group_offers_the_members_of_the_place_above(north: School) -> None:
    response = browser_of(north.tess).get(at("members", north.owls))
    offered = set(response.context["add_form"].fields["people"].queryset)
    assert offered == {north.ed, north.ben, north.nina}
    assert f"Add from {north.maths.name}" in words(response)
    assert "Add from" not in words(browser_of(north.tess).get(at("members", north.maths)))
    assert "Add from" not in words(browser_of(north.anna).get(at("members", north.owls)))


def test_s2_a_group_offers_what_one_of_them_can_be_given(north: School) -> None:
    tess = browser_of(north.tess)
    response = tess.get(at("members", north.owls))  # Ed is a teacher
    assert offered(str(response.context["add_form"]["permission"]))[-1] == "admin"
    add(tess, north.owls, north.ed)
    response = tess.get(at("members", north.owls))
    assert offered(str(response.context["add_form"]["permission"])) == ["can read", "can edit"]


def test_s6_they_are_added_at_once(north: School) -> None:
    client = browser_of(north.gwen)
    response = add(client, north.owls, north.ben, north.nina, permission="2")
    assert response["Location"] == at("members", north.owls)
    assert said(client.get("/")) == ["People added: 2"]
    assert permission(north, "ben", north.owls) == Permission.EDIT


@pytest.mark.parametrize("whom", ["zoe", "south", "tess", "nobody", "nonsense", "\x00", ""])
def test_s6_nobody_else_is(north: School, south: School, whom: str) -> None:
    before = list(Membership.objects.order_by("pk").values_list())
    people = {"south": south.anna, "nobody": uuid.UUID(int=5)}
    person = people.get(whom) or getattr(north, whom or "-", whom)
    response = add(browser_of(north.tess), north.owls, *([person, north.ben] if whom else []))
    assert response.status_code == 200
    assert list(errors(response, "add_form")) == ["people"]
    if whom:
        assert re.search(rf'value="{north.ben.pk}"[^>]*checked', html(response))
    else:
        assert "Tick at least one person." in words(response)
    assert list(Membership.objects.order_by("pk").values_list()) == before


def test_s6_a_rule_that_refuses_says_so_and_keeps_the_ticks(north: School) -> None:
    response = add(browser_of(north.tess), north.owls, north.ben, permission="3")
    assert errors(response, "add_form") == {"__all__": ["In a course only teachers can be admins."]}
    assert re.search(rf'value="{north.ben.pk}"[^>]*checked', html(response))
    assert permission(north, "ben", north.owls) == 0


def test_s6_a_course_has_no_place_above_to_add_from(north: School) -> None:
    response = add(browser_of(north.tess), north.maths, north.zoe)
    assert list(errors(response, "add_form")) == ["people"]
    assert permission(north, "zoe", north.maths) == 0


def test_s6_where_everybody_is_here_it_says_so(north: School) -> None:
    client = browser_of(north.tess)
    add(client, north.owls, north.ed, north.ben, north.nina)
    assert "Everybody in the place above is here already." in words(
        client.get(at("members", north.owls))
    )


# --- Removing and leaving (S2, S3) ------------------------------------------------------
def test_s2_removing_asks_first(north: School) -> None:
    client = browser_of(north.tess)
    address = at("member_remove", north.maths, north.anna)
    assert f"Remove Anna Northside from {north.maths.name}?" in words(client.get(address))
    assert permission(north, "anna", north.maths)
    response = client.post(address, follow=True)
    assert said(response) == ["Anna Northside is no longer a member."]
    for place in (north.maths, north.owls, north.chicks):
        assert permission(north, "anna", place) == 0


def test_s2_whom_one_may_not_remove(north: School) -> None:
    response = browser_of(north.tom).post(at("member_remove", north.maths, north.tess))
    assert response.status_code == 200
    assert "This cannot be done This person made the place. Only they" in words(response)
    assert permission(north, "tess", north.maths) == Permission.ADMIN


def test_s3_leaving_asks_first_and_leaves_all_inside(north: School) -> None:
    client = browser_of(north.anna)
    address = at("leave", north.maths)
    assert f"Leave {north.maths.name}?" in words(client.get(address))
    assert permission(north, "anna", north.maths)
    response = client.post(address, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert said(response) == [f"You have left “{north.maths.name}”."]
    assert permission(north, "anna", north.chicks) == 0
    assert client.get(address).status_code == 404


def test_s2_the_last_admin_stays(north: School) -> None:
    response = browser_of(north.pia).post(at("leave", north.music))
    assert "This cannot be done A place needs an admin." in words(response)
    assert permission(north, "pia", north.music) == Permission.ADMIN
