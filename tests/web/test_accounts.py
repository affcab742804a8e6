"""Signing up, proving, signing in, and one's own account: through the pages."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from classkey.accounts import addresses, usernames
from classkey.accounts.adapter import AccountAdapter
from classkey.accounts.models import Role, User
from classkey.school.errors import Refused
from classkey.web.forms import accounts as forms
from tests.accounts.signing_up import (
    PASSWORD,
    is_in,
    mailed_code,
    prove,
    sign_in,
    sign_up,
    typed,
)

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "orange zebra 17"


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    """Every test starts with all its tries; the limits count in the cache."""
    cache.clear()
    yield
    cache.clear()


def somebody(role: Role = Role.PARENT, address: str = "ana@home.example", **fields: Any) -> User:
    """Somebody who signed up long ago; `address` is proved."""
    fields = {"given_name": "Ana", "family_name": "Lima"} | fields
    user = User.objects.create_user(role=role, password=PASSWORD, **fields)
    if address:
        addresses.set_proved_address(user, address)
    return user


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def browser_of(login: str) -> Client:
    client = Client()
    sign_in(client, login)
    assert is_in(client)
    return client


def confirm_it_is_you(client: Client, page: str) -> Any:
    """Type the password once more where a page asks for it, and come back to it."""
    return client.post(f"/accounts/reauthenticate/?next={page}", {"password": PASSWORD})


# --- Signing up ------------------------------------------------------------------------
@pytest.mark.parametrize("role", Role)
def test_p2_a_sign_up_proves_its_address_and_ends_at_do_you_have_a_code(
    client: Client, role: Role
) -> None:
    response = sign_up(client, role)
    assert response["Location"] == "/accounts/confirm-email/"
    assert not is_in(client)
    assert mail.outbox[-1].to == ["ana@home.example"]
    response = prove(client)
    assert response["Location"] == "/welcome/"
    assert is_in(client)
    user = User.objects.get()
    assert (user.role, user.full_name, user.username) == (role, "Ana Lima", "ana.lima")
    assert addresses.proved_address(user) == "ana@home.example"


def test_p2_a_student_needs_no_address_at_all(client: Client) -> None:
    response = sign_up(client, "student", email="", username="Ana7")
    assert response["Location"] == "/welcome/"
    assert is_in(client)
    assert not mail.outbox
    other_browser = Client()
    sign_in(other_browser, "ANA7")
    assert is_in(other_browser)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.PARENT])
def test_p2_everybody_else_needs_an_address(client: Client, role: Role) -> None:
    response = sign_up(client, role, email="", username="ana")
    assert errors(response) == {"email": ["Teachers and parents need an e-mail address."]}


def test_p2_a_student_gives_a_user_name_or_an_address(client: Client) -> None:
    response = sign_up(client, "student", email="", username="")
    assert errors(response) == {
        "username": ["Please choose a user name, or give an e-mail address above."]
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"role": "headmaster"}, "role"),
        ({"role": ""}, "role"),
        ({"given_name": "\u200b"}, "given_name"),
        ({"family_name": " "}, "family_name"),
        ({"email": "ana"}, "email"),
        ({"username": "ana@home.example"}, "username"),
        ({"username": "taken"}, "username"),
        ({"password1": "short"}, "password1"),
        ({"username": "purple.horse", "password1": "purple.horse"}, "password1"),
    ],
)
def test_a4_an_error_says_where_and_keeps_what_was_typed(
    client: Client, wrong: dict[str, str], field: str
) -> None:
    somebody(username="taken", address="taken@home.example")
    response = sign_up(client, **wrong)
    assert list(errors(response)) == [field]
    page = response.content.decode()
    for name in {"given_name", "family_name", "email"} - wrong.keys():
        assert f'value="{typed()[name]}"' in page
    assert PASSWORD not in page


def test_p2_a_child_may_have_a_user_name_in_any_script(client: Client) -> None:
    sign_up(client, "student", email="", username="Жанна", given_name="Жанна")
    assert is_in(client)
    assert User.objects.get().username == "жанна"


def test_k3_a_sign_up_on_the_way_to_a_code_returns_to_it(client: Client) -> None:
    page = client.get("/accounts/signup/?next=/join/").content.decode()
    assert '<input type="hidden" name="next" value="/join/">' in page
    sign_up(client, next="/join/")
    assert prove(client)["Location"] == "/join/"


def test_p2_next_never_leads_away_from_here(client: Client) -> None:
    sign_up(client, next="https://elsewhere.example/")
    assert prove(client)["Location"] == "/welcome/"


def test_p2_whoever_is_signed_in_does_not_sign_up_again(client: Client) -> None:
    somebody()
    sign_in(client, "ana.lima")
    assert client.get("/accounts/signup/")["Location"] == "/"
    sign_up(client, email="second@home.example")
    assert User.objects.count() == 1


# --- Two at the same moment ------------------------------------------------------------
def test_a4_a_user_name_taken_at_the_last_moment_is_said_and_all_else_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_user = AccountAdapter.new_user  # called once the form has found the name free

    def somebody_is_faster(adapter: AccountAdapter, request: HttpRequest) -> User:
        somebody(username="lima7", address="faster@home.example")
        user: User = new_user(adapter, request)
        return user

    monkeypatch.setattr(AccountAdapter, "new_user", somebody_is_faster)
    response = sign_up(client, username="Lima7")
    assert response.status_code == 200
    assert errors(response) == {"username": ["This user name is taken. Please choose another one."]}
    page = response.content.decode()
    for text in ("Ana", "Lima", "ana@home.example", "Lima7"):
        assert f'value="{text}"' in page
    assert User.objects.get().username == "lima7"
    assert not mail.outbox
    monkeypatch.undo()
    assert sign_up(client, username="lima8")["Location"] == "/accounts/confirm-email/"


def test_p6_a_made_user_name_taken_at_the_last_moment_is_made_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody(address="faster@home.example")
    free_username, found = usernames.free_username, ["ana.lima", "ana.lima"]

    def looked_too_early(given_name: str, family_name: str) -> str:
        return found.pop() if found else free_username(given_name, family_name)

    monkeypatch.setattr(usernames, "free_username", looked_too_early)
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    assert not found
    made = User.objects.get(email="ana@home.example")
    assert re.fullmatch(r"ana\.lima\d{2}", made.username)
    assert made.check_password(PASSWORD)


def test_an_account_that_the_database_refuses_for_another_reason_is_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def headmaster(_adapter: AccountAdapter, _request: HttpRequest, user: User) -> None:
        user.username, user.role = "ana", "headmaster"

    monkeypatch.setattr(AccountAdapter, "populate_username", headmaster)
    with pytest.raises(IntegrityError, match="one_of_the_three_roles"):
        sign_up(client)


# --- Teachers (P4) ---------------------------------------------------------------------
@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The rule is the school's and is tested there; here it lets in whoever types "good"."""
    asked: list[tuple[str, str]] = []

    def rule(address: str, code_text: str, _origin: str) -> None:
        asked.append((address, code_text))
        if code_text != "good":
            raise Refused("Ask a colleague.")

    monkeypatch.setattr(forms, "check_instructor_signup", rule)
    return asked


