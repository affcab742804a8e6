"""Who gets which page: 200 or 302, 403 where they see it but it is not theirs to do, else 404."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from classkey.accounts.models import User
from classkey.school.models import Item, Membership, Place, SheetPart
from tests.web.browsing import at, browser_of, html, walk, words
from tests.world import School

PEOPLE = ["tess", "gwen", "ed", "pia", "vera", "anna", "ben", "zoe", "paula", "quentin", "petra"]
"""One of each sort; what each may see and do at all, tests/school asks of everybody."""

NOBODY = ""

GETS = [
    # page, whose, who gets it, who only sees that it is there
    ("place", "maths", "tess gwen ed anna ben", NOBODY),
    ("place", "owls", "tess gwen anna", NOBODY),
    ("place", "chicks", "tess gwen anna", NOBODY),
    ("place", "attic", "tess ed ben", NOBODY),
    ("place", "history", "tess anna", NOBODY),
    ("place", "music", "pia anna", NOBODY),
    ("place", "den", "anna ben", NOBODY),
    ("place", "nook", "anna ben", NOBODY),
    ("place", "staffroom", "tess gwen", NOBODY),
    ("members", "maths", "tess gwen ed anna ben", NOBODY),
    ("members", "chicks", "tess gwen anna", NOBODY),
    ("members", "den", "anna ben", NOBODY),
    ("leave", "maths", "tess gwen ed anna ben", NOBODY),
    ("place_edit", "maths", "tess", "gwen ed anna ben"),
    ("place_edit", "chicks", "tess gwen", "anna"),
    ("place_edit", "history", NOBODY, "tess anna"),
    ("place_edit", "den", "anna", "ben"),
    ("group_new", "maths", "tess", "gwen ed anna ben"),
    ("group_new", "nook", "anna ben", NOBODY),
    ("group_new", "history", NOBODY, "tess anna"),
    ("sheets_new", "maths", "tess", "gwen ed anna ben"),
    ("sheets_new", "owls", "tess gwen", "anna"),
    ("sheets_new", "history", NOBODY, "tess anna"),
    ("sheets_new", "staffroom", NOBODY, "tess gwen"),
    ("sheets_new", "den", NOBODY, "anna ben"),
    ("page_new", "maths", "tess ed", "gwen anna ben"),
    ("page_new", "attic", "tess", "ed ben"),  # it is closed to them still (C4)
    ("page_new", "history", NOBODY, "tess anna"),
    ("page_new", "staffroom", "tess gwen", NOBODY),
    ("folder_new", "maths", "tess ed", "gwen anna ben"),
    ("member_remove", "maths anna", "tess", "gwen ed anna ben"),
    ("member_remove", "maths pia", NOBODY, "gwen ed anna ben"),
    ("item", "maths: both", "tess gwen ed anna ben", NOBODY),
    ("item", "maths: blue", "tess gwen ed anna ben", NOBODY),
    ("item", "maths: green", "tess", NOBODY),
    ("item", "maths: off", "tess", NOBODY),
    ("item", "drawer: both", "tess", NOBODY),
    ("item", "draft", "tess ed", NOBODY),
    ("item", "plans", "tess ed", NOBODY),
    ("item", "gone", NOBODY, NOBODY),
    ("item", "attic: both", "tess", NOBODY),
    ("item", "owls: both", "tess gwen anna", NOBODY),
    ("item", "music: both", "pia anna", NOBODY),
    ("item", "anna's den: both", "anna ben", NOBODY),
    ("item_edit", "maths: both", "tess ed", "gwen anna ben"),
    ("item_edit", "history: both", NOBODY, "tess anna"),
    ("item_edit", "drawer", "tess", NOBODY),
    ("item", "quiz", "tess gwen ed anna ben", NOBODY),
    ("item", "eds_test", "tess gwen ed anna ben", NOBODY),
    ("item", "surprise", "tess", NOBODY),
    ("item", "owl_test", "tess gwen anna", NOBODY),
    ("item", "den_test", "anna ben", NOBODY),
    ("test_take", "quiz", "anna ben", "tess gwen ed"),
    ("test_take", "eds_test", "anna ben", "tess gwen ed"),
    ("test_take", "surprise", NOBODY, "tess"),
    ("test_take", "locked_test", NOBODY, "tess gwen ed anna ben"),
    ("test_take", "old_test", NOBODY, "tess anna"),
    ("test_take", "den_test", "ben", "anna"),
    ("test_take", "maths: both", NOBODY, "tess gwen ed anna ben"),
    ("test_submit", "quiz", "anna ben", "tess gwen ed"),
    ("test_submit", "owl_test", "anna", "tess gwen"),
    ("code", "for_students", "tess", NOBODY),
    ("code_qr", "for_students", "tess", NOBODY),
    ("code", "for_owls", "tess gwen", NOBODY),
    ("code", "for_the_den", "anna", NOBODY),
    ("code", "for_annas_parents", "tess", NOBODY),
    ("code", "by_cleo_herself", NOBODY, NOBODY),
    ("code", "expired", "tess", NOBODY),
    ("code_qr", "expired", NOBODY, NOBODY),
    ("code_qr", "deleted", NOBODY, NOBODY),
    ("code_qr", "used_up", NOBODY, NOBODY),
    ("sheet_run", "run", "tess", NOBODY),
    ("student", "anna", "anna tess gwen pia vera", NOBODY),
    ("student", "ben", "ben tess vera", NOBODY),
    ("student", "dan", "pia vera", NOBODY),
    ("student", "zoe", "zoe vera", NOBODY),
    ("student", "inka", NOBODY, NOBODY),
    ("student", "tess", NOBODY, NOBODY),
    ("child", "anna", "paula quentin", NOBODY),
    ("child", "ben", "quentin pia", NOBODY),
    ("child", "inka", NOBODY, NOBODY),
    ("child_place", "anna maths", "paula quentin", NOBODY),
    ("child_place", "anna owls", "paula quentin", NOBODY),
    ("child_place", "anna history", "paula quentin", NOBODY),
    ("child_place", "anna music", "paula quentin", NOBODY),  # the name alone (F5)
    ("child_place", "anna chicks", NOBODY, NOBODY),
    ("child_place", "anna attic", NOBODY, NOBODY),
    ("child_place", "anna den", "paula", NOBODY),  # for her alone it was opened (F7)
    ("child_place", "anna nook", "paula", NOBODY),
    ("child_place", "anna staffroom", NOBODY, NOBODY),
    ("child_place", "ben maths", "quentin pia", NOBODY),
    ("child_place", "ben attic", "quentin pia", NOBODY),
    ("child_place", "ben owls", NOBODY, NOBODY),
    ("child_place", "ben den", NOBODY, NOBODY),
    ("child_item", "anna maths: both", "paula quentin", NOBODY),
    ("child_item", "anna quiz", "paula quentin", NOBODY),
    ("child_item", "anna eds_test", NOBODY, NOBODY),  # not green
    ("child_item", "ben quiz", "quentin pia", NOBODY),
    ("child_item", "ben surprise", "quentin pia", NOBODY),  # green, though not blue
    ("child_item", "ben owl_test", NOBODY, NOBODY),
    ("child_item", "ben den_test", NOBODY, NOBODY),
    ("child_item", "anna maths: green", "paula quentin", NOBODY),
    ("child_item", "anna maths: blue", NOBODY, NOBODY),
    ("child_item", "anna maths: off", NOBODY, NOBODY),
    ("child_item", "anna drawer: both", NOBODY, NOBODY),
    ("child_item", "anna attic: both", NOBODY, NOBODY),
    ("child_item", "anna music: both", NOBODY, NOBODY),
    ("child_item", "anna anna's den: both", "paula", NOBODY),
    ("child_item", "ben attic: green", "quentin pia", NOBODY),
    ("child_item", "ben owls: both", NOBODY, NOBODY),
]

POSTS = [
    ("place_blue", "maths", "tess", "gwen ed anna ben"),
    ("place_green", "owls", "tess gwen", "anna"),
    ("place_green", "history", NOBODY, "tess anna"),
    ("item_blue", "maths: both", "tess", "gwen ed anna ben"),
    ("item_green", "draft", "tess", "ed"),
    ("item_blue", "history: both", NOBODY, "tess anna"),
    ("item_delete", "maths: both", "tess", "gwen ed anna ben"),
    ("item_delete", "notes", "tess ed", "gwen anna ben"),
    ("item_restore", "gone", "tess ed", NOBODY),
    ("item_restore", "notes", NOBODY, NOBODY),
    ("test_begin", "quiz", "anna ben", "tess gwen ed"),
    ("test_begin", "locked_test", NOBODY, "tess gwen ed anna ben"),
    ("test_begin", "old_test", NOBODY, "tess anna"),
    ("test_begin", "maths: both", NOBODY, "tess gwen ed anna ben"),
    ("sheet_run_again", "run", "tess", NOBODY),
    ("members_add", "owls", "tess gwen", "anna"),
    ("member_change", "maths anna", "tess", "gwen ed anna ben"),
    ("place_edit", "maths", "tess", "gwen ed anna ben"),
    ("group_new", "maths", "tess", "gwen ed anna ben"),
    ("page_new", "maths", "tess ed", "gwen anna ben"),
    ("item_edit", "maths: both", "tess ed", "gwen anna ben"),
    ("sheets_new", "maths", "tess", "gwen ed anna ben"),
    ("member_remove", "maths anna", "tess", "gwen ed anna ben"),
    ("leave", "maths", "tess gwen ed anna ben", NOBODY),
]


def thing(north: School, name: str) -> Any:
    """Something of the school's by its attribute, or a page by its title."""
    return north.pages.get(name) or getattr(north, name)


