"""The audit log at the support desk (A1)."""

import csv
import io
import json

import pytest
from django.test import Client
from django.utils import timezone

from classkey.school.models import (
    AuditEvent,
    ParentLink,
)
from tests.web.browsing import at, browser_of, errors, html, words
from tests.world import School


@pytest.fixture
def vera(north: School) -> Client:
    return browser_of(north.vera)


# --- The log ----------------------------------------------------------------------------
def test_a1_the_log_is_shown_with_names_and_filtered(north: School, vera: Client) -> None:
    page = words(vera.get(at("desk_log"), {"who": "Vera Northside", "action": "hold.put"}))
    assert "1 line" in page
    assert "hold.put Vera Northside Zoe Northside 1 named" in page
    made = {"action": "code.made", "code": f"xxx-{north.for_students.last_four.lower()}"}
    assert "…" + north.for_students.last_four in words(vera.get(at("desk_log"), made))
    today = timezone.localdate().isoformat()
    assert " lines" in words(vera.get(at("desk_log"), {"first": today, "last": today}))
    for nothing in ({"last": "2020-01-01"}, {"first": "2999-01-01"}, {"who": "nobody"}):
        assert "No line of the log is like that" in words(vera.get(at("desk_log"), nothing))
    assert errors(vera.get(at("desk_log"), {"first": "soon"}))["first"]


def test_a1_the_log_is_read_page_by_page(north: School, vera: Client) -> None:
    first = vera.get(at("desk_log"), {"who": "northside"})
    assert "who=northside&amp;page=2" in html(first)
    second = vera.get(at("desk_log"), {"who": "northside", "page": "2"})
    assert "Newer" in words(second)
    assert not set(first.context["page"]) & set(second.context["page"])


def test_a8_who_was_erased_stands_in_the_log_by_id(north: School, vera: Client) -> None:
    gone = north.zoe.pk
    ParentLink.objects.filter(student=north.zoe).delete()
    north.zoe.delete()
    assert str(gone) in words(vera.get(at("desk_log"), {"action": "hold.put"}))


def test_a1_the_log_is_exported_as_csv_and_as_json_lines(north: School, vera: Client) -> None:
    wanted = {"who": "vera northside", "action": "hold.put"}
    for_csv = vera.get(at("desk_log_csv"), wanted)
    rows = list(csv.DictReader(io.StringIO(for_csv.getvalue().decode("utf-8-sig"))))
    for_json = vera.get(at("desk_log_json"), wanted)
    lines = [json.loads(line) for line in for_json.getvalue().decode().splitlines()]
    assert [row["subject"] for row in rows] == [str(north.zoe.pk)]
    assert lines[0] == {**rows[0], "id": int(rows[0]["id"])}
    assert "Zoe" not in for_csv.getvalue().decode()
    assert "attachment" in for_csv["Content-Disposition"]
    assert AuditEvent.objects.filter(action="log.exported", actor=north.vera.pk).count() == 2
    assert vera.get(at("desk_log_csv"), {"first": "soon"}).status_code == 400
