"""Roles, addresses, administrators, the second factor's secrets."""

import base64
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from classkey.accounts import addresses, administrators
from classkey.accounts.backend import Backend
from classkey.accounts.models import Role, User
from classkey.accounts.signals import administrator_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    user = User.objects.create_user(
        role=Role.INSTRUCTOR, given_name="Tom", family_name="Ruiz", password="secret"
    )
    addresses.set_proved_address(user, "Tom@School.example ")
    return user


def claim(user: User, address: str) -> None:
    EmailAddress.objects.create(user=user, email=address)
    User.objects.filter(pk=user.pk).update(email=address)
    user.refresh_from_db()


# --- Roles -----------------------------------------------------------------------------
@pytest.mark.parametrize("role", Role)
def test_p1_a_person_has_one_of_three_roles(role: Role) -> None:
    user = User.objects.create_user(role=role, given_name="Ana")
    assert [user.is_student, user.is_instructor, user.is_parent].count(True) == 1


@pytest.mark.parametrize("fields", [{"role": "headmaster"}, {"role": "", "is_administrator": True}])
def test_p1_the_database_knows_no_other_role(fields: dict[str, object]) -> None:
    user = User(given_name="Ana", username="ana", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PARENT])
def test_p1_the_database_lets_only_instructors_be_administrators(role: Role) -> None:
    user = User.objects.create_user(role=role, given_name="Ana")
    user.is_administrator = True
    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


def test_p2_a_user_name_is_taken_in_any_case() -> None:
    User.objects.create_user(role=Role.STUDENT, given_name="Ana", username="Ana")
    with pytest.raises(IntegrityError), transaction.atomic():
        User(role=Role.STUDENT, given_name="Ana", username="ANA").save()


# --- Addresses -------------------------------------------------------------------------
def test_f2_mail_may_go_to_a_proved_address_only(teacher: User) -> None:
    parent = User.objects.create_user(role=Role.PARENT, given_name="Ana")
    claim(parent, "ana@home.example")
    assert addresses.proved_address(teacher) == "tom@school.example"
    assert addresses.proved_address(parent) is None


def test_p2_an_address_has_one_owner_however_many_typed_it(teacher: User) -> None:
    others = [User.objects.create_user(role=Role.PARENT, given_name="Ana") for _n in range(2)]
    for other in others:
        claim(other, "tom@home.example")
    assert addresses.proved_owner("tom@home.example") is None
    addresses.set_proved_address(teacher, "tom@home.example")
    assert addresses.proved_owner(" TOM@home.example") == teacher
    for other in others:
        other.refresh_from_db()
        assert (other.email, addresses.has_claim(other)) == ("", False)


def test_p2_dropping_what_was_not_proved_keeps_what_was(teacher: User) -> None:
    EmailAddress.objects.create(user=teacher, email="new@school.example")
    addresses.drop_claims(teacher)
    assert teacher.email == addresses.proved_address(teacher) == "tom@school.example"
    assert not addresses.has_claim(teacher)


# --- Who a session stands for ----------------------------------------------------------
@pytest.mark.parametrize("role", Role)
def test_p2_without_a_proved_address_only_a_student_is_anybody(role: Role) -> None:
    user = User.objects.create_user(role=role, given_name="Ana")
    assert (Backend().get_user(user.pk) is not None) == user.is_student
    claim(user, "ana@home.example")
    assert (Backend().get_user(user.pk) is not None) == user.is_student
    addresses.set_proved_address(user, "ana@home.example")
    assert Backend().get_user(user.pk) == user


def test_p7_a_deactivated_account_is_nobody_at_once(teacher: User) -> None:
    teacher.is_active = False
    teacher.save()
    assert Backend().get_user(teacher.pk) is None


def test_a2_the_guard_costs_no_query_of_its_own(
    teacher: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        Backend().get_user(teacher.pk)


@pytest.mark.parametrize(
    "login", ["tom.ruiz", "TOM.RUIZ ", "tom@school.example", "ＴＯＭ＠school.example "]
)
def test_p2_sign_in_is_by_user_name_or_proved_address(teacher: User, login: str) -> None:
    assert authenticate(username=login, password="secret") == teacher
    assert authenticate(username=login, password="wrong") is None


@pytest.mark.parametrize("login", ["tom@home.example", "tom＠home.example", "nobody", ""])
def test_p2_an_unproved_address_finds_nobody(teacher: User, login: str) -> None:
    EmailAddress.objects.create(user=teacher, email="tom@home.example")
    assert authenticate(username=login, password="secret") is None
    assert authenticate(email=login, password="secret") is None


# --- Administrators --------------------------------------------------------------------
@pytest.mark.parametrize("login", ["tom.ruiz", "Tom@School.example"])
def test_p1_the_server_makes_and_unmakes_administrators(teacher: User, login: str) -> None:
    said, heard = StringIO(), []

    def hear(user: User, **rest: object) -> None:
        heard.append(user.is_administrator)

    administrator_changed.connect(hear)
    call_command("make_administrator", login, stdout=said)
    assert User.objects.get(pk=teacher.pk).is_administrator
    call_command("make_administrator", login, "--remove", stdout=said)
    assert not User.objects.get(pk=teacher.pk).is_administrator
    assert said.getvalue().splitlines() == [
        "Tom Ruiz (tom.ruiz) is an administrator now.",
        "Tom Ruiz (tom.ruiz) is no administrator any more.",
    ]
    assert heard == [True, False]
    administrator_changed.disconnect(hear)


def test_p1_the_command_says_whom_it_does_not_know() -> None:
    with pytest.raises(CommandError, match=r"Nobody here has .*“tom@home\.example”"):
        call_command("make_administrator", "tom@home.example")


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PARENT])
def test_p1_only_an_instructor_becomes_an_administrator(role: Role) -> None:
    user = User.objects.create_user(role=role, given_name="Ana", username="ana")
    addresses.set_proved_address(user, "ana@home.example")
    with pytest.raises(CommandError, match="Only teachers"):
        call_command("make_administrator", "ana")


def test_p2_only_with_a_proved_address() -> None:
    user = User.objects.create_user(role=Role.INSTRUCTOR, given_name="Tom", username="tom")
    claim(user, "tom@school.example")
    with pytest.raises(CommandError, match="no proved e-mail address"):
        call_command("make_administrator", "tom")


def test_p7_nobody_deactivated_becomes_an_administrator(teacher: User) -> None:
    teacher.is_active = False
    with pytest.raises(Exception, match="deactivated"):
        administrators.appoint(teacher)


# --- The second factor's secrets -------------------------------------------------------
def test_p2_a_secret_in_the_database_is_useless_to_a_thief(settings: Settings) -> None:
    stored = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in stored
    assert get_adapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"
    # Not even the key that opens codes opens it.
    with pytest.raises(InvalidToken):
        MultiFernet([Fernet(key) for key in settings.CODE_CIPHER_KEYS]).decrypt(stored)


def test_p2_the_second_factor_outlives_a_change_of_keys(settings: Settings) -> None:
    stored = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    newest = base64.urlsafe_b64encode(b"a brand-new key, of 32 bytes....").decode()
    settings.CODE_CIPHER_KEYS = [newest, *settings.CODE_CIPHER_KEYS]
    settings.SECRET_KEY = "another"
    assert get_adapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"
