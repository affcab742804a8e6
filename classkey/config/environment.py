"""What the environment has to say before Classkey starts, and whether it says it right."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from classkey.config import log_lines, parsing, safety
from classkey.school import office_hours

NEEDED = {
    "CLASSKEY_SECRET_KEY": "signs sessions; 50 random characters",
    "CLASSKEY_CODE_DIGEST_KEYS": "find codes; random, comma-separated, newest first",
    "CLASSKEY_CODE_CIPHER_KEYS": "show codes again; Fernet keys, comma-separated, newest first",
    "CLASSKEY_DATABASE_URL": "for example postgres://classkey:password@db/classkey",
    "CLASSKEY_ADDRESS": "where people reach Classkey, for example https://classkey.example.org",
    "CLASSKEY_INSTRUCTOR_SIGNUP": "'anyone', 'code' or 'domains:school.example,…' (P4)",
    "CLASSKEY_SMTP_URL": "for example smtp+tls://user:password@mail.example.org:587",
    "CLASSKEY_MAIL_FROM": "the sender of Classkey's mail, for example codes@school.example",
}
"""Without these no school starts: what each is."""

FORMS: dict[str, tuple[Callable[[str], object], str]] = {
    "CLASSKEY_CODE_CIPHER_KEYS": (parsing.cipher_keys, ""),
    "CLASSKEY_DATABASE_URL": (parsing.database, ""),
    "CLASSKEY_ADDRESS": (parsing.address, ""),
    "CLASSKEY_INSTRUCTOR_SIGNUP": (parsing.instructor_signup, ""),
    "CLASSKEY_SMTP_URL": (parsing.mail_server, ""),
    "CLASSKEY_MAIL_FROM": (parsing.mail_address, ""),
    "CLASSKEY_SUPPORT_EMAIL": (parsing.mail_address, "an e-mail address"),
    "CLASSKEY_WORKING_DAYS": (
        lambda text: office_hours.read(text, "08:00-16:00", ""),
        "for example mon-fri",
    ),
    "CLASSKEY_WORKING_HOURS": (
        lambda text: office_hours.read("mon", text, ""),
        "for example 08:00-16:00",
    ),
    "CLASSKEY_HOLIDAYS": (
        lambda text: office_hours.read("mon", "08:00-16:00", text),
        "for example 2026-12-25,2026-12-26",
    ),
    "CLASSKEY_PARENT_CODE_ADULTS": (parsing.number(1, 99), "a number from 1 on"),
    "CLASSKEY_SCHOOL_YEAR_FIRST_MONTH": (parsing.number(1, 12), "a month, from 1 to 12"),
    "CLASSKEY_TIME_ZONE": (parsing.time_zone, "for example Europe/Paris"),
    "CLASSKEY_FILE_MAX_BYTES": (parsing.number(1), "a number of bytes"),
    "CLASSKEY_FILES_URL": (
        lambda text: parsing.file_storage(text, Path()),
        "s3://bucket/prefix?endpoint=https://…&region=…",
    ),
    "CLASSKEY_X_ACCEL": (parsing.x_accel, "for example /protected"),
    "CLASSKEY_HOSTS": (parsing.hosts, "host names, comma-separated, each in full: no *"),
    "CLASSKEY_REPLICA_URL": (parsing.database, "for example postgres://classkey@standby/classkey"),
    "CLASSKEY_PROXIES": (parsing.number(0, 9), "how many proxies stand in front: 0, 1, 2, …"),
    "CLASSKEY_REDIS_URL": (parsing.url("redis", "rediss"), "for example redis://cache:6379/0"),
    "CLASSKEY_HSTS_SUBDOMAINS": (parsing.truth, "true or false"),
    "CLASSKEY_UNENCRYPTED": (
        parsing.choice(*safety.WAYS),
        f"one or more of {', '.join(safety.WAYS)}",
    ),
    "CLASSKEY_DATABASE_POOL": (parsing.number(2), "a number of connections, from 2 on"),
    "CLASSKEY_LOG_LEVEL": (parsing.log_level, "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    "CLASSKEY_PGBOUNCER": (parsing.truth, "true or false"),
    "CLASSKEY_METRICS_TOKEN": (
        parsing.token,
        f"{parsing.SHORTEST_TOKEN} random characters or more",
    ),
    "CLASSKEY_WORKER_METRICS": (parsing.worker_metrics, "for example 10.0.0.5:9101"),
    "CLASSKEY_LOG_FORMAT": (parsing.one_of(*log_lines.FORMATS), "line or json"),
    "CLASSKEY_WEB_PROCESSES": (parsing.number(0), "a number of processes; 0 for one a core"),
    "CLASSKEY_WEB_THREADS": (parsing.number(1), "a number of threads in each process"),
    "PORT": (parsing.number(1, 65535), "a number from 1 to 65535"),
}
"""What reads a setting, and where that is not said in NEEDED, how it is written."""


class Environment(environ.Env):  # type: ignore[misc] # environ is untyped
    """The environment. What is set and empty is not set; a value is what it says, also where it
    begins with a dollar sign, as a key may. Notes which variables are `asked` for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **_rest: Any
    ) -> Any:
        """Return the value, cast; `default` as it is. Raises ImproperlyConfigured."""
        self.asked.add(var)
        if text := self.ENVIRON.get(var, ""):
            return self.parse_value(text, cast)
        if default is self.NOTSET:
            raise ImproperlyConfigured(f"{var} is not set.")
        return default

    def unread(self) -> list[str]:
        """Return what is set in Classkey's name and was not asked for: most likely misspelt."""
        is_set = {name for name, text in self.ENVIRON.items() if text}
        ours = sorted(name for name in is_set - self.asked if name.startswith("CLASSKEY_"))
        return [f"{name} is set, and nothing reads it." for name in ours]


def check(environment: Mapping[str, str], *, demo: bool, demo_keys: Path = Path()) -> None:
    """Raise ImproperlyConfigured with everything that is missing (in production), malformed or
    unsafe. `demo_keys` is where a demo keeps its keys.

    Names what is wrong and never quotes it: some of it is secret.
    """
    wrong, right = [], {}
    for name in [*NEEDED, *(name for name in FORMS if name not in NEEDED)]:
        text = environment.get(name, "")
        read, form = FORMS.get(name, (str, ""))
        if text and not _reads(read, text):
            wrong.append(f"  {name} (malformed): {NEEDED.get(name, form)}")
        elif text:
            right[name] = text
        elif name in NEEDED and not demo:
            wrong.append(f"  {name}: {NEEDED[name]}")
    unsafe = safety.refused_of_a_demo(right) if demo else safety.refused(right, demo_keys)
    wrong += [f"  {name} (unsafe): {what_to_do}" for name, what_to_do in unsafe]
    if wrong:
        raise ImproperlyConfigured(
            "\n".join(["Classkey does not start until these are set, and set right:", *wrong])
        )


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
