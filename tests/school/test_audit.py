"""The audit log: every change of access leaves its line, and no line is ever changed (A1)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from classkey.accounts.administrators import dismiss
from classkey.school import (
    code_text,
    issuing,
    linking,
    membership,
    publishing,
    redeeming,
    signing_up,
)
from classkey.school.errors import Refused
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    AuditAction,
    AuditEvent,
    Permission,
    PlaceKind,
)
from classkey.school.publishing import Toggle
from classkey.school.sheets import runs
from classkey.school.viewer import Viewer
from tests.world import School

ORIGIN = "192.0.2.7"


def by(person: Any) -> Viewer:
    return Viewer(person, origin=ORIGIN)


def last_four(code: Any) -> str:
    return str(code.last_four)


def try_to_redeem(person: Any, typed: str) -> None:
    with pytest.raises(Refused):
        redeeming.redeem(by(person), typed)


CHANGES: list[tuple[str, Callable[[School], Any], Callable[[School], list[dict[str, Any]]]]] = [
    ("a code is made",
     lambda s: issuing.make_registration_code(by(s.tess), s.maths, Terms(Audience.BOTH)),
     lambda s: [{"action": "code.made", "actor": s.tess, "place": s.maths, "detail": "both"}]),
    ("a parent code is made",
     lambda s: issuing.make_parent_code(by(s.tess), s.nina),
     lambda s: [{"action": "code.made", "actor": s.tess, "place": s.maths, "subject": s.nina}]),
    ("codes are deleted",
     lambda s: issuing.delete_codes(by(s.tess), [s.for_ninas_parents.pk, s.deleted.pk]),
     lambda s: [{"action": "code.deleted", "actor": s.tess, "place": s.maths, "subject": s.nina,
                 "code_last_four": last_four(s.for_ninas_parents)}]),
    ("a code is redeemed",
     lambda s: redeeming.redeem(by(s.zoe), s.for_owls.text),
     lambda s: [{"action": "member.in", "actor": s.zoe, "subject": s.zoe, "place": place,
                 "detail": "READ", "code_last_four": last_four(s.for_owls)}
                for place in (s.maths, s.owls)]
               + [{"action": "code.redeemed", "actor": s.zoe, "place": s.owls,
                 "code_last_four": last_four(s.for_owls)}]),
    ("a parent code is redeemed",
     lambda s: redeeming.redeem(by(s.ursula), s.for_ninas_parents.text),
     lambda s: [{"action": "link.made", "actor": s.ursula, "subject": s.nina,
                 "thing": linking.live_link(s.ursula, s.nina),
                 "code_last_four": last_four(s.for_ninas_parents)},
                {"action": "code.redeemed", "actor": s.ursula, "subject": s.nina,
                 "code_last_four": last_four(s.for_ninas_parents)}]),
    ("a workspace is opened to a parent",
     lambda s: redeeming.redeem(by(s.quentin), s.for_my_parents.text),
     lambda s: [{"action": "grant.made", "actor": s.quentin, "subject": s.anna, "place": s.den,
                 "code_last_four": last_four(s.for_my_parents)},
                {"action": "code.redeemed", "actor": s.quentin, "subject": s.anna, "place": s.den,
                 "code_last_four": last_four(s.for_my_parents)}]),
    ("a code is redeemed again", lambda s: redeeming.redeem(by(s.ben), s.for_students.text),
     lambda _s: []),
    ("a code is looked at", lambda s: redeeming.look(by(s.zoe), s.for_students.text),
     lambda _s: []),
    ("a code is refused",
     lambda s: try_to_redeem(s.zoe, s.deleted.text),
     lambda s: [{"action": "code.refused", "actor": s.zoe, "detail": "unknown",
                 "place": s.maths, "code_last_four": last_four(s.deleted)}]),
    ("a code is mistyped",
     lambda s: try_to_redeem(s.zoe, "no code"),
     lambda s: [{"action": "code.refused", "actor": s.zoe, "detail": "mistyped"}]),
    ("a place is made",
     lambda s: membership.make_top_place(by(s.anna), PlaceKind.WORKSPACE, "Secret name"),
     lambda s: [{"action": "place.made", "actor": s.anna, "detail": "workspace"}]),
    ("a group is made",
     lambda s: membership.make_group(by(s.tess), s.maths, "Secret name"),
     lambda s: [{"action": "place.made", "actor": s.tess, "detail": "group"}]),
    ("members are added by hand",
     lambda s: membership.add_from_above(by(s.gwen), s.owls, [s.ben, s.cleo], Permission.READ),
     lambda s: [{"action": "member.in", "actor": s.gwen, "subject": s.ben, "place": s.owls,
                 "detail": "READ"}]),
    ("a permission is changed",
     lambda s: membership.change_permission(by(s.tess), s.maths, s.cleo, Permission.EDIT),
     lambda s: [{"action": "member.changed", "actor": s.tess, "subject": s.cleo,
                 "place": s.maths, "detail": "EDIT"}]),
    ("a member is removed",
     lambda s: membership.remove(by(s.tess), s.maths, s.cleo),
     lambda s: [{"action": "member.out", "actor": s.tess, "subject": s.cleo, "place": s.maths,
                 "detail": "removed"}]),
    ("a member leaves",
     lambda s: membership.leave(by(s.cleo), s.maths),
     lambda s: [{"action": "member.out", "actor": s.cleo, "subject": s.cleo, "place": s.maths,
                 "detail": "left"}]),
    ("a toggle is flipped",
     lambda s: publishing.flip(by(s.tess), s.notes, Toggle.GREEN, on=True),
     lambda s: [{"action": "toggle.flipped", "actor": s.tess, "place": s.maths,
                 "thing": s.notes, "detail": "parents_see on"}]),
    ("what is above is turned on as well",
     lambda s: publishing.flip(by(s.tess), s.pages["drawer: off"], Toggle.GREEN, on=True,
                               with_above=True),
     lambda s: [{"action": "toggle.flipped", "actor": s.tess, "place": s.maths,
                 "thing": thing, "detail": "parents_see on"}
                for thing in (s.drawer, s.pages["drawer: off"])]),
    ("a places's toggle is flipped",
     lambda s: publishing.flip(by(s.tess), s.owls, Toggle.BLUE, on=False),
     lambda s: [{"action": "toggle.flipped", "actor": s.tess, "place": s.owls, "thing": s.owls,
                 "detail": "members_see off"}]),
    ("an item is moved to other eyes",
     lambda s: publishing.move_item(by(s.tess), s.notes, s.owls, None),
     lambda s: [{"action": "item.moved", "actor": s.tess, "place": s.owls, "thing": s.notes}]),
    ("sheets are asked for",
     lambda s: runs.start_run(by(s.tess), s.owls, runs.students_in(s.owls)),
     lambda s: [{"action": "sheets.asked", "actor": s.tess, "place": s.owls, "detail": "2"}]),
    ("teaching begins",
     lambda s: signing_up.start_teaching(by(s.vera), "Secret name"),
     lambda s: [{"action": "place.made", "actor": s.vera, "detail": "course"},
                {"action": "code.made", "actor": s.vera, "detail": "students"}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lines"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_a1_each_change_leaves_its_line(
    north: School,
    change: Callable[[School], Any],
    lines: Callable[[School], list[dict[str, Any]]],
) -> None:
    before = AuditEvent.objects.count()
    change(north)
    new = list(AuditEvent.objects.order_by("pk")[before:])
    expected = lines(north)
    told = [
        {key: getattr(line, key) for key in wanted}
        for line, wanted in zip(new, expected, strict=True)
    ]
    assert told == [{key: _id(value) for key, value in line.items()} for line in expected]
    assert all(line.origin == ORIGIN for line in new)


def _id(value: Any) -> Any:
    return getattr(value, "pk", value)


def test_a1_ids_only_never_names_nor_addresses_nor_codes(north: School) -> None:
    everything = repr(list(AuditEvent.objects.values()))
    told = [person.given_name for person in north.people]
    told += [place.name for place in north.places]
    told += ["@", north.for_students.text, code_text.normalise(north.for_students.text)]
    assert AuditEvent.objects.count() > 100
    assert not [word for word in told if word in everything]


def test_a1_a_refusal_leaves_its_line_though_all_else_is_undone(north: School) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(Refused):
        redeeming.redeem(by(north.dan), north.used_up.text)
    line = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == before + 1
    assert (line.action, line.detail) == (AuditAction.CODE_REFUSED, "used-up")


def test_a1_a_change_that_is_undone_leaves_no_line(north: School) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(Refused):
        membership.leave(by(north.anna), north.den)
    assert AuditEvent.objects.count() == before


def test_p1_a_new_administrator_leaves_a_line(north: School) -> None:
    made = AuditEvent.objects.filter(
        action=AuditAction.ADMINISTRATOR_CHANGED, subject=north.vera.pk
    )
    assert made.count() == 1
    dismiss(north.vera)
    assert [line.detail for line in made.order_by("pk")] == ["administrator", "no administrator"]


# --- Append-only ------------------------------------------------------------------


def test_a1_the_model_only_adds(north: School) -> None:
    line = AuditEvent.objects.latest("pk")
    for change in (
        line.save,
        line.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(detail="changed"),
        lambda: AuditEvent.objects.bulk_update([line], ["detail"]),
        lambda: AuditEvent.objects.update_or_create(pk=line.pk, defaults={"detail": "changed"}),
    ):
        with pytest.raises(TypeError, match="append-only"), transaction.atomic():
            change()
    assert str(line) == str(line.pk)


STATEMENTS = [
    "UPDATE school_auditevent SET detail = 'changed'",
    "DELETE FROM school_auditevent",
    "INSERT OR REPLACE INTO school_auditevent SELECT * FROM school_auditevent",
    "TRUNCATE school_auditevent",
]
ELSEWHERE = {"INSERT OR REPLACE": "sqlite", "TRUNCATE": "postgresql"}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a1_the_database_only_adds(north: School, statement: str) -> None:
    for words, vendor in ELSEWHERE.items():
        if statement.startswith(words) and connection.vendor != vendor:
            pytest.skip(f"a statement of {vendor} only")
    before = list(AuditEvent.objects.order_by("pk").values())
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditEvent.objects.order_by("pk").values()) == before


def test_a1_a_line_written_over_by_its_id_is_refused(north: School) -> None:
    line = AuditEvent.objects.latest("pk")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent(pk=line.pk, action=AuditAction.CODE_MADE).save()
