"""How a line of the log looks: for people (`line`) or for machines (`json`), in UTC; and what is
in none: codes, and the paths and addresses that people asked for (K6).
"""

import logging
import re
import time
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from classkey.school import code_text, log_context
from classkey.school.log_context import KEY

FIELDS = ("request_id", "job_id", "task", "method", "view", "status", "ms")
"""What a line may have beside its time, level, logger and message."""

_SIGN = f"[{code_text.ALPHABET}{code_text.ALPHABET.lower()}]"
_LIKE_A_CODE = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(
        rf"{_SIGN}{{{size}}}(?:[- ]?{_SIGN}{{{size}}}){{{code_text.LENGTH[kind] // size - 1}}}"
        for kind, size in code_text.GROUP.items()
    )
    + r")(?![\w-])"
)


def without_codes(text: str) -> str:
    """Return a text with each code in it struck out but for its last four characters: somebody may
    have put one where none belongs, such as behind our address.
    """
    return _LIKE_A_CODE.sub(_struck_out, text)


def _struck_out(found: re.Match[str]) -> str:
    plain = code_text.read(found[0])
    return found[0] if code_text.kind_of(plain) is None else f"[code …{plain[-4:]}]"


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
        return without_codes(super().format(record))


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
        """Keep what we know, without codes."""
        kept = ("time", "level", "logger", "message", *FIELDS, "exc_info")
        return {
            name: without_codes(value) if isinstance(value, str) else value
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