def test_p4_where_a_code_decides_teachers_type_it(
    client: Client, settings: Settings, policy: list[tuple[str, str]]
) -> None:
    settings.INSTRUCTOR_SIGNUP = "code"
    assert "Code for teachers" in client.get("/accounts/signup/").content.decode()
    refused = sign_up(client, "instructor", code="bad")
    assert errors(refused) == {"code": ["Ask a colleague."]}
    sign_up(client, "instructor", code="good")
    assert policy == [("ana@home.example", "bad"), ("ana@home.example", "good")]
    assert User.objects.get().is_instructor


def test_p4_where_the_domain_decides_the_address_is_refused(
    client: Client, settings: Settings, policy: list[tuple[str, str]]
) -> None:
    settings.INSTRUCTOR_SIGNUP = "domains"
    assert "Code for teachers" not in client.get("/accounts/signup/").content.decode()
    assert errors(sign_up(client, "instructor")) == {"email": ["Ask a colleague."]}


def test_p4_nobody_else_is_asked(client: Client, policy: list[tuple[str, str]]) -> None:
    sign_up(client, "parent")
    assert policy == []


def test_k8_a_slip_elsewhere_in_the_form_costs_no_try(
    client: Client, policy: list[tuple[str, str]]
) -> None:
    sign_up(client, "instructor", password1="short")
    assert policy == []


