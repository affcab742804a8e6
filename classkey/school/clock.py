"""The school's day and year, in the school's time zone (settings)."""

import datetime

from django.conf import settings
from django.utils import timezone


def today() -> datetime.date:
    """Return the date that it is at the school."""
    return timezone.localdate()


def end_of(day: datetime.date) -> datetime.datetime:
    """Return the instant at which a day is over at the school."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time.min)
    return timezone.make_aware(midnight)


def school_year() -> int:
    """Return the calendar year in which the running school year began (S4)."""
    date = today()
    return date.year if date.month >= settings.SCHOOL_YEAR_FIRST_MONTH else date.year - 1


def year_name(school_year: int) -> str:
    """Return a school year as people write it, for example 2026/27."""
    return f"{school_year}/{(school_year + 1) % 100:02}"
