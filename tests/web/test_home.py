"""Where people arrive (P3, P5)."""

import pytest
from django.test import Client

from classkey.school.models import Code, Place
from tests.web.browsing import at, browser_of, errors, html, links, words
from tests.world import School


@pytest.mark.django_db
def test_a_stranger_reads_what_this_is(client: Client) -> None:
    response = client.get("/")
    assert "Your school, opened by a code" in words(response)
    for address in ("/join/", "/accounts/login/", "/accounts/signup/"):
        assert address in links(html(response))
    assert "Demo" not in html(response)


def test_a_member_comes_home_to_their_places(north: School) -> None:
    read = words(browser_of(north.tess).get("/"))
    assert read.startswith("Hello Tess")
    assert "New course New workspace" in read
    assert "Maths Northside" in read
    assert "Staff room" in read
    assert "Owls" not in read
    assert "History" in read
    assert "archived" in read
    read = words(browser_of(north.ben).get("/"))
    assert "New course" not in read
    assert "Anna's den" in read
    assert "Use this code" in read


def test_who_is_nowhere_yet_reads_how_to_begin(north: School) -> None:
    read = words(browser_of(north.zoe).get("/"))
    assert "No course yet Your teacher gives you a code." in read
    assert "A workspace is yours: you decide who comes in." in read
    assert "Make one, or enter with a colleague's code." in words(browser_of(north.vera).get("/"))


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("ursula", "It stands on the sheet that you got from the school."),
        ("zoe", "Your teacher shows it to the class."),
        ("vera", "If you have none, start with a course of your own."),
    ],
)
def test_p3_signing_up_ends_with_do_you_have_a_code(north: School, who: str, told: str) -> None:
    read = words(browser_of(getattr(north, who)).get("/welcome/"))
    assert "Do you have a code?" in read
    assert told in read
    assert ("Your first course" in read) == (who == "vera")


def test_p3_a_first_course_shows_its_first_code(north: School) -> None:
    response = browser_of(north.vera).post("/welcome/course/", {"name": "Physics"}, follow=True)
    code = response.context["code"]
    assert response.redirect_chain == [(at("code", code), 302)]
    assert (code.place.name, code.audience, code.permission) == ("Physics", "students", 1)
    assert code.text in words(response)


@pytest.mark.parametrize(
    ("who", "name", "field"),
    [("vera", "", "name"), ("vera", "x" * 121, "name"), ("zoe", "Mine", "__all__"),
     ("paula", "Mine", "__all__")],
)  # fmt: skip
def test_p3_a_first_course_that_cannot_be_says_why(
    north: School, who: str, name: str, field: str
) -> None:
    before = (Place.objects.count(), Code.objects.count())
    response = browser_of(getattr(north, who)).post("/welcome/course/", {"name": name})
    assert response.status_code == 200
    assert list(errors(response, "course")) == [field]
    if who == "vera":
        assert f'value="{name}"' in html(response) or not name
    assert (Place.objects.count(), Code.objects.count()) == before


def test_p5_a_teacher_with_a_child_has_my_children_apart(north: School) -> None:
    assert "/children/" in links(html(browser_of(north.pia).get("/")))
    assert "/children/" not in links(html(browser_of(north.tess).get("/")))
    assert "Ben Northside" in words(browser_of(north.pia).get("/children/"))
    assert "Ben" not in words(browser_of(north.pia).get("/"))


@pytest.mark.parametrize(
    ("after", "leads"),
    [("/codes/?kind=parent", "/codes/?kind=parent"), ("https://elsewhere.example/", "/"),
     ("//elsewhere.example/", "/"), ("/\\elsewhere.example", "/"), ("javascript:alert(1)", "/")],
)  # fmt: skip
def test_changing_the_language_never_leads_elsewhere(north: School, after: str, leads: str) -> None:
    response = browser_of(north.tess).post("/language/", {"language": "fr", "next": after})
    assert response["Location"] == leads
    response = browser_of(north.tess).post("/accounts/logout/", {"next": after})
    assert response["Location"] == leads


def test_a3_the_language_is_kept_in_this_browser(north: School) -> None:
    client = browser_of(north.tess)
    page = html(client.get("/codes/?kind=parent"))
    assert 'name="next" value="/codes/?kind=parent"' in " ".join(page.split())
    client.post("/language/", {"language": "fr", "next": "/"})
    assert '<html lang="fr"' in html(client.get("/"))
    client.post("/language/", {"language": "tlh", "next": "/"})
    assert '<html lang="fr"' in html(client.get("/"))