# --- Unproved addresses ----------------------------------------------------------------
@pytest.mark.parametrize("login", ["ana@home.example", "ana＠home.example", "ana﹫home.example"])
def test_p2_however_the_at_sign_is_typed_an_unproved_address_signs_no_student_in(
    client: Client, login: str
) -> None:
    sign_up(Client(), "student")
    sign_in(client, login)
    assert not is_in(client)


@pytest.mark.parametrize("login", ["ana@home.example", "ana.lima"])
@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.PARENT])
def test_p2_an_unproved_address_signs_nobody_in(client: Client, role: Role, login: str) -> None:
    sign_up(Client(), role)
    response = sign_in(client, login)
    assert not is_in(client)
    if login == "ana.lima":  # the password was right: on to the proof
        assert response["Location"] == "/accounts/confirm-email/"
        assert prove(client)["Location"] == "/"
        assert is_in(client)
    else:
        assert "please sign up again" in str(errors(response)["__all__"])


def test_p2_an_unproved_address_resets_nothing(client: Client) -> None:
    sign_up(Client())
    client.post("/accounts/password/reset/", {"email": "ana@home.example"})
    assert mail.outbox[-1].subject == "No account at Test School has your address"
    assert not re.search(r"\d{4}-\d{4}", str(mail.outbox[-1].body))


def test_p2_an_unproved_address_reserves_nothing() -> None:
    first, second = Client(), Client()
    sign_up(first, username="first")
    first_code = mailed_code()
    sign_up(second, username="second")
    assert prove(second)["Location"] == "/welcome/"
    owner = User.objects.get(username="second")
    assert addresses.proved_owner("ana@home.example") == owner
    # The other may still hold its code, and gets nothing for it.
    response = prove(first, first_code)
    assert "belongs to another account" in response.content.decode()
    assert not is_in(first)
    assert addresses.proved_owner("ana@home.example") == owner


def test_p2_an_unproved_address_merges_nothing(client: Client) -> None:
    sign_up(Client(), username="first", given_name="Eve")
    sign_up(client, username="second")
    prove(client)
    first, second = User.objects.get(username="first"), User.objects.get(username="second")
    assert (first.given_name, second.given_name) == ("Eve", "Ana")
    assert (first.email, addresses.has_claim(first)) == ("", False)


def test_p2_an_account_left_without_an_address_says_what_to_do(client: Client) -> None:
    sign_up(Client(), username="first")
    other = Client()
    sign_up(other, username="second")
    prove(other)
    response = client.post(
        "/accounts/login/", {"login": "first", "password": PASSWORD}, follow=True
    )
    assert not is_in(client)
    assert "Please sign up again with your address" in response.content.decode()


def test_p2_a_page_tells_nobody_who_is_here() -> None:
    somebody()
    known, unknown = Client(), Client()
    answers = []
    for client, address in ((known, "ana@home.example"), (unknown, "bea@home.example")):
        signed_up = sign_up(client, email=address, username=address[:3], password1=NEW_PASSWORD)
        page = client.get("/accounts/confirm-email/").content.decode()
        page = re.sub(r'value="\w{64}"|"X-CSRFToken": "\w+"', "", page).replace(address, "")
        wrong = prove(client, "1234-5678")
        again = sign_in(Client(), address, NEW_PASSWORD)
        by_name = sign_in(Client(), address[:3], NEW_PASSWORD)
        reset = Client().post("/accounts/password/reset/", {"email": address})
        answers.append(
            (
                signed_up["Location"],
                page,
                errors(wrong),
                errors(again),
                by_name["Location"],
                reset["Location"],
            )
        )
    assert answers[0] == answers[1]


