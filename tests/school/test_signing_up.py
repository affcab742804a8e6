"""Who may come to the school, and how they begin (P1, P3, P4)."""

import pytest
from django.apps import apps
from django.db.models import PROTECT, ForeignKey
from pytest_django import Settings

from classkey.accounts.addresses import proved_owner
from classkey.accounts.models import Role, User
from classkey.school import issuing, membership, redeeming, signing_up
from classkey.school.errors import Reason, Refused
from classkey.school.issuing import Terms
from classkey.school.models import Audience, Permission
from classkey.school.viewer import Viewer
from tests.world import School, enter, make_user


def refused(address: str = "new@home.example", code: str = "") -> str:
    """Why somebody may not sign up as an instructor; '' if they may."""
    try:
        signing_up.check_instructor_signup(address, code, "192.0.2.1")
    except Refused as refusal:
        return str(refusal.message)
    return ""


# --- P4: who signs up as an instructor --------------------------------------------


def test_p4_anyone(north: School, settings: Settings) -> None:
    settings.INSTRUCTOR_SIGNUP = "anyone"
    assert not refused()


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("new@school.example", True),
        ("new@SCHOOL.example", True),
        ("new@academy.example", True),
        ("new@home.example", False),
        ("new@mail.school.example", False),
        ("new@school.example.org", False),
        ("school.example@home.example", False),
        ("", False),
    ],
)
def test_p4_only_addresses_of_given_domains(settings: Settings, address: str, *, may: bool) -> None:
    settings.INSTRUCTOR_SIGNUP = "domains"
    settings.INSTRUCTOR_SIGNUP_DOMAINS = ["school.example", "academy.example"]
    assert ("school e-mail address" in refused(address)) is not may


def test_p4_only_who_holds_a_code_by_an_instructor_for_instructors(
    north: School, settings: Settings
) -> None:
    settings.INSTRUCTOR_SIGNUP = "code"
    for code in (north.for_editors, north.for_substitutes, north.for_owl_keepers):
        assert not refused(code=code.text)
        assert not refused(code=code.text.lower())
    for code in (
        north.for_students,  # for students
        north.for_staff,  # for both
        north.for_the_den,  # by a student
        north.for_ninas_parents,  # for parents
        north.deleted,
        north.expired,
    ):
        assert "a code from a colleague" in refused(code=code.text)
    for typed in ("", "BCD-FGH-JKM", "💥"):
        assert "a code from a colleague" in refused(code=typed)


def test_p4_a_used_up_code_lets_nobody_sign_up(north: School, settings: Settings) -> None:
    settings.INSTRUCTOR_SIGNUP = "code"
    code = issuing.make_registration_code(
        Viewer(north.tess), north.maths, Terms(Audience.INSTRUCTORS, max_uses=1)
    )
    assert not refused(code=code.text)
    enter(north.vera, code)
    assert refused(code=code.text)


# --- P3: the first course ---------------------------------------------------------


def test_p3_a_first_course_comes_with_its_first_code(north: School) -> None:
    code = signing_up.start_teaching(Viewer(north.vera), "Chemistry")
    assert code.place is not None
    assert (code.place.name, code.audience) == ("Chemistry", Audience.STUDENTS)
    enter(north.zoe, code)
    row = north.in_place(north.zoe, code.place)
    assert row is not None
    assert row.permission == Permission.READ


def test_p3_only_instructors_begin_so(north: School) -> None:
    with pytest.raises(Refused):
        signing_up.start_teaching(Viewer(north.zoe), "Chemistry")


# --- P1: an account that was never used -------------------------------------------


def test_p1_an_account_never_used_is_deleted_and_its_address_is_free(north: School) -> None:
    user = make_user(Role.STUDENT, "Wrong", address="wrong@home.example")
    with pytest.raises(Refused) as refusal:
        redeeming.redeem(Viewer(user), north.for_ninas_parents.text)
    assert refusal.value.reason is Reason.NOT_FOR_YOU
    assert signing_up.is_unused(user), "a refused code is what brings people here"
    signing_up.delete_unused_account(user)
    assert not User.objects.filter(username=user.username).exists()
    assert proved_owner("wrong@home.example") is None
    enter(make_user(Role.PARENT, "Right", address="wrong@home.example"), north.for_ninas_parents)


def test_p1_who_was_never_anywhere_is_unused(north: School) -> None:
    unused = {person.given_name for person in north.people if signing_up.is_unused(person)}
    assert unused == {"Vera", "Ursula"}


@pytest.mark.parametrize("who", ["tess", "zoe", "oscar", "rolf", "inka", "vera"])
def test_p1_an_account_in_use_or_an_administrators_is_not_deleted(north: School, who: str) -> None:
    with pytest.raises(Refused):
        signing_up.delete_unused_account(getattr(north, who))


def test_p1_who_made_a_place_and_left_it_has_used_the_account(north: School) -> None:
    place = signing_up.start_teaching(Viewer(north.ed), "Chess").place
    assert place is not None
    code = issuing.make_registration_code(
        Viewer(north.ed), place, Terms(Audience.INSTRUCTORS, Permission.ADMIN)
    )
    maker = make_user(Role.INSTRUCTOR, "Maker", address="maker@example.org")
    theirs = membership.make_top_place(Viewer(maker), place.kind, "Theirs")  # type: ignore[arg-type]
    membership.admit(Viewer(north.ed), north.ed, theirs, Permission.ADMIN)
    membership.leave(Viewer(maker), theirs)
    assert not signing_up.is_unused(maker)
    with pytest.raises(Refused):
        signing_up.delete_unused_account(maker)
    assert code.created_by == north.ed


def test_p1_nothing_that_keeps_an_account_from_being_deleted_is_forgotten() -> None:
    """Whatever protects a user row counts as use, or deleting would fail half-way."""
    protecting = {
        (model.__name__, field.name)
        for model in apps.get_app_config("school").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
        and field.related_model is User
        and field.remote_field.on_delete is PROTECT
    }
    assert protecting == {
        ("Place", "created_by"), ("Item", "created_by"), ("Code", "created_by"),
        ("StoredFile", "uploaded_by"), ("Answer", "marked_by"),
        ("SheetRun", "requested_by"),  # who asked for sheets runs a course: a membership's
    }  # fmt: skip
