"""Support ends a parent's access, bars a person, and puts a student on hold (F9, K7)."""

import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.addresses import set_proved_address
from classkey.accounts.administrators import appoint
from classkey.accounts.models import Role, User
from classkey.school import access, issuing, linking, noticing, redeeming
from classkey.school.access import Action
from classkey.school.errors import Reason, Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    AuditEvent,
    Bar,
    Code,
    Hold,
    Notice,
    ParentLink,
    RevocationRequest,
)
from classkey.school.revoking import decisions, requests
from classkey.school.revoking.decisions import Verdict
from classkey.school.revoking.requests import Plea
from classkey.school.sheets import runs, work
from classkey.school.viewer import Viewer
from tests.world import School, enter, make_user

ORDERED = Verdict("A court ordered it.")


def revoke(north: School, parent: User, student: User, verdict: Verdict = ORDERED) -> None:
    decisions.revoke(Viewer(north.vera), north.link(parent, student), verdict)


def refusal(person: User, code: Code) -> Refused:
    """How a code answers a person, when it is looked at and when it is redeemed."""
    with pytest.raises(Refused) as looking:
        redeeming.look(Viewer(person), code.text)
    with pytest.raises(Refused) as redeemed:
        redeeming.redeem(Viewer(person), code.text)
    assert str(looking.value.message) == str(redeemed.value.message)
    return redeemed.value


def assert_closed(person: User, code: Code) -> None:
    refused = refusal(person, code)
    assert refused.reason == Reason.CLOSED
    assert refused.message == "This code can’t be used. Please contact the school."


# --- Revoking ---------------------------------------------------------------------------
def test_f9_revoking_ends_the_access_at_once(north: School) -> None:
    as_parent = Viewer(north.paula, north.anna)
    assert access.visible_items(as_parent).filter(root=north.den).exists()
    revoke(north, north.paula, north.anna)
    assert not access.visible_places(as_parent).exists()
    assert not access.visible_items(as_parent).exists(), "the den that was opened to her as well"
    with pytest.raises(Unseen):
        linking.as_parent_of(Viewer(north.paula), north.anna.pk)
    assert access.visible_items(Viewer(north.quentin, north.anna)).exists()


def test_f9_revoking_deletes_every_live_parent_code_of_the_student(north: School) -> None:
    by_tess = issuing.make_parent_code(Viewer(north.tess), north.anna, north.maths)
    by_anna = issuing.make_parent_code(Viewer(north.anna), north.anna)
    revoke(north, north.paula, north.anna)
    for code in (by_tess, by_anna):
        code.refresh_from_db()
        assert code.deleted_at is not None
    north.for_ninas_parents.refresh_from_db()
    assert north.for_ninas_parents.is_live, "those of other students live on"


def test_f9_who_was_revoked_cannot_come_back_by_another_code(north: School) -> None:
    revoke(north, north.paula, north.anna)
    assert_closed(north.paula, issuing.make_parent_code(Viewer(north.anna), north.anna))
    enter(north.paula, north.for_ninas_parents)  # another child is another matter


def test_f9_nor_by_another_account_with_the_same_address(north: School) -> None:
    address = north.paula.email
    revoke(north, north.paula, north.anna)
    set_proved_address(north.paula, "another@northside.example")
    again = make_user(Role.PARENT, "Paulina", address=address)
    assert_closed(again, issuing.make_parent_code(Viewer(north.anna), north.anna))


def test_f9_nor_into_places_by_the_students_codes(north: School) -> None:
    another = issuing.make_registration_code(
        Viewer(north.anna), north.den, Terms(Audience.MY_PARENTS)
    )
    revoke(north, north.paula, north.anna)
    assert_closed(north.paula, another)


def test_f9_a_teacher_who_was_revoked_teaches_on(north: School) -> None:
    """Pia is Ben's mother, and a colleague (P5)."""
    revoke(north, north.pia, north.ben)
    enter(north.pia, north.for_admins)
    assert_closed(north.pia, issuing.make_parent_code(Viewer(north.ben), north.ben))


def test_f9_the_open_requests_about_them_are_decided_and_who_asked_is_told(
    north: School,
) -> None:
    revoke(north, north.petra, north.ben)
    decided = RevocationRequest.objects.get(pk=north.about_petra.pk)
    assert (decided.outcome, decided.decision) == ("revoked", "A court ordered it.")
    [told] = noticing.unread(Viewer(north.tess))
    assert (told.kind, told.person) == ("access-ended", north.petra)
    north.about_quentin.refresh_from_db()
    assert north.about_quentin.is_open


def test_f9_the_person_revoked_learns_nothing(north: School) -> None:
    revoke(north, north.petra, north.ben)
    assert not Notice.objects.unread().filter(recipient=north.petra).exists()