def test_p2_whoever_types_somebodys_address_gets_no_code_and_the_owner_a_word() -> None:
    owner, stranger = somebody(username="owner"), Client()
    sign_up(stranger, username="stranger")
    told = mail.outbox[-1]
    assert told.subject == "You have an account at Test School"
    assert not re.search(r"\d{4}-\d{4}", str(told.body))
    # Not even the code that nobody was mailed would help.
    never_mailed = stranger.session["account_email_verification_code"]["code"]
    assert prove(stranger, never_mailed).status_code == 200
    assert not is_in(stranger)
    assert addresses.proved_owner("ana@home.example") == owner


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.PARENT])
def test_p2_who_loses_the_proof_can_do_nothing_from_the_next_request(role: Role) -> None:
    somebody(role)
    client = browser_of("ana.lima")
    EmailAddress.objects.update(verified=False)
    assert not is_in(client)
    sign_in(client, "ana.lima")
    assert not is_in(client)


def test_p2_no_kind_of_sign_in_makes_an_unproved_teacher_anybody(client: Client) -> None:
    client.force_login(somebody(Role.INSTRUCTOR, address=""))
    assert not is_in(client)


def test_p2_a_teacher_who_was_imported_proves_the_address_at_the_first_sign_in(
    client: Client,
) -> None:
    somebody(Role.INSTRUCTOR, address="", email="tom@school.example")
    assert sign_in(client, "ana.lima")["Location"] == "/accounts/confirm-email/"
    prove(client)
    assert is_in(client)


# --- The code from the mail ------------------------------------------------------------
def test_p2_the_right_code_is_the_one_mailed_last(client: Client) -> None:
    sign_up(client)
    first = mailed_code()
    client.post("/accounts/confirm-email/", {"action": "resend"})
    assert len(mail.outbox) == 2
    assert "not the code that we mailed last" in prove(client, first).content.decode()
    assert prove(client, mailed_code().replace("-", " "))["Location"] == "/welcome/"


def test_p2_guessing_the_code_ends_the_sign_up(client: Client) -> None:
    sign_up(client)
    for _wrong in range(4):
        assert prove(client, "1234-5678").status_code == 200
    assert prove(client, "1234-5678")["Location"] == "/accounts/login/"
    assert prove(client)["Location"] == "/accounts/login/"
    assert not is_in(client)


def test_p2_a_student_goes_on_without_the_address_they_mistyped(client: Client) -> None:
    sign_up(client, "student", email="ana@hoem.example")
    page = client.get("/accounts/confirm-email/").content.decode()
    assert "Go on without an e-mail address" in page
    assert client.post("/account/without-address/")["Location"] == "/welcome/"
    assert is_in(client)
    user = User.objects.get()
    assert (user.email, addresses.has_claim(user)) == ("", False)


def test_p2_a_student_comes_in_by_user_name_whatever_became_of_the_address(
    client: Client,
) -> None:
    sign_up(Client(), "student", email="ana@hoem.example", username="ana")
    sign_in(client, "ana")
    assert is_in(client)
    user = User.objects.get()
    assert (user.email, addresses.has_claim(user)) == ("", False)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.PARENT])
def test_p2_nobody_else_goes_on_without(client: Client, role: Role) -> None:
    sign_up(client, role)
    page = client.get("/accounts/confirm-email/").content.decode()
    assert "Go on without an e-mail address" not in page
    assert client.post("/account/without-address/")["Location"] == "/accounts/login/"
    assert not is_in(client)


def test_a4_a_mistyped_address_is_corrected_without_typing_all_again(client: Client) -> None:
    sign_up(client, "instructor", email="ana@hoem.example", username="ana")
    assert client.post("/account/sign-up-again/")["Location"] == "/accounts/signup/"
    assert not User.objects.exists()
    page = client.get("/accounts/signup/").content.decode()
    for value in ("Ana", "Lima", "ana", "ana@hoem.example"):
        assert f'value="{value}"' in page
    assert re.search(r'value="instructor"[^>]*checked', page)
    sign_up(client, "instructor", username="ana")
    assert prove(client)["Location"] == "/welcome/"


def test_p2_correcting_a_sign_up_never_deletes_an_account_in_use(client: Client) -> None:
    sign_up(client, username="ana")
    elsewhere = Client()
    sign_in(elsewhere, "ana")
    prove(elsewhere)
    client.post("/account/sign-up-again/")
    assert User.objects.filter(username="ana").exists()
    assert is_in(elsewhere)


