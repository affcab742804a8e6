"""When support works, and when a request is due (F9). Pure: knows no table."""

import datetime
from dataclasses import dataclass, field

from django.utils import timezone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""How a school writes its working days, in the order of ISO 8601."""


@dataclass(frozen=True)
class OfficeHours:
    """The working days of support, by their place in `WEEKDAYS`, from `opens` to `closes` by the
    school's clock; but not on `holidays`.
    """

    days: frozenset[int]
    opens: datetime.time
    closes: datetime.time
    holidays: frozenset[datetime.date] = field(default_factory=frozenset)

    def due(self, filed: datetime.datetime) -> datetime.datetime:
        """Return the end of the working day on which a request filed then is to be decided:
        that day's, or where it was over, or none, the next one's (F9).
        """
        local = timezone.localtime(filed)
        day = local.date()
        if local.time() >= self.closes:
            day += datetime.timedelta(days=1)
        while not self._works_on(day):
            day += datetime.timedelta(days=1)
        return timezone.make_aware(datetime.datetime.combine(day, self.closes))

    def _works_on(self, day: datetime.date) -> bool:
        return day.weekday() in self.days and day not in self.holidays


def read(days: str, hours: str, holidays: str) -> OfficeHours:
    """Return the office hours that a school wrote down: days as "mon,tue", or "mon-fri"; hours as
    "08:00-16:00"; holidays as "2026-12-25,2026-12-26". Raises ValueError for anything else.
    """
    opens, closes = map(datetime.time.fromisoformat, hours.strip().split("-"))
    if opens >= closes:
        raise ValueError(hours)
    return OfficeHours(
        days=frozenset(number for part in days.split(",") for number in _days(part)),
        opens=opens,
        closes=closes,
        holidays=frozenset(
            datetime.date.fromisoformat(day.strip()) for day in holidays.split(",") if day.strip()
        ),
    )


def _days(part: str) -> list[int]:
    first, _dash, last = (name.strip().lower() for name in part.partition("-"))
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if begin > end:
        raise ValueError(part)
    return list(range(begin, end + 1))
