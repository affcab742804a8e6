"""A class of seven-year-olds: a pasted list, cards, a forgotten password (P6)."""

import io
from typing import Any

import pypdfium2
import pytest
from django.test import Client

from classkey.accounts import first_passwords
from classkey.accounts.first_passwords import FirstPassword
from classkey.accounts.models import User
from classkey.school.rostering import classes
from classkey.school.rostering.names import Name
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, errors, html, said, tags, words
from tests.world import School

LIST = "1. Mia Berg\n2. Stein, Noah\nNgozi\n"


def check(client: Client, north: School, typed: str, **more: str) -> Any:
    return client.post(at("students_new", north.maths), {"names": typed, **more})


def named(given_name: str) -> list[User]:
    return list(User.objects.filter(given_name=given_name))


# --- The list ---------------------------------------------------------------------------
def test_p6_the_names_are_shown_before_anything_is_made(north: School) -> None:
    page = check(browser_of(north.tess), north, LIST)
    read = words(page)
    assert "3 names" in read
    assert "Mia Berg Noah Stein Ngozi" in read
    assert "Make 3 accounts" in read
    assert not named("Mia")
    assert LIST.strip() in html(page), "what was typed is kept"


def test_p6_then_the_accounts_are_made_and_the_cards_come_next(north: School) -> None:
    client = browser_of(north.tess)
    answer = check(client, north, LIST, confirmed="3")
    assert answer["Location"] == at("sign_in_cards", north.maths)
    assert said(client.get(answer["Location"])) == ["3 students are in."]
    [mia] = named("Mia")
    assert north.in_place(mia, north.maths)
    assert "Mia Berg" in words(client.get(at("sign_in_cards", north.maths)))


def test_p6_a_list_sent_twice_is_asked_about_the_second_time(north: School) -> None:
    client = browser_of(north.tess)
    check(client, north, LIST, confirmed="3", namesakes="0")
    page = check(client, north, LIST, confirmed="3", namesakes="0")
    assert "Somebody of these names has come in meanwhile." in words(page)
    assert "Mia Berg is here already" in words(page)
    assert len(named("Mia")) == 1


@pytest.mark.parametrize("confirmed", ["2", "4", "", "x"])
def test_p6_a_list_that_was_changed_is_shown_once_more(north: School, confirmed: str) -> None:
    page = check(browser_of(north.tess), north, LIST, confirmed=confirmed)
    assert page.status_code == 200
    assert not named("Mia")


def test_p6_who_is_there_already_is_pointed_out(north: School) -> None:
    read = words(check(browser_of(north.tess), north, "Anna Northside\nMia Berg"))
    assert "Anna Northside is here already Mia Berg" in read
    assert "Somebody of that name is in this course." in read


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "This field is required."),
        ("123\n---", "There is no name in this list yet."),
        ("Mia Berg\nmia@example.org", "This line is no name: “mia@example.org”."),
        ("\n".join(f"A{chr(97 + n // 26)}{chr(97 + n % 26)} B" for n in range(201)), "200 names"),
    ],
)
def test_a4_a_list_that_cannot_be_read_is_told(north: School, typed: str, told: str) -> None:
    page = check(browser_of(north.tess), north, typed, confirmed="1")
    assert told in errors(page)["names"][0]


def test_p6_names_are_text_and_no_markup(north: School) -> None:
    page = html(check(browser_of(north.tess), north, "<script>alert(1)</script> Berg"))
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["students_new", "sign_in_cards"])
def test_p6_s7_only_the_courses_teachers_come_here(north: School, name: str) -> None:
    for who, status in {"tess": 200, "tom": 200, "ed": 403, "anna": 403, "pia": 404}.items():
        address = at(name, north.maths)
        assert browser_of(getattr(north, who)).get(address).status_code == status, who
    assert browser_of(north.tess).get(at(name, north.owls)).status_code == 403


def test_p6_the_members_page_leads_there_for_who_may(north: School) -> None:
    page = at("members", north.maths)
    assert at("students_new", north.maths) in html(browser_of(north.tess).get(page))
    assert at("students_new", north.maths) not in html(browser_of(north.ed).get(page))
    assert at("students_new", north.owls) not in html(
        browser_of(north.tess).get(at("members", north.owls))
    )