def test_p2_there_is_nothing_to_correct_without_a_sign_up(client: Client) -> None:
    assert client.post("/account/sign-up-again/")["Location"] == "/accounts/signup/"
    assert client.post("/account/without-address/")["Location"] == "/accounts/login/"


# --- Signing in and out ----------------------------------------------------------------
@pytest.mark.parametrize("login", ["ana.lima", "ANA.Lima", " ana@HOME.example "])
def test_p2_sign_in_is_by_address_or_user_name(client: Client, login: str) -> None:
    somebody()
    page = client.get("/accounts/login/?next=/join/").content.decode()
    assert "E-mail or user name" in page
    assert 'href="/join/"' in page
    assert sign_in(client, login, query="?next=/join/")["Location"] == "/join/"
    assert is_in(client)


def test_a7_a_session_ends_with_the_browser_unless_asked_otherwise(client: Client) -> None:
    somebody()
    sign_in(client, "ana.lima")
    assert client.session.get_expire_at_browser_close()
    other = Client()
    other.post("/accounts/login/", {"login": "ana.lima", "password": PASSWORD, "remember": "on"})
    assert not other.session.get_expire_at_browser_close()


def test_a7_signed_in_pages_are_stored_nowhere(client: Client) -> None:
    somebody()
    assert "no-store" not in client.get("/join/").headers.get("Cache-Control", "")
    assert sign_in(client, "ana.lima")["Cache-Control"] == "no-store"
    for page in ("/account/", "/join/", "/accounts/email/"):
        assert client.get(page)["Cache-Control"] == "no-store"


def test_a7_signing_out_clears_what_the_site_left() -> None:
    somebody()
    client = browser_of("ana.lima")
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert is_in(client)
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "no-store"
    assert not is_in(client)
    assert "Clear-Site-Data" not in client.get("/join/")


def test_k3_not_you_beside_the_code_box_leaves_the_code_in_the_tab() -> None:
    somebody()
    client = browser_of("ana.lima")
    response = client.post("/accounts/logout/", {"next": "/join/"})
    assert response["Location"] == "/join/"
    assert response["Clear-Site-Data"] == '"cache"'
    assert not is_in(client)


