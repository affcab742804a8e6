"""Accounts that end (P7), and people who are erased (A8)."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from classkey.accounts.administrators import appoint
from classkey.accounts.models import Role, User
from classkey.school import access, issuing, membership, publishing
from classkey.school.errors import Refused
from classkey.school.models import (
    AuditEvent,
    Bar,
    Item,
    Membership,
    Permission,
    PlaceKind,
    StoredFile,
)
from classkey.school.personal_data import deactivating, erasing, exporting
from classkey.school.viewer import Viewer
from tests.web.browsing import browser_of
from tests.world import School, make_user


@pytest.fixture
def vera(north: School) -> Viewer:
    return Viewer(north.vera)


# --- Deactivating (P7) ------------------------------------------------------------------
def test_p7_a_deactivated_account_is_signed_out_at_its_next_request(
    north: School, vera: Viewer
) -> None:
    browser = browser_of(north.ed)
    assert browser.get("/codes/").status_code == 200
    deactivating.deactivate(vera, north.ed, None)
    assert browser.get("/codes/")["Location"].startswith("/accounts/login/")
    north.ed.refresh_from_db()
    assert not north.ed.is_active
    assert AuditEvent.objects.order_by("-pk")[0].action == "account.deactivated"


def test_p7_its_codes_are_deleted_and_those_for_its_parents(north: School, vera: Viewer) -> None:
    deactivating.deactivate(vera, north.tess, north.gwen)
    deactivating.deactivate(vera, north.nina, None)
    for code in (north.for_students, north.for_owls, north.for_ninas_parents):
        code.refresh_from_db()
        assert code.deleted_at is not None
    north.for_the_den.refresh_from_db()
    assert north.for_the_den.deleted_at is None


def test_p7_it_is_in_no_place_any_more_but_history_stays(north: School, vera: Viewer) -> None:
    deactivating.deactivate(vera, north.anna, north.gwen)
    left = Membership.objects.filter(user=north.anna)
    assert [row.place for row in left] == [north.history], "S4: its people's history"
    out = AuditEvent.objects.filter(action="member.out", subject=north.anna.pk)
    assert {line.place for line in out} >= {north.maths.pk, north.owls.pk, north.den.pk}


def test_p7_places_without_an_admin_pass_to_the_teacher_who_is_named(
    north: School, vera: Viewer
) -> None:
    """Tom runs maths as well; the staff room and history are Tess's alone."""
    orphans = deactivating.left_without_admin(north.tess)
    assert set(orphans) == {north.history, north.staffroom}
    deactivating.deactivate(vera, north.tess, north.pia)
    for place in (north.history, north.staffroom):
        row = north.in_place(north.pia, place)
        assert row is not None
        assert row.permission == Permission.ADMIN
    assert north.in_place(north.pia, north.maths) is None


def test_p7_of_a_tree_its_top_passes_and_all_inside_with_it(north: School, vera: Viewer) -> None:
    assert list(deactivating.left_without_admin(north.anna)) == [north.den], "not the nook as well"
    deactivating.deactivate(vera, north.anna, north.gwen)
    row = north.in_place(north.gwen, north.nook)
    assert row is not None
    assert row.permission == Permission.ADMIN


@pytest.mark.parametrize("who", ["", "anna", "paula", "ivan", "tess"])
def test_p7_only_an_active_teacher_takes_over(north: School, vera: Viewer, who: str) -> None:
    successor = getattr(north, who) if who else None
    with pytest.raises(Refused, match="rule"):
        deactivating.deactivate(vera, north.tess, successor)
    north.tess.refresh_from_db()
    assert north.tess.is_active
    assert north.in_place(north.tess, north.maths) is not None


def test_p7_an_administrator_is_none_any_more(north: School, vera: Viewer) -> None:
    appoint(north.ed)
    deactivating.deactivate(vera, north.ed, None)
    north.ed.refresh_from_db()
    assert not north.ed.is_administrator


def test_p7_it_is_done_once_and_by_the_desk(north: School, vera: Viewer) -> None:
    with pytest.raises(Refused, match="rule"):
        deactivating.deactivate(vera, north.ivan, None)
    for action in (deactivating.deactivate, erasing.erase):
        for viewer, person in ((Viewer(north.tess), north.anna), (vera, north.vera)):
            with pytest.raises(PermissionDenied):
                action(viewer, person, None)