def test_f9_what_will_happen_is_told_before(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    told = decisions.consequences(north.link(north.quentin, north.anna))
    assert code in told.codes
    assert list(told.requests) == [north.about_quentin]
    assert not told.grants
    assert told.address == "quentin@northside.example"
    assert [
        grant.place for grant in decisions.consequences(north.link(north.paula, north.anna)).grants
    ] == [north.den]


def test_a1_each_step_leaves_a_line_with_ids_alone(north: School) -> None:
    before = AuditEvent.objects.order_by("-pk")[0].pk
    issuing.make_parent_code(Viewer(north.ben), north.ben)
    revoke(
        north, north.petra, north.ben, Verdict("A court ordered it.", hold=True, named=("a@b.c",))
    )
    lines = AuditEvent.objects.filter(pk__gt=before).order_by("pk")
    by_vera = [line.action for line in lines if line.actor == north.vera.pk]
    assert list(dict.fromkeys(by_vera)) == [
        "bar.made",
        "code.deleted",
        "link.ended",
        "request.decided",
        "hold.put",
    ]
    assert {line.subject for line in lines} == {north.ben.pk}
    assert not any("court" in line.detail or "@" in line.detail for line in lines)


@pytest.mark.parametrize("who", ["tess", "ben", "quentin", "petra"])
def test_f9_only_support_revokes(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        decisions.revoke(Viewer(getattr(north, who)), north.link(north.petra, north.ben), ORDERED)


def test_p1_an_administrator_settles_nothing_about_their_own_child(north: School) -> None:
    appoint(north.pia)
    pia = Viewer(north.pia)
    vera = Viewer(north.vera)
    held, barred = (
        decisions.hold(vera, north.ben, []),
        decisions.bar(vera, north.ben, "x@y.example"),
    )
    for forbidden in (
        lambda: decisions.revoke(pia, north.link(north.petra, north.ben), ORDERED),
        lambda: decisions.revoke(pia, north.link(north.pia, north.ben), ORDERED),
        lambda: decisions.bar(pia, north.ben, "z@y.example"),
        lambda: decisions.bar(pia, north.anna, north.pia.email),
        lambda: decisions.lift(pia, barred),
        lambda: decisions.hold(pia, north.ben, []),
        lambda: decisions.release(pia, held),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()


def test_f9_a_link_that_has_ended_can_be_barred_still(north: School) -> None:
    """Oscar ended his link himself; nobody wants him back."""
    link = ParentLink.objects.get(parent=north.oscar, student=north.anna)
    decisions.revoke(Viewer(north.vera), link, ORDERED)
    assert_closed(north.oscar, issuing.make_parent_code(Viewer(north.anna), north.anna))


# --- Bars -------------------------------------------------------------------------------
def test_f9_a_barred_address_is_barred_before_anybody_has_it(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    stranger = make_user(Role.PARENT, "Stranger", address=north.barred.address)
    assert_closed(stranger, code)
    assert code.student == north.anna
    enter(stranger, north.for_ninas_parents)


def test_f9_lifting_a_bar_links_nobody_and_lets_them_in_again(north: School) -> None:
    revoke(north, north.paula, north.anna)
    bar = Bar.objects.standing().get(person=north.paula)
    decisions.lift(Viewer(north.vera), bar)
    assert linking.lasting_link(north.paula, north.anna) is None
    enter(north.paula, issuing.make_parent_code(Viewer(north.anna), north.anna))
    assert linking.live_link(north.paula, north.anna) is not None


def test_f9_a_bar_stands_once(north: School) -> None:
    vera = Viewer(north.vera)
    assert decisions.bar(vera, north.anna, north.barred.address.upper()) == north.barred
    known = decisions.bar(vera, north.anna, north.ursula.email)
    assert known.person == north.ursula
    assert decisions.bar(vera, north.anna, north.ursula.email) == known


def test_f9_who_is_linked_is_revoked_and_not_barred(north: School) -> None:
    with pytest.raises(Refused, match="rule") as refused:
        decisions.bar(Viewer(north.vera), north.anna, north.quentin.email)
    assert "Revoke their link" in str(refused.value.message)


# --- Holds ------------------------------------------------------------------------------
def test_f9_while_a_hold_stands_only_named_adults_are_linked(north: School) -> None:
    aunt = make_user(Role.PARENT, "Aunt", address=north.held.named.get().address)
    code = issuing.make_parent_code(Viewer(north.zoe), north.zoe)
    assert_closed(north.ursula, code)
    enter(aunt, code)
    assert linking.live_link(aunt, north.zoe) is not None
    decisions.release(Viewer(north.vera), north.held)
    enter(north.ursula, code)


def test_f9_while_a_hold_names_nobody_no_code_is_made(north: School) -> None:
    decisions.hold(Viewer(north.vera), north.nina, [])
    for who in (north.tess, north.nina):
        with pytest.raises(Refused, match="rule") as refused:
            issuing.make_parent_code(Viewer(who), north.nina)
        assert "contact support" in str(refused.value.message)
    assert_closed(north.ursula, north.for_ninas_parents)


def test_f9_who_is_linked_already_stays_so_during_a_hold(north: School) -> None:
    decisions.hold(Viewer(north.vera), north.anna, [])
    assert access.visible_items(Viewer(north.paula, north.anna)).exists()


def test_f9_a_hold_is_put_once_and_names_who_was_named_last(north: School) -> None:
    again = decisions.hold(
        Viewer(north.vera), north.zoe, ["Gran@Home.example ", "gran@home.example"]
    )
    assert again == north.held
    assert [named.address for named in again.named.all()] == ["gran@home.example"]
    assert Hold.objects.standing().filter(student=north.zoe).count() == 1


def test_f9_only_a_student_is_put_on_hold(north: School) -> None:
    with pytest.raises(PermissionDenied):
        decisions.hold(Viewer(north.vera), north.ursula, [])


def test_f9_f2_a_student_on_hold_gets_no_sheet(north: School) -> None:
    decisions.hold(Viewer(north.vera), north.nina, [])
    assert north.nina not in runs.students_in(north.maths)
    assert list(runs.without_sheets(north.maths)) == [north.nina]
    with pytest.raises(PermissionDenied):
        issuing.make_parent_codes(Viewer(north.tess), [north.nina, north.ben], north.maths)


def test_f9_f2_nor_one_who_was_put_on_hold_before_the_worker_came(north: School) -> None:
    run = runs.start_run(Viewer(north.tess), north.maths, [north.nina, north.ben])
    decisions.hold(Viewer(north.vera), north.nina, [])
    work.work_on(run.parts.get().pk)
    assert [sheet.student for sheet in run.parts.get().sheets.all()] == [north.ben]


# --- What was tried ---------------------------------------------------------------------
def test_f9_the_desk_is_told_that_it_was_tried(north: School) -> None:
    revoke(north, north.paula, north.anna)
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    for _again in range(2):
        assert_closed(north.paula, code)
    [told] = noticing.unread(Viewer(north.vera))
    assert (told.kind, told.student) == ("link-tried", north.anna)
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.detail, line.actor) == ("code.refused", "closed", north.paula.pk)


def test_p1_who_administers_and_is_a_parent_of_the_student_is_not_told(north: School) -> None:
    appoint(north.pia)
    decisions.bar(Viewer(north.vera), north.ben, north.ursula.email)
    assert_closed(north.ursula, issuing.make_parent_code(Viewer(north.ben), north.ben))
    assert not noticing.unread(Viewer(north.pia)).filter(kind="link-tried").exists()


def test_f9_a_paused_parent_is_refused_like_any_other(north: School) -> None:
    assert_closed(north.petra, issuing.make_parent_code(Viewer(north.ben), north.ben))


def test_k8_a_closed_code_is_no_guess(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.ben), north.ben)
    for _try in range(30):
        assert_closed(north.petra, code)


# --- A parent's own link (F10) ----------------------------------------------------------
def test_f10_a_parent_ends_their_own_link_and_may_come_back(north: School) -> None:
    viewer = Viewer(north.quentin, north.anna)
    linking.end_own_link(viewer)
    assert not access.visible_places(viewer).exists()
    assert access.visible_places(Viewer(north.quentin, north.ben)).exists(), "the other child's"
    with pytest.raises(Unseen):
        linking.end_own_link(viewer)
    enter(north.quentin, issuing.make_parent_code(Viewer(north.anna), north.anna))


def test_f9_a_request_about_who_left_can_be_decided_still(north: School) -> None:
    linking.end_own_link(Viewer(north.quentin, north.anna))
    requests.decline(Viewer(north.vera), north.about_quentin, "He left.")
    assert linking.lasting_link(north.quentin, north.anna) is None


@pytest.mark.parametrize("plea", [Plea("x", urgent=True), Plea("x")])
def test_f10_a_teacher_and_a_student_can_only_file(north: School, plea: Plea) -> None:
    link = north.link(north.paula, north.anna)
    assert not access.can(Viewer(north.tess), Action.END, link)
    assert not access.can(Viewer(north.anna), Action.END, link)
    requests.file(Viewer(north.tess), link, plea)
    assert linking.lasting_link(north.paula, north.anna) is not None
