"""Whose session it is, and until when."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from classkey.accounts import first_passwords
from classkey.accounts.models import Role, User
from classkey.school import membership
from classkey.school.models import ParentLink
from classkey.school.viewer import Viewer
from tests.accounts.signing_up import PASSWORD, is_in, prove, sign_in, sign_up
from tests.production import PRODUCTION, shown
from tests.web.browsing import at, browser_of
from tests.world import School, make_user

COOKIE = "sessionid"


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anna(north: School) -> User:
    """Anna of Northside, with a password."""
    north.anna.set_password(PASSWORD)
    north.anna.save()
    return north.anna


def key_of(client: Client) -> str:
    return str(client.cookies[COOKIE].value)


def browser_with(key: str) -> Client:
    """Somebody else's browser, with a session's key in it."""
    client = Client()
    client.cookies[COOKIE] = key
    return client


# --- Fixation ---------------------------------------------------------------------------
def test_the_key_changes_at_the_sign_in(anna: User) -> None:
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies[COOKIE] = planted = str(session.session_key)
    sign_in(client, anna.username)
    assert is_in(client)
    assert key_of(client) != planted
    assert not is_in(browser_with(planted))
    assert not Session.objects.filter(pk=planted).exists()


def test_a_key_that_somebody_made_up_is_nobodys(anna: User) -> None:
    made_up = "a" * 32
    client = browser_with(made_up)
    sign_in(client, anna.username)
    assert is_in(client)
    assert key_of(client) != made_up
    assert not is_in(browser_with(made_up))


@pytest.mark.django_db
def test_the_key_changes_when_a_sign_up_ends() -> None:
    client = Client()
    sign_up(client)
    waiting = key_of(client)
    prove(client)
    assert is_in(client)
    assert key_of(client) != waiting
    assert not is_in(browser_with(waiting))


def test_who_signs_in_over_somebody_else_finds_nothing_of_theirs(anna: User) -> None:
    client = browser_of(make_user(Role.STUDENT, "Zora"))
    session = client.session
    session["theirs"] = "1"
    session.save()
    before = key_of(client)
    client.post("/accounts/logout/")
    sign_in(client, anna.username)
    assert key_of(client) != before
    assert "theirs" not in client.session


# --- After its end ----------------------------------------------------------------------
def test_a_key_is_worth_nothing_after_the_sign_out(anna: User) -> None:
    client = browser_of(anna)
    kept = key_of(client)
    assert is_in(browser_with(kept))
    client.post("/accounts/logout/")
    assert not is_in(browser_with(kept))
    assert not Session.objects.filter(pk=kept).exists()


def test_nor_after_a_change_of_password_also_in_the_browser_that_made_it(anna: User) -> None:
    client, elsewhere = Client(), Client()
    for each in (client, elsewhere):
        sign_in(each, anna.username)
    kept, new = key_of(client), "orange zebra 17"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", form)
    assert is_in(client)
    assert not is_in(elsewhere)
    assert not is_in(browser_with(kept))


def test_nor_after_a_teacher_has_handed_out_a_new_first_password(anna: User) -> None:
    client = browser_of(anna)
    first_passwords.issue(anna, first_passwords.draw())
    assert not is_in(client)


def test_p7_nor_for_an_account_that_is_closed(anna: User) -> None:
    client = browser_of(anna)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert not is_in(client)
    sign_in(client, anna.username)
    assert not is_in(client)


def test_a7_nor_after_its_last_day(anna: User) -> None:
    client = Client()
    client.post(
        "/accounts/login/", {"login": anna.username, "password": PASSWORD, "remember": "on"}
    )
    assert is_in(client)
    Session.objects.update(expire_date=timezone.now())
    assert not is_in(client)


# --- Pages that were open (A2) ------------------------------------------------------------
def the_childs_pages(north: School) -> list[str]:
    """What a parent of Anna's may have open."""
    return [
        at("child", north.anna),
        at("child_place", north.anna, north.maths),
        at("child_place", north.anna, north.den),
        at("child_item", north.anna, north.pages["maths: both"]),
        at("child_item", north.anna, north.quiz),
        at("child_file", north.anna, north.leaflet),
    ]


def statuses(client: Client, addresses: list[str]) -> set[int]:
    return {status_of(client.get(address)) for address in addresses}


def status_of(response: Any) -> int:
    if response.streaming:
        list(response.streaming_content)
    return int(response.status_code)


@pytest.mark.parametrize("field", ["ended_at", "paused_at"])
def test_f9_a_link_that_ended_or_is_paused_shows_nothing_from_the_next_request(
    north: School, field: str
) -> None:
    client, pages = browser_of(north.paula), the_childs_pages(north)
    assert statuses(client, pages) == {200}
    ParentLink.objects.filter(parent=north.paula).update(**{field: timezone.now()})
    assert statuses(client, pages) == {404}
    assert north.anna.given_name not in client.get("/children/").content.decode()


def test_s2_nor_a_place_that_somebody_was_removed_from(north: School) -> None:
    client = browser_of(north.ben)
    pages = [at("place", north.maths), at("members", north.maths), at("item", north.quiz)]
    assert statuses(client, pages) == {200}
    membership.remove(Viewer(north.tess), north.maths, north.ben)
    assert statuses(client, pages) == {404}


# --- Passwords, as they are kept ----------------------------------------------------------
def test_passwords_are_kept_by_argon2_and_by_nothing_else(settings: Settings, db: None) -> None:
    settings.PASSWORD_HASHERS = shown("s.PASSWORD_HASHERS", **PRODUCTION)
    client = Client()
    sign_up(client, "student", email="", username="ana")
    user = User.objects.get(username="ana")
    assert user.password.startswith("argon2$argon2id$")
    assert PASSWORD not in user.password
    assert check_password(PASSWORD, user.password)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    weak = make_password(PASSWORD)
    settings.PASSWORD_HASHERS = shown("s.PASSWORD_HASHERS", **PRODUCTION)
    User.objects.filter(pk=user.pk).update(password=weak)
    stranger = Client()
    sign_in(stranger, "ana")
    assert not is_in(stranger)


def test_first_passwords_too(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = shown("s.PASSWORD_HASHERS", **PRODUCTION)
    drawn = first_passwords.draw()
    assert drawn.encoded.startswith("argon2$argon2id$")
    assert drawn.text not in repr(drawn)


@pytest.mark.parametrize(
    "key",
    ['"abcdefgh\\000ijklmnop"', "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a" * 5_000, "%00abcdefghijkl", "'"],
    ids=["nul", "capitals", "long", "escaped", "quote"],
)
def test_a4_a_session_key_that_nobody_was_given_is_none(north: School, key: str) -> None:
    answer = Client(headers={"cookie": f"{COOKIE}={key}"}).get(at("join"))
    assert answer.status_code == 200
    assert not answer.wsgi_request.user.is_authenticated