# --- Erasing (A8) -----------------------------------------------------------------------
def traces(text: str) -> set[str]:
    """The tables in which some column holds this text."""

    def holds(row: Model) -> bool:
        return any(
            text in str(field.value_from_object(row)).lower() for field in row._meta.concrete_fields
        )

    models = [
        model
        for app in ("accounts", "account", "mfa", "school")
        for model in apps.get_app_config(app).get_models()
    ]
    return {
        model.__name__ for model in models if any(map(holds, model._default_manager.iterator()))
    }


@pytest.mark.parametrize("role", Role)
def test_a8_nothing_names_an_erased_person(north: School, vera: Viewer, role: Role) -> None:
    person = make_user(role, "Xanthippe", "Quirk", "xanthippe@quirk.example")
    if not person.is_parent:
        membership.make_top_place(Viewer(person), PlaceKind.WORKSPACE, "Xanthippe's own")
        membership.admit(Viewer(north.tess), person, north.maths, Permission.EDIT)
    exporting.ask(vera, person)
    assert traces("xanthippe") >= {"User", "EmailAddress"}
    erasing.erase(vera, person, None)
    assert traces("xanthippe") == traces("quirk") == set()
    assert AuditEvent.objects.filter(action="account.erased", subject=person.pk).exists()


def test_a8_their_answers_links_and_memberships_go(north: School, vera: Viewer) -> None:
    erasing.erase(vera, north.anna, north.gwen)
    assert not north.anna.attempts.exists()
    assert not north.anna.links_to_parents.exists()
    assert not north.anna.memberships.exists()
    assert not north.anna.bars.exists()
    assert not access.visible_places(Viewer(north.paula, north.anna)).exists()


def test_a8_what_they_made_in_shared_places_stays_by_nobody(north: School, vera: Viewer) -> None:
    erasing.erase(vera, north.ed, None)
    draft = Item.objects.select_related("created_by").get(pk=north.notes.pk)
    assert draft.title == "Ed's notes", "what they wrote themselves is not looked through"
    assert draft.created_by.full_name == "Erased account"
    assert not Client().login(username=draft.created_by.username, password="")


def test_a8_a_workspace_of_theirs_alone_is_emptied_with_its_files(
    north: School,
    vera: Viewer,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    zoe = Viewer(north.zoe)
    own = membership.make_top_place(zoe, PlaceKind.WORKSPACE, "Zoe's diary")
    [kept] = publishing.make_files(zoe, own, None, [ContentFile(b"Dear diary", "diary.txt")])
    issuing.make_registration_code(zoe, own, issuing.Terms())
    assert kept.file
    storage, name = kept.file.content.storage, str(kept.file.content.name)
    assert list(erasing.own_workspaces(north.zoe)) == [own]
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(vera, north.zoe, None)
    own.refresh_from_db()
    assert (own.name, own.memberships.count()) == ("", 0)
    assert not StoredFile.objects.filter(pk=kept.file.pk).exists()
    assert not storage.exists(name)


def test_f9_a_bar_against_them_stays(north: School, vera: Viewer) -> None:
    from classkey.school.revoking import decisions

    decisions.bar(vera, north.anna, north.ursula.email)
    erasing.erase(vera, north.ursula, None)
    assert Bar.objects.standing().get(person=north.ursula).address == "ursula@northside.example"


@pytest.mark.parametrize("end", [deactivating.deactivate, erasing.erase])
def test_a_crash_in_the_middle_leaves_all(
    north: School,
    vera: Viewer,
    end: Callable[[Viewer, User, User | None], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_args: object, **_fields: object) -> None:
        raise ConnectionError("the database is gone")

    monkeypatch.setattr("classkey.school.audit.record", crash)
    with pytest.raises(ConnectionError):
        end(vera, north.anna, north.gwen)
    north.anna.refresh_from_db()
    assert (north.anna.is_active, north.anna.full_name) == (True, "Anna Northside")
    assert north.anna.memberships.exists()


def test_a8_who_is_deactivated_already_is_erased_as_well(north: School, vera: Viewer) -> None:
    erasing.erase(vera, north.inka, None)
    assert User.objects.get(pk=north.inka.pk).full_name == "Erased account"
