"""How a line of the log looks: for people (`line`) or for machines (`json`), in UTC; and what is
in none: codes, and the paths and addresses that people asked for (K6).
"""

import logging
import time
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from classkey.school import log_context, struck_out
from classkey.school.log_context import KEY

FIELDS = ("request_id", "job_id", "task", "method", "view", "status", "ms")
"""What a line may have beside its time, level, logger and message."""


class InContext(logging.Filter):
    """Notes to what a line belongs; where Django has a request's path, puts the view's name."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line; let all pass."""
        ids = dict(log_context.current())
        if request := getattr(record, "request", None):
            # Django speaks of some answers when the request is over.
            ids |= {"request_id": request.META[KEY]} if KEY in request.META else {}
            if isinstance(record.args, tuple):
                found = request.resolver_match
                name = found.view_name if found else "-"
                record.args = tuple(name if arg == request.path else arg for arg in record.args)
        for name, value in ids.items():
            setattr(record, name, value)
        return True


class Line(logging.Formatter):
    """`2026-11-29T11:26:35.120Z INFO classkey.…: what happened [request_id=…]`."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}{context}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and a traceback if there is one."""
        ids = [f"{name}={getattr(record, name)}" for name in FIELDS[:3] if hasattr(record, name)]
        record.context = f" [{' '.join(ids)}]" if ids else ""
        return struck_out.all_of(super().format(record))


class Json(JsonFormatter):
    """One object a line: `time`, `level`, `logger`, `message`, and of `FIELDS` what it has;
    `exc_info` with a traceback. Whatever else a library put into its record is left out.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = Line.default_time_format
    default_msec_format = Line.default_msec_format

    def __init__(self) -> None:
        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        super().__init__([*names, "message"], rename_fields=names, json_ensure_ascii=False)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Keep what we know, without what is in none."""
        kept = ("time", "level", "logger", "message", *FIELDS, "exc_info")
        return {
            name: struck_out.all_of(value) if isinstance(value, str) else value
            for name, value in log_data.items()
            if name in kept
        }


FORMATS = {"line": Line, "json": Json}


def log_settings(form: str, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: all to the standard error, from `level` on, as `line` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"in_context": {"()": InContext}},
        "formatters": {"ours": {"()": FORMATS[form]}},
        "handlers": {
            # The level is the handler's: the worker sets its own loggers' to INFO.
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["in_context"],
                "formatter": "ours",
                "level": level,
            },
            "nowhere": {"class": "logging.NullHandler"},
        },
        "loggers": {
            # Scanners ask for hosts that are not ours all day, each a traceback at level ERROR.
            # They are answered 400; nobody can do more about them.
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            # At DEBUG it writes down all that a template was given: a code that was typed, too.
            "django.template": {"level": "INFO"},
        },
        "root": {"handlers": ["console"], "level": "INFO"},
    }