# --- Cards ------------------------------------------------------------------------------
@pytest.fixture
def mia(north: School) -> User:
    """A new student with an account made for her."""
    [mia] = classes.enrol(Viewer(north.tess), north.maths, [Name("Mia", "Berg")])
    return mia


def make_cards(client: Client, north: School, *students: User) -> Any:
    ids = [str(student.pk) for student in students]
    typed = {"students": ids, "paper": "a4", "language": "en"}
    return client.post(at("sign_in_cards", north.maths), typed)


def text_of(answer: Any) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_p6_the_card_that_is_printed_signs_in(north: School, mia: User) -> None:
    answer = make_cards(browser_of(north.tess), north, mia)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="sign-in-cards.pdf"'
    assert answer["Cache-Control"] == "no-store"
    text = text_of(answer)
    assert "Mia Berg" in text
    [password] = [line for line in text.split() if len(line) == 9 and line[4] == "-"]
    client = Client()
    signed = client.post("/accounts/login/", {"login": "mia.berg", "password": password})
    assert signed["Location"] == "/account/choose-password/"


def test_p6_nobody_elses_card_is_made(north: School, mia: User) -> None:
    client = browser_of(north.tess)
    for other in (north.anna, north.dan):
        answer = make_cards(client, north, other)
        assert "students" in errors(answer)
    before = User.objects.get(pk=north.anna.pk).password
    assert before == north.anna.password


def test_a4_nobody_chosen_is_told(north: School, mia: User) -> None:
    assert errors(make_cards(browser_of(north.tess), north))["students"] == [
        "Tick at least one person."
    ]


def test_p6_who_chooses_a_password_meanwhile_keeps_it(
    north: School, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = first_passwords.draw

    def while_she_chooses() -> FirstPassword:
        first_passwords.choose(User.objects.get(pk=mia.pk), "purple horse 92")
        return draw()

    monkeypatch.setattr(first_passwords, "draw", while_she_chooses)
    answer = make_cards(browser_of(north.tess), north, mia)
    assert "Somebody here has chosen a password meanwhile." in errors(answer)["students"][0]
    assert User.objects.get(pk=mia.pk).check_password("purple horse 92")


def test_p6_where_everybody_has_a_password_no_card_is_offered(north: School) -> None:
    User.objects.filter(role="student").update(first_password_until=None, password="md5$x$y")
    assert "Nobody needs a card" in words(
        browser_of(north.tess).get(at("sign_in_cards", north.maths))
    )


# --- A forgotten password ---------------------------------------------------------------
def test_p6_a_teacher_lets_a_child_in_once_more(north: School) -> None:
    client = browser_of(north.gwen)
    address = at("sign_in_issue", north.cleo)
    assert address in html(client.get(at("student", north.cleo)))
    before = User.objects.get(pk=north.cleo.pk).password
    assert "Make the password" in words(client.get(address))
    assert User.objects.get(pk=north.cleo.pk).password == before, "looking changes nothing"
    page = client.post(address)
    shown = [attributes for tag, attributes in tags(html(page)) if tag == "dd"]
    assert len(shown) == 2
    password = words(page).split("Password ")[1].split()[0]
    signed = Client().post("/accounts/login/", {"login": north.cleo.username, "password": password})
    assert signed["Location"] == "/account/choose-password/"


def test_p6_a_student_with_an_address_is_not_offered_it(north: School) -> None:
    client = browser_of(north.tess)
    assert at("sign_in_issue", north.anna) not in html(client.get(at("student", north.anna)))
    page = words(client.post(at("sign_in_issue", north.anna)))
    assert "This student gets a password by mail" in page


@pytest.mark.parametrize(("who", "status"), [("pia", 404), ("cleo", 403), ("vera", 403)])
def test_p6_nobody_else_opens_a_childs_account(north: School, who: str, status: int) -> None:
    client = browser_of(getattr(north, who))
    assert client.post(at("sign_in_issue", north.cleo)).status_code == status
