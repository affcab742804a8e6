"""When a code dies, in words and exactly, in the school's time zone (K2, K9)."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from pytest_django import Settings

from classkey.school.models import Audience, Code
from classkey.web.templatetags.codes import dies, dies_exactly, time_left

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime.datetime(2026, 12, 11, 14, 5, 30, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _at_a_school_in_paris(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Paris"


def code(expires_at: datetime.datetime = FRIDAY, **more: Any) -> Code:
    return Code(expires_at=expires_at, **more)


@pytest.mark.parametrize(
    ("before", "said", "left"),
    [
        ({"days": 14}, "Dies in 14 days, on Friday, December 11 at 2:05 p.m.", "14 days"),
        ({"days": 7}, "Dies in 7 days, on Friday, December 11 at 2:05 p.m.", "7 days"),
        ({"days": 6, "hours": 20}, "Dies in 7 days, on Friday, December 11 at 2:05 p.m.",
         "6 days, 20 hours"),
        ({"days": 3}, "Dies in 3 days, on Friday at 2:05 p.m.", "3 days"),
        ({"days": 2, "hours": 9}, "Dies in 2 days, on Friday at 2:05 p.m.", "2 days, 9 hours"),
        ({"days": 1, "minutes": 5}, "Dies tomorrow at 2:05 p.m.", "1 day"),
        ({"hours": 15}, "Dies tomorrow at 2:05 p.m.", "15 hours"),
        ({"hours": 5, "minutes": 12}, "Dies in 5 hours, today at 2:05 p.m.",
         "5 hours, 12 minutes"),
        ({"hours": 1}, "Dies in 1 hour, today at 2:05 p.m.", "1 hour"),
        ({"minutes": 12}, "Dies in 12 minutes, today at 2:05 p.m.", "12 minutes"),
        ({"minutes": 1}, "Dies in 1 minute, today at 2:05 p.m.", "1 minute"),
        ({"seconds": 59}, "Dies in less than a minute", "less than a minute"),
        ({"seconds": -1}, "Dies in less than a minute", "less than a minute"),
    ],
)  # fmt: skip
def test_k9_it_is_said_in_words(
    time_machine: Any, before: dict[str, int], said: str, left: str
) -> None:
    time_machine.move_to(FRIDAY - datetime.timedelta(**before), tick=False)
    assert dies(code()) == said
    assert time_left(code()) == left


def test_k9_and_exactly_where_the_school_is() -> None:
    assert dies_exactly(code()) == (
        '<time datetime="2026-12-11T14:05:30+01:00">Dec. 11, 2026, 2:05 p.m.</time>'
    )
    in_utc = code(FRIDAY.astimezone(datetime.UTC))
    assert ">Dec. 11, 2026, 2:05 p.m.<" in dies_exactly(in_utc)


def test_k9_in_the_way_of_each_language(time_machine: Any) -> None:
    time_machine.move_to(FRIDAY - datetime.timedelta(days=3), tick=False)
    with translation.override("fr"):
        assert "vendredi" in dies(code())
        assert "14:05" in dies(code())


def test_k10_a_substitutes_code_dies_with_the_last_day_and_not_on_the_next(
    time_machine: Any,
) -> None:
    time_machine.move_to(FRIDAY - datetime.timedelta(days=5), tick=False)
    wednesday = datetime.date(2026, 12, 9)
    for_a_substitute = code(audience=Audience.INSTRUCTORS, last_day=wednesday)
    assert for_a_substitute.dies_at == datetime.datetime(2026, 12, 10, tzinfo=PARIS)
    assert dies(for_a_substitute) == "Dies in 3 days, on Wednesday at 11:59 p.m."
    assert "Dec. 9, 2026, 11:59 p.m." in dies_exactly(for_a_substitute)


@pytest.mark.parametrize("last_day", [FRIDAY.date(), datetime.date.max])
def test_k10_a_later_last_day_does_not_lengthen_its_life(last_day: datetime.date) -> None:
    assert code(last_day=last_day).dies_at == FRIDAY
