"""A young student signs in with the card, and chooses a password of their own (P6)."""

import pytest
from django.test import Client

from classkey.accounts import first_passwords
from classkey.accounts.models import User
from tests.web.browsing import browser_of, errors, html
from tests.world import School

OWN = "purple horse 92"


def sign_in(client: Client, user: User, password: str) -> str:
    """Where the sign-in leads to."""
    answer = client.post("/accounts/login/", {"login": user.username, "password": password})
    return str(answer.headers.get("Location", ""))


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.fixture
def password(north: School) -> str:
    """What stands on Cleo's card."""
    drawn = first_passwords.draw()
    first_passwords.issue(north.cleo, drawn)
    return drawn.text


def test_p6_nobody_is_in_before_they_have_chosen(
    north: School, client: Client, password: str
) -> None:
    assert sign_in(client, north.cleo, password) == "/account/choose-password/"
    assert not is_in(client)
    assert "Hello Cleo!" in html(client.get("/account/choose-password/"))
    answer = client.post("/account/choose-password/", {"password": OWN})
    assert answer["Location"] == "/"
    assert is_in(client)
    assert sign_in(Client(), north.cleo, OWN) == "/"


def test_p6_the_card_is_for_one_time(north: School, client: Client, password: str) -> None:
    sign_in(client, north.cleo, password)
    client.post("/account/choose-password/", {"password": OWN})
    assert sign_in(Client(), north.cleo, password) == ""


def test_p6_whoever_stops_half_way_can_begin_again(
    north: School, client: Client, password: str
) -> None:
    sign_in(client, north.cleo, password)
    assert sign_in(Client(), north.cleo, password) == "/account/choose-password/"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "This field is required."),
        ("short", "at least 8 characters"),
        ("cleo.northside", "too similar to the user name"),
        ("password", "too common"),
    ],
)
def test_p6_a4_a_poor_password_is_told(
    north: School, client: Client, password: str, typed: str, told: str
) -> None:
    sign_in(client, north.cleo, password)
    answer = client.post("/account/choose-password/", {"password": typed})
    assert told in " ".join(errors(answer)["password"])
    assert not is_in(client)


def test_p6_the_card_does_not_become_the_password(
    north: School, client: Client, password: str
) -> None:
    sign_in(client, north.cleo, password)
    answer = client.post("/account/choose-password/", {"password": password})
    assert "on your card" in errors(answer)["password"][0]


def test_p6_a_new_card_ends_what_was_open(north: School) -> None:
    north.cleo.set_password(OWN)
    north.cleo.save()
    client = browser_of(north.cleo)
    assert is_in(client)
    first_passwords.issue(north.cleo, first_passwords.draw())
    assert not is_in(client)


def test_p6_without_a_sign_in_there_is_nothing_to_choose(north: School, client: Client) -> None:
    assert client.get("/account/choose-password/")["Location"] == "/accounts/login/"
    assert (
        browser_of(north.anna).post("/account/choose-password/", {"password": OWN})["Location"]
        == "/accounts/login/"
    )
