"""Codes as pages show them; when they die, in words and exactly, in the school's time zone (K9)."""

import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classkey.school import web_addresses
from classkey.school.models import Code

register = template.Library()

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_A_WEEK = 7  # days, after which a weekday alone could be two


@register.filter
def as_read(code: Code) -> str:
    """Return a code of the panel's lists: in full, or its last four for who may not read it, and
    where its key is lost.
    """
    is_shown = code.is_readable and code.can_be_opened  # type: ignore[attr-defined]  # annotated
    return code.text if is_shown else f"…{code.last_four}"


@register.filter
def join_link(code: Code) -> str:
    """Return the address that a living code travels in (K3)."""
    return web_addresses.join_link(code.text)


@register.filter
def dies(code: Code) -> str:
    """Return when a living code dies: "Dies in 3 days, on Friday at 14:05"."""
    when, now = _shown(code), timezone.localtime()
    seconds = (code.dies_at - timezone.now()).total_seconds()
    days = (when.date() - now.date()).days
    said = {"time": time_format(when, "TIME_FORMAT"), "day": _day(when, days)}
    if days > 1:
        return ngettext(
            "Dies in %(days)s day, on %(day)s at %(time)s",
            "Dies in %(days)s days, on %(day)s at %(time)s",
            days,
        ) % {"days": days, **said}
    if days == 1:
        return _("Dies tomorrow at %(time)s") % said
    if seconds < _MINUTE:
        return _("Dies in less than a minute")
    return _("Dies in %(left)s, today at %(time)s") % {"left": _largest(seconds, 1), **said}


@register.filter
def time_left(code: Code) -> str:
    """Return how long a living code has still to live: "3 days, 4 hours"."""
    seconds = (code.dies_at - timezone.now()).total_seconds()
    return _largest(seconds, 2) if seconds >= _MINUTE else _("less than a minute")


@register.filter
def dies_exactly(code: Code) -> SafeString:
    """Return the date and time at which a code dies, or died, by itself."""
    return format_html(
        '<time datetime="{}">{}</time>',
        code.dies_at.isoformat(timespec="seconds"),
        date_format(_shown(code), "DATETIME_FORMAT"),
    )


def _shown(code: Code) -> datetime.datetime:
    """When it dies as people say it: the end of Friday is no minute of Saturday."""
    when = timezone.localtime(code.dies_at)
    return when - datetime.timedelta(minutes=1) if when.time() == datetime.time.min else when


def _day(when: datetime.datetime, days: int) -> str:
    weekday = date_format(when, "l")
    if days < _A_WEEK:
        return weekday
    date = date_format(when, "MONTH_DAY_FORMAT")
    return _("%(weekday)s, %(date)s") % {"weekday": weekday, "date": date}


def _largest(seconds: float, units: int) -> str:
    """Return the largest units of a span of time, those of which there are any."""
    days, rest = divmod(int(seconds), _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    spans = [
        (days, ngettext("%(count)s day", "%(count)s days", days)),
        (hours, ngettext("%(count)s hour", "%(count)s hours", hours)),
        (minutes, ngettext("%(count)s minute", "%(count)s minutes", minutes)),
    ]
    first = next(index for index, (count, _words) in enumerate(spans) if count)
    shown = [words % {"count": count} for count, words in spans[first : first + units] if count]
    return ", ".join(shown)
