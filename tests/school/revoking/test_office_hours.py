"""When a request is due: by the end of the working day, by the school's clock (F9)."""

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from classkey.school.office_hours import OfficeHours, read

SYDNEY = ZoneInfo("Australia/Sydney")
HOURS = read("mon-fri", "08:00-16:00", "2026-12-25, 2026-12-28")


@pytest.fixture(autouse=True)
def _in_sydney() -> Iterator[None]:
    with timezone.override(SYDNEY):
        yield


def at(day: int, clock: str) -> datetime.datetime:
    """A time in December 2026; the 21st is a Monday."""
    time = datetime.time.fromisoformat(clock)
    return datetime.datetime.combine(datetime.date(2026, 12, day), time, SYDNEY)


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ((21, "00:00"), (21, "16:00")),
        ((21, "09:30"), (21, "16:00")),
        ((21, "15:59:59"), (21, "16:00")),
        ((21, "16:00"), (22, "16:00")),
        ((21, "23:59"), (22, "16:00")),
        ((24, "16:00"), (29, "16:00")),  # over a holiday, a weekend and a holiday
        ((25, "10:00"), (29, "16:00")),
        ((26, "10:00"), (29, "16:00")),
    ],
)
def test_f9_a_request_is_due_by_the_end_of_the_working_day(
    filed: tuple[int, str], due: tuple[int, str]
) -> None:
    assert HOURS.due(at(*filed)) == at(*due)


def test_f9_the_day_is_the_schools_and_not_the_servers() -> None:
    monday_in_sydney = at(21, "09:00").astimezone(datetime.UTC)
    assert monday_in_sydney.day == 20
    assert HOURS.due(monday_in_sydney) == at(21, "16:00")


def test_f9_the_clocks_change_overnight() -> None:
    """Summer time begins in Sydney on Sunday 4 October 2026."""
    filed = datetime.datetime(2026, 10, 2, 17, tzinfo=SYDNEY)
    assert HOURS.due(filed).astimezone(datetime.UTC).isoformat() == "2026-10-05T05:00:00+00:00"


def test_working_days_are_written_as_days_or_as_spans() -> None:
    hours = read("sun, Mon-tue,thu", "07:30-12:00", "")
    assert hours == OfficeHours(
        frozenset({6, 0, 1, 3}), datetime.time(7, 30), datetime.time(12), frozenset()
    )


@pytest.mark.parametrize(
    ("days", "hours", "holidays"),
    [
        ("", "08:00-16:00", ""),
        ("monday", "08:00-16:00", ""),
        ("fri-mon", "08:00-16:00", ""),
        ("mon-fri", "16:00-08:00", ""),
        ("mon-fri", "08:00", ""),
        ("mon-fri", "8-16h", ""),
        ("mon-fri", "08:00-16:00", "25.12.2026"),
    ],
)
def test_what_is_no_office_hours_is_refused(days: str, hours: str, holidays: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # whichever is wrong
        read(days, hours, holidays)