def test_p7_a_deactivated_account_is_told_so_and_is_not_signed_in(client: Client) -> None:
    user = somebody()
    inside = browser_of("ana.lima")
    user.is_active = False
    user.save()
    assert not is_in(inside)
    response = client.post(
        "/accounts/login/", {"login": "ana.lima", "password": PASSWORD}, follow=True
    )
    page = response.content.decode()
    assert "This account is closed" in page
    assert "+1 555 0199" in page
    client.post("/accounts/password/reset/", {"email": "ana@home.example"})
    assert mail.outbox[-1].subject == "No account at Test School has your address"


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/inactive/",
        "/accounts/password/reset/done/",
    ],
)
def test_p2_the_way_in_is_open_to_anybody_and_names_support(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert "+1 555 0199" in response.content.decode()


@pytest.mark.parametrize(
    "page",
    [
        "/account/",
        "/account/delete/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/recovery-codes/download/",
    ],
)
def test_p2_ones_own_account_is_behind_the_door(client: Client, page: str) -> None:
    assert client.get(page)["Location"].startswith("/accounts/login/?next=/account")


# --- Limits (K8) -----------------------------------------------------------------------
def test_k8_a_class_behind_one_address_signs_up_and_in_within_a_minute() -> None:
    for number in range(40):
        client = Client()
        sign_up(client, "student", email="", username=f"pupil{number}")
        assert is_in(client)
    for number in range(40):
        assert is_in(browser_of(f"pupil{number}"))


def test_k8_eight_wrong_passwords_lock_an_account_for_a_while(client: Client) -> None:
    somebody()
    for _wrong in range(8):
        assert "do not belong together" in str(errors(sign_in(client, "ana.lima", "wrong")))
    locked = sign_in(client, "ana.lima")
    assert errors(locked) == {
        "__all__": ["That was wrong too many times. Please wait five minutes and then try again."]
    }
    somebody(address="bea@home.example", username="bea")
    browser_of("bea")


def test_k8_one_mailbox_is_not_flooded() -> None:
    for number in range(10):
        sign_up(Client(), username=f"ana{number}")
    response = sign_up(Client(), username="ana10")
    assert response.status_code == 429
    assert "Please wait a minute" in response.content.decode()
    assert len(mail.outbox) == 10


# --- A forgotten password --------------------------------------------------------------
def reset_password(client: Client) -> Any:
    client.post("/accounts/password/reset/", {"email": "ana@home.example"})
    page = client.get("/accounts/password/reset/confirm/").content.decode()
    assert "Type the code from your mail" in page
    client.post("/accounts/password/reset/confirm/", {"code": mailed_code()})
    client.get("/accounts/password/reset/complete/")
    return client.post(
        "/accounts/password/reset/complete/",
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )


def test_p2_a_mailed_code_leads_to_a_new_password_and_ends_every_session(client: Client) -> None:
    somebody()
    elsewhere = browser_of("ana.lima")
    assert reset_password(client)["Location"] == "/"
    assert is_in(client)
    assert not is_in(elsewhere)
    assert mail.outbox[-1].subject == "Your password at Test School has changed"
    sign_in(elsewhere, "ana.lima", NEW_PASSWORD)
    assert is_in(elsewhere)


def test_p2_a_wrong_code_leads_nowhere(client: Client) -> None:
    somebody()
    client.post("/accounts/password/reset/", {"email": "ana@home.example"})
    for _wrong in range(5):
        client.post("/accounts/password/reset/confirm/", {"code": "1234-5678"})
    response = client.post("/accounts/password/reset/confirm/", {"code": mailed_code()})
    assert response["Location"] == "/accounts/login/"


def test_p2_a_reset_does_not_go_past_the_second_factor(client: Client) -> None:
    with_second_factor(somebody())
    assert reset_password(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)


def test_p6_a_student_without_an_address_reads_whom_to_ask(client: Client) -> None:
    page = client.get("/accounts/password/reset/").content.decode()
    assert "Ask one of your teachers" in page


# --- A new password --------------------------------------------------------------------
def test_p2_a_new_password_ends_the_other_sessions_and_not_this_one() -> None:
    somebody()
    here, elsewhere = browser_of("ana.lima"), browser_of("ana.lima")
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    wrong = here.post("/accounts/password/change/", form | {"oldpassword": "wrong"})
    assert errors(wrong) == {"oldpassword": ["This is not your password. Please try again."]}
    assert is_in(elsewhere)
    assert here.post("/accounts/password/change/", form)["Location"] == "/account/"
    assert is_in(here)
    assert not is_in(elsewhere)
    assert mail.outbox[-1].to == ["ana@home.example"]


def test_f2_no_word_of_it_goes_to_an_address_that_is_not_proved(client: Client) -> None:
    user = somebody(Role.STUDENT, address="")
    sign_in(client, "ana.lima")
    EmailAddress.objects.create(user=user, email="ana@hoem.example", primary=True)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/accounts/password/change/", form)
    assert not mail.outbox


# --- A new address ---------------------------------------------------------------------
def ask_for(client: Client, address: str) -> Any:
    confirm_it_is_you(client, "/accounts/email/")
    return client.post("/accounts/email/", {"action_add": "1", "email": address})


def test_p2_a_change_of_address_needs_the_password() -> None:
    somebody()
    client = browser_of("ana.lima")
    response = client.post(
        "/accounts/email/", {"action_add": "1", "email": "new@home.example"}, follow=True
    )
    assert response.request["PATH_INFO"] == "/accounts/reauthenticate/"
    assert not mail.outbox
    wrong = client.post("/accounts/reauthenticate/?next=/accounts/email/", {"password": "wrong"})
    assert errors(wrong) == {"password": ["This is not your password. Please try again."]}
    response = confirm_it_is_you(client, "/accounts/email/")
    assert response["Location"] == "/accounts/confirm-email/"
    assert mail.outbox[-1].to == ["new@home.example"]


def test_p2_a_change_of_address_proves_the_new_tells_the_old_and_ends_other_sessions() -> None:
    user = somebody()
    here, elsewhere = browser_of("ana.lima"), browser_of("ana.lima")
    assert "Your address is ana@home.example" in here.get("/accounts/email/").content.decode()
    ask_for(here, "new@home.example")
    assert "Keep the address as it is" in here.get("/accounts/confirm-email/").content.decode()
    assert addresses.proved_address(user) == "ana@home.example"
    assert is_in(elsewhere)
    assert prove(here)["Location"] == "/account/"
    assert addresses.proved_address(user) == "new@home.example"
    assert is_in(here)
    assert not is_in(elsewhere)
    told = mail.outbox[-1]
    assert told.to == ["ana@home.example"]
    assert told.subject == "Your e-mail address at Test School has changed"
    assert "new@home.example" not in str(told.body)
    assert addresses.proved_owner("ana@home.example") is None
    browser_of("new@home.example")


def test_p2_an_address_of_somebody_else_cannot_be_had_nor_found_out() -> None:
    somebody()
    owner = somebody(username="bea", address="bea@home.example")
    client = browser_of("ana.lima")
    assert ask_for(client, "bea@home.example")["Location"] == "/accounts/confirm-email/"
    assert mail.outbox[-1].subject == "You have an account at Test School"
    assert addresses.proved_owner("bea@home.example") == owner


def test_p2_ones_own_address_is_not_a_new_one() -> None:
    somebody()
    response = ask_for(browser_of("ana.lima"), "ana@home.example")
    assert errors(response) == {"email": ["This is your address already."]}


@pytest.mark.parametrize("action", ["action_remove", "action_primary", "action_send"])
def test_p2_a_proved_address_is_never_just_removed(action: str) -> None:
    user = somebody()
    client = browser_of("ana.lima")
    confirm_it_is_you(client, "/accounts/email/")
    client.post("/accounts/email/", {action: "1", "email": "ana@home.example"})
    assert addresses.proved_address(user) == "ana@home.example"
    assert is_in(client)


def test_p2_a_student_may_add_an_address_later() -> None:
    user = somebody(Role.STUDENT, address="")
    here, elsewhere = browser_of("ana.lima"), browser_of("ana.lima")
    assert "You have no e-mail address here" in here.get("/accounts/email/").content.decode()
    ask_for(here, "ana@home.example")
    prove(here)
    assert addresses.proved_address(user) == "ana@home.example"
    assert is_in(here)
    assert not is_in(elsewhere)


# --- Account settings ------------------------------------------------------------------
def test_p1_people_spell_their_own_name_and_never_change_their_role() -> None:
    user = somebody()
    client = browser_of("ana.lima")
    page = client.get("/account/").content.decode()
    assert "Parent" in page
    assert "ana@home.example" in page
    form = {
        "given_name": " Жанна ",
        "family_name": "Lima",
        "role": "instructor",
        "is_administrator": "on",
        "username": "root",
    }
    assert client.post("/account/", form)["Location"] == "/account/"
    user.refresh_from_db()
    assert (user.full_name, user.role, user.username) == ("Жанна Lima", "parent", "ana.lima")
    assert not user.is_administrator


def test_a4_a_name_that_is_none_is_refused_where_it_was_typed() -> None:
    somebody()
    response = browser_of("ana.lima").post("/account/", {"given_name": "", "family_name": "Lopes"})
    assert list(errors(response)) == ["given_name"]
    assert 'value="Lopes"' in response.content.decode()


def test_p1_an_account_never_used_is_deleted_and_frees_its_address(client: Client) -> None:
    somebody(Role.STUDENT)
    inside = browser_of("ana.lima")
    assert "Delete this account?" in inside.get("/account/delete/").content.decode()
    assert User.objects.exists()
    response = inside.post("/account/delete/")
    assert response["Location"] == "/accounts/login/"
    assert "Clear-Site-Data" in response
    assert not User.objects.exists()
    sign_up(client, "parent")
    prove(client)
    assert User.objects.get().is_parent


def test_p1_an_account_that_was_used_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def used(user: User) -> None:
        raise Refused("This account has been used.")

    somebody()
    client = browser_of("ana.lima")
    monkeypatch.setattr("classkey.school.signing_up.delete_unused_account", used)
    page = client.post("/account/delete/").content.decode()
    assert "This account has been used." in page
    assert "+1 555 0199" in page
    assert is_in(client)


# --- The second factor -----------------------------------------------------------------
def shown_by(secret: str) -> str:
    """What an authenticator app shows now, and for some seconds more."""
    step, nearly_over = 30, 25
    if (into := time.time() % step) > nearly_over:
        time.sleep(step - into)
    return str(format_hotp_value(hotp_value(secret, next(iter(counters())))))


def with_second_factor(user: User) -> str:
    """Turn it on through the pages; return the secret in the app."""
    client = browser_of(user.username)
    confirm_it_is_you(client, "/accounts/2fa/totp/activate/")
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert found
    client.post("/accounts/2fa/totp/activate/", {"code": shown_by(found[1])})
    return found[1]


def test_p2_a_second_factor_is_asked_for_and_kept_unreadable(client: Client) -> None:
    secret = with_second_factor(somebody())
    assert secret not in str(list(Authenticator.objects.values_list("data")))
    assert sign_in(client, "ana.lima")["Location"] == "/accounts/2fa/authenticate/"
    page = client.get("/accounts/2fa/authenticate/").content.decode()
    assert "Type the code that your authenticator app shows" in page
    assert not is_in(client)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    cache.clear()
    assert client.post("/accounts/2fa/authenticate/", {"code": shown_by(secret)})["Location"] == "/"
    assert is_in(client)


def test_p2_a_spare_code_works_once_and_the_factor_can_be_turned_off(client: Client) -> None:
    with_second_factor(somebody())
    user = User.objects.get()
    spare = (
        Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
        .wrap()
        .get_unused_codes()[0]
    )
    sign_in(client, "ana.lima")
    client.post("/accounts/2fa/authenticate/", {"code": spare})
    assert is_in(client)
    assert "9 spare codes are left" in client.get("/accounts/2fa/").content.decode()
    pages = ("recovery-codes/", "recovery-codes/generate/", "totp/deactivate/")
    confirm_it_is_you(client, "/accounts/2fa/")
    shown = {page: client.get(f"/accounts/2fa/{page}").content.decode() for page in pages}
    assert spare not in shown["recovery-codes/"]
    assert "<script data-allauth" not in shown["recovery-codes/"]
    client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    assert "It is off." in client.get("/accounts/2fa/").content.decode()
    assert not Authenticator.objects.exists()


def test_p2_the_second_factor_does_not_stand_for_the_password(client: Client) -> None:
    with_second_factor(somebody())
    spare = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    sign_in(client, "ana.lima")
    codes = spare.wrap().get_unused_codes()
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert "Is it you?" in client.get("/accounts/reauthenticate/").content.decode()
    response = client.post("/accounts/2fa/reauthenticate/", {"code": codes[1]})
    assert response["Location"] == "/accounts/reauthenticate/"


@pytest.mark.django_db(transaction=True)
def test_p2_a_second_factor_turned_on_is_told_by_mail() -> None:
    with_second_factor(somebody())
    assert [sent.subject for sent in mail.outbox] == [
        "The second factor of your account at Test School is on"
    ]


# --- Mail ------------------------------------------------------------------------------
def test_f11_every_mail_names_the_school_and_its_support_and_nobody(client: Client) -> None:
    somebody(given_name="Ignatius")
    sign_up(Client(), given_name="Win at www.casino.example", username="first")
    sign_up(Client(), email="bea@home.example", given_name="Ignatius", username="second")
    client.post("/accounts/password/reset/", {"email": "nobody@home.example"})
    reset_password(client)
    confirm_it_is_you(client, "/accounts/email/")
    assert len(mail.outbox) == 5
    for sent in mail.outbox:
        text = f"{sent.subject}\n{sent.body}"
        assert "Test School" in sent.subject
        assert "+1 555 0199" in text
        assert "support@school.example" in text
        assert "Ignatius" not in text
        assert "casino" not in text
        assert "&" not in text


def test_f11_a_school_without_a_name_is_still_somebody(client: Client, settings: Settings) -> None:
    settings.SCHOOL_NAME = ""
    sign_up(client)
    assert mail.outbox[-1].subject == "Your code for Classkey"
