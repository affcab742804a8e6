"""Every form, whatever is sent to it: no accident, and nobody's role changes (A4, P1)."""

import datetime
import uuid
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classkey.accounts.models import User
from classkey.school.models import Membership
from tests.support_desk import things_of_support
from tests.web.browsing import at, browser_of, routes
from tests.world import School

FIELDS = {
    "account_settings": ["given_name", "family_name"],
    "attempt": ["2-points", "2-remark", "2-seen"],
    "child_request_new": ["reason", "urgent", "caller"],
    "code_new": ["place", "audience", "permission", "max_uses", "last_day"],
    "codes_delete": ["code", "run", "confirmed", "back"],
    "course_copy": ["name", "school_year"],
    "course_new": ["name", "description"],
    "desk_bar": ["address"],
    "desk_deactivate": ["successor"],
    "desk_erase": ["username", "successor"],
    "desk_hold": ["named"],
    "desk_person": ["purpose"],
    "desk_request": ["decision"],
    "desk_request_new": ["caller", "reason", "urgent"],
    "desk_revoke": ["decision", "hold", "named"],
    "file_new": ["files"],
    "first_course": ["name"],
    "folder_new": ["title"],
    "group_new": ["name", "description"],
    "item_blue": ["on", "back"],
    "item_edit": ["title", "body", "version"],
    "item_green": ["on", "confirmed", "back"],
    "item_move": ["to"],
    "item_preview": ["body"],
    "join": ["code"],
    "join_look": ["code"],
    "link_new": ["title", "url"],
    "member_change": ["permission"],
    "members_add": ["people", "permission"],
    "notices_read": ["until"],
    "page_new": ["title", "body"],
    "parent_code_new": ["student"],
    "place_blue": ["on", "back"],
    "place_edit": ["name", "description"],
    "place_green": ["on", "confirmed", "back"],
    "question_edit": ["text", "points", "choice", "choice_pk", "right", "more"],
    "question_move": ["by"],
    "request_new": ["reason", "urgent", "caller"],
    "question_new": ["text", "points", "number", "tolerance", "another"],
    "set_language": ["language", "next"],
    "sheets_new": ["students", "copies", "paper", "large_print", "language", "tick"],
    "sign_in_cards": ["students", "paper", "language"],
    "students_new": ["names", "confirmed", "namesakes"],
    "student_language": ["language"],
    "test_edit": ["passing_grade", "show_points", "show_grade_to_parents", "locked"],
    "test_mark": ["2-points", "2-remark", "2-seen"],
    "test_new": ["title", "body"],
    "test_save": ["attempt", "seen-1", "answer-1", "stays-1", "there-1"],
    "test_take": ["attempt", "seen-1", "answer-1", "stays-1", "there-1", "then"],
    "workspace_new": ["name", "description"],
}
"""The forms with fields, and their fields."""

BUTTONS = {
    "account_delete", "attempt_unlock", "child_leave", "code_again", "course_archive",
    "course_reopen", "desk_administrator", "desk_export", "desk_lift", "desk_release",
    "item_delete", "item_down", "item_restore", "item_up", "leave", "member_remove",
    "question_delete", "sheet_run_again", "sheets_void", "sign_in_issue", "test_begin",
    "test_submit",
}  # fmt: skip
"""The forms that are one button."""

OF_A_COURSE = {
    "course_archive", "course_copy", "course_reopen", "sign_in_cards", "students_new",
}  # fmt: skip
"""The forms about a whole course."""

OF_A_TEST = {"question_delete", "question_edit", "question_move", "question_new", "test_edit"}
"""The forms about a test that nobody has begun."""

OF_A_BEGUN_TEST = {"test_begin", "test_save", "test_submit", "test_take"}
"""The forms about a test that the student has begun."""

OF_AN_ANSWERED_TEST = {"attempt", "attempt_unlock", "test_mark"}
"""The forms about what students have answered; the fields are of answers, by their keys."""


def addresses(north: School) -> dict[str, str]:
    """The address of every form, about something of the teacher's."""
    things: dict[str, Any] = {
        "/places/": north.owls,
        "/items/": north.pages["owls: both"],
        "/students/": north.cleo,
        "/sheets/": north.run,
        "/codes/": north.used_up,
        "/children/": north.anna,
    }
    of_support = things_of_support(north)
    found = {}
    for name in (*FIELDS, *BUTTONS):
        pattern = routes()[name]
        first = [thing for start, thing in things.items() if pattern.startswith(f"{start}<uuid:")]
        rest: list[Any] = [north.cleo] if "<uuid:person>" in pattern else []
        if name in of_support:
            first, rest = of_support[name], []
        if name in OF_A_COURSE:
            first = [north.maths]
        if name in OF_A_TEST:
            first = [north.locked_test]
            asked = north.locked_test.assessment.questions.first()
            rest = [asked] if "<uuid:question>" in pattern else []
        if name in OF_A_BEGUN_TEST:
            first = [north.eds_test]  # by Anna
        if name in OF_AN_ANSWERED_TEST:
            first = [north.quiz]
            answered = north.quiz.assessment.attempts.get(student=north.anna)
            rest = [answered] if "<uuid:attempt>" in pattern else []
        found[name] = at(name, *first, *rest)
    found["question_new"] += "?kind=number"
    return found


