"""Names and user names, in any script."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from classkey.accounts.models import Role, User
from classkey.accounts.names import tidy_name
from classkey.accounts.usernames import free_username, normalise, validators


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ana \t Maria ", "Ana Maria"),
        ("Zoe\u0301", "Zoé"),
        ("Жанна", "Жанна"),
        ("O’Neill-Ruiz", "O’Neill-Ruiz"),
        ("नेहा", "नेहा"),
        ("علی‌رضا", "علی‌رضا"),  # Persian, with its zero-width non-joiner
        ("Ana\u202eamiL", "AnaamiL"),  # no turning the line around
        ("\u200b\u0000", ""),
    ],
)
def test_p1_a_name_is_kept_in_its_script_without_tricks(written: str, kept: str) -> None:
    assert tidy_name(written) == kept


@given(st.text())
def test_p1_tidying_a_name_twice_changes_nothing(text: str) -> None:
    assert tidy_name(tidy_name(text)) == tidy_name(text)


@pytest.mark.parametrize(
    "username", ["ana", "ana.lima", "ana-2", "жанна", "नेहा", "nguyễn.an", "7b_kim"]
)
def test_p2_a_user_name_is_letters_and_digits_of_any_script(username: str) -> None:
    for check in validators:
        check(normalise(username))


@pytest.mark.parametrize(
    "username",
    ["a", "ana@home.example", "ana@", ".ana", "ana..lima", "ana lima", "ana\u200b", "x" * 61],
)
def test_p2_a_user_name_never_looks_like_an_address_or_hides_anything(username: str) -> None:
    with pytest.raises(ValidationError):  # noqa: PT012 - whichever of them refuses
        for check in validators:
            check(normalise(username))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "family", "username"),
    [
        ("Ana", "Lima", "ana.lima"),
        ("Zoë", "Müller-Ávila", "zoe.mulleravila"),
        ("Nguyễn", "Đặng", "nguyen.dang"),
        ("Anna", "Жуковська", "anna"),
        ("Ana" * 40, "Lima", ("ana" * 40)[:40]),
    ],
)
def test_p6_a_user_name_is_made_from_the_name_and_typed_on_any_keyboard(
    given: str, family: str, username: str
) -> None:
    assert free_username(given, family) == username


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "family"), [("Жанна", "Коваль"), ("李", "明"), ("", "")])
def test_p6_a_name_without_a_plain_letter_gets_a_user_name_too(given: str, family: str) -> None:
    made = free_username(given, family)
    assert made.startswith("user")
    assert made[4:].isdigit()


@pytest.mark.django_db
def test_p6_namesakes_get_user_names_of_their_own() -> None:
    made = {
        User.objects.create_user(role=Role.STUDENT, given_name="Ana", family_name="Lima").username
        for _namesake in range(12)
    }
    assert len(made) == 12
    assert all(username.startswith("ana.lima") for username in made)


@pytest.mark.django_db
def test_p6_even_a_hundred_namesakes_do() -> None:
    User.objects.bulk_create(
        User(role=Role.STUDENT, given_name="Ana", username=f"ana{number}")
        for number in ("", *(f"{n:02}" for n in range(100)))
    )
    made = free_username("Ana", "")
    assert len(made) == len("ana000")


def test_k3_a_child_is_shown_by_first_name_and_initial() -> None:
    assert User(given_name="Ana", family_name="Lima").name_and_initial == "Ana L."
    assert User(given_name="Ana").name_and_initial == "Ana"


def test_k6_a_person_in_a_log_is_an_id() -> None:
    user = User(given_name="Ana", family_name="Lima", username="ana")
    assert str(user) == str(user.pk)
    assert "ana" not in repr(user).lower()