def things(north: School, page: str, names: str) -> list[Any]:
    """What an address is about; the addresses of children and members are about two things."""
    pair = page.startswith(("child", "member_")) and " " in names
    return [thing(north, name) for name in (names.split(" ", 1) if pair else [names])]


def sorted_out(north: School, answers: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Who got a page, and who only sees that it is there; the others learn nothing."""
    got = {name for name, response in answers.items() if response.status_code in {200, 302}}
    sees = {name for name, response in answers.items() if response.status_code == 403}
    nothing = [name for name, response in answers.items() if response.status_code == 404]
    assert len(got) + len(sees) + len(nothing) == len(answers)
    return got, sees


@pytest.fixture(scope="module")
def browsers(_world_rows: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Client]:
    """Everybody's browser; they have signed in once for all tests of this module."""
    with django_db_blocker.unblock():
        people = User.objects.filter(family_name="Northside")
        return {name: browser_of(people.get(given_name=name.title())) for name in PEOPLE}


@pytest.mark.parametrize(("page", "whose", "gets", "sees"), GETS)
def test_a_page_is_for_those_whom_the_rules_name(
    north: School, browsers: dict[str, Client], page: str, whose: str, gets: str, sees: str
) -> None:
    address = at(page, *things(north, page, whose))
    answers = {name: browser.get(address) for name, browser in browsers.items()}
    assert sorted_out(north, answers) == (set(gets.split()), set(sees.split()))


@pytest.mark.parametrize(("page", "whose", "gets", "sees"), POSTS)
def test_an_action_is_for_those_whom_the_rules_name(
    north: School, browsers: dict[str, Client], page: str, whose: str, gets: str, sees: str
) -> None:
    address = at(page, *things(north, page, whose))
    before = state()
    answers = {}
    for name, browser in browsers.items():
        with transaction.atomic():
            answers[name] = browser.post(address, {"on": "0"})
            # For the next one everything is as before; of who may not, nothing may be left.
            transaction.set_rollback(answers[name].status_code in {200, 302})
    assert state() == before
    assert sorted_out(north, answers) == (set(gets.split()), set(sees.split()))


def state() -> list[object]:
    """What the actions above would change."""
    return [
        list(model._base_manager.order_by("pk").values_list())
        for model in (Place, Item, Membership, SheetPart)
    ]


# --- What a parent never meets (F6) -----------------------------------------------------
def given_names(markup: str, people: list[User]) -> set[str]:
    """Who is named in a page."""
    return {
        person.given_name
        for person in people
        if re.search(rf"\b{person.given_name}\b", markup) or person.username in markup
    }


@pytest.mark.parametrize(
    ("name", "start", "named"),
    [
        ("paula", "/", {"Paula", "Anna"}),
        ("quentin", "/", {"Quentin", "Anna", "Ben"}),
        ("petra", "/", {"Petra"}),
        ("oscar", "/", {"Oscar"}),
        ("ines", "/", {"Ines"}),
    ],
)
def test_f6_a_parent_reads_of_nobody_but_their_children(
    north: School, name: str, start: str, named: set[str]
) -> None:
    found = set()
    pages = 0
    for address, response in walk(browser_of(getattr(north, name)), start, most=8):
        found |= given_names(html(response), north.people)
        pages += 1
        assert "/members/" not in html(response), address
        assert 'href="/places/' not in html(response), address
        assert 'href="/items/' not in html(response), address
    assert pages > 5
    assert found == named


def test_f6_nor_of_one_child_on_the_pages_of_another(north: School) -> None:
    client = browser_of(north.quentin)
    for child, other in ((north.anna, "Ben"), (north.ben, "Anna")):
        for address, response in walk(client, at("child", child), most=8):
            if address.startswith(at("child", child)):
                assert other not in words(response), address


def test_p5_a_teacher_has_a_parents_eyes_in_the_childs_pages(north: School) -> None:
    client = browser_of(north.pia)
    seen = 0
    for address, response in walk(client, at("child", north.ben), most=8):
        if address.startswith("/children/"):
            assert given_names(words(response), north.people) <= {"Ben"}, address
            seen += 1
    assert seen > 5
    assert "My children" in html(client.get("/"))


@pytest.mark.parametrize("name", ["tess", "anna", "petra", "oscar"])
def test_f6_who_is_no_parent_now_has_no_children(north: School, name: str) -> None:
    response = browser_of(getattr(north, name)).get("/children/")
    assert "No child linked yet" in words(response)


@pytest.mark.parametrize("name", ["ivan", "inka"])
def test_p7_a_deactivated_account_is_shown_out_at_once(north: School, name: str) -> None:
    client = browser_of(getattr(north, name))
    assert client.get("/codes/")["Location"] == "/accounts/login/?next=/codes/"
    assert "I have a code" in words(client.get("/"))