def test_every_form_is_looked_at_below() -> None:
    get_only = {
        *("child", "child_file", "child_item", "child_place", "children", "code", "code_qr"),
        *("code_sheet", "code_to_class", "codes_came_in"),
        *("desk", "desk_export_file", "desk_log", "desk_log_csv", "desk_log_json", "desk_people"),
        *("codes", "dashboard", "deleted", "item", "item_file", "members", "place"),
        *("sheet_run", "student", "test_export", "test_results", "to_mark", "welcome"),
        *("view_as", "view_as_file", "view_as_item", "view_as_place"),
    }
    ours = {name for name, pattern in routes().items() if not pattern.startswith("/account")}
    ours |= {"account_settings", "account_delete"}
    assert {*FIELDS, *BUTTONS} == ours - get_only


WORDS = st.sampled_from(
    ["", " ", "0", "1", "2", "3", "-1", "on", "students", "instructors", "both", "admin", "all",
     "a4", "fr", "2026-02-30", "2999-12-31", "0001-01-01", "9" * 5000, "1e9", "NaN", "\x00",
     "é" * 200, "x" * 100_001, "🔑", "مرحبا", "<b>", "{{ 7|add:7 }}", "%s", "'; --", "../..",
     "//x.example", "http://[::1", "\r\nA: b", "BCD-FGH-JKM", "\ud7ff", str(uuid.UUID(int=0))]
)  # fmt: skip


@given(data=st.data())
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a4_no_form_breaks_whatever_is_sent(north: School, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    ids = [str(thing.pk) for thing in (north.owls, north.anna, north.zoe, north.for_owls)]
    some = WORDS | st.sampled_from(ids) | st.text(max_size=20)
    typed = {field: data.draw(st.lists(some, max_size=2), label=field) for field in FIELDS[name]}
    who = data.draw(st.sampled_from(["tess", "gwen", "vera", "anna", "paula"]))
    with transaction.atomic():
        response = browser_of(getattr(north, who)).post(addresses(north)[name], typed)
        transaction.set_rollback(True)
    assert response.status_code in {200, 302, 400, 403, 404}


@pytest.mark.parametrize("who", ["tess", "vera", "anna", "paula"])
def test_a4_every_form_of_nothing_at_all(north: School, who: str) -> None:
    for name, address in addresses(north).items():
        with transaction.atomic():
            response = browser_of(getattr(north, who)).post(address)
            transaction.set_rollback(True)
        assert response.status_code in {200, 302, 400, 403, 404}, name


SLY = {
    "role": "instructor",
    "is_administrator": "on",
    "is_active": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "username": "root",
    "created_by": "",
    "user": "",
    "action_primary": "1",
}


@pytest.mark.parametrize("who", ["tess", "anna", "paula"])
def test_p1_no_form_changes_a_role(north: School, who: str) -> None:
    person = getattr(north, who)
    roles = sorted(User.objects.values_list("pk", "role", "is_administrator", "is_active"))
    sly = SLY | {"role": "instructor" if who != "tess" else "parent", "user": str(person.pk)}
    for name, pattern in routes().items():
        address = addresses(north).get(name) or pattern
        if "<" in address:
            continue
        full = dict.fromkeys(FIELDS.get(name, []), "1") | {"given_name": "New", "title": "T"}
        with transaction.atomic():
            browser_of(person).post(address, full | sly | {"email": person.email})
            now = sorted(User.objects.values_list("pk", "role", "is_administrator", "is_active"))
            changed = [row for row in now if row not in roles]
            transaction.set_rollback(True)
        assert not changed or name == "account_signup", name
        assert not any(row[0] == person.pk for row in changed), name


def test_s2_nor_a_permission_but_the_one_it_is_for(north: School) -> None:
    def held() -> list[tuple[object, ...]]:
        rows = Membership.objects.filter(user__in=[north.ed, north.anna])
        return sorted(rows.values_list("user", "place", "permission"), key=str)

    before = held()
    sly = {"permission": "3", "given": "3", "members_see": "on", "created_by": str(north.ed.pk)}
    for who in (north.ed, north.anna):
        for name, address in addresses(north).items():
            if name in {"leave", "course_new", "workspace_new", "first_course"}:
                continue
            browser_of(who).post(address, {"name": "T", "title": "T", "body": ""} | sly)
    assert held() == before


def test_k10_a_last_day_at_the_end_of_time_breaks_nothing(north: School) -> None:
    client = browser_of(north.tess)
    for day in (datetime.date.max, datetime.date.min):
        terms = {"place": str(north.owls.pk), "audience": "instructors", "permission": "1"}
        response = client.post("/codes/new/", terms | {"last_day": day.isoformat()}, follow=True)
        assert response.status_code == 200
        assert client.get("/codes/").status_code == 200
