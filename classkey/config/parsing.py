"""From the text of a setting to what it means. Each raises ValueError for what it cannot read."""

import logging
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_domain_name, validate_email

SQLITE = "django.db.backends.sqlite3"


def instructor_signup(text: str) -> tuple[str, list[str]]:
    """Return who may sign up as an instructor (P4): the policy, and the domains under "domains".

    Raises ValueError for anything else: a slip of the pen must not let anyone in.
    """
    policy, _colon, listed = text.strip().partition(":")
    domains = [domain.strip().lower() for domain in listed.split(",") if domain.strip()]
    for domain in domains:
        _domain(domain)
    if text.strip() not in {"anyone", "code"} and not (policy == "domains" and domains):
        raise ValueError(text)
    return policy, domains


def file_storage(url: str, folder: Path) -> dict[str, Any]:
    """Return where uploaded files are kept (C6), as Django's STORAGES has it: in `folder`, or in
    the bucket of a `url` like s3://bucket/prefix?endpoint=https://…&region=….

    Its keys are in the environment, where boto3 looks for them.
    """
    if not url:
        storage = "django.core.files.storage.FileSystemStorage"
        return {"BACKEND": storage, "OPTIONS": {"location": folder, "base_url": None}}
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    is_known = asked.keys() <= {"endpoint", "region"}
    is_said_once = all(len(texts) == 1 and texts[0] for texts in asked.values())
    if parts.scheme != "s3" or not parts.hostname or not (is_known and is_said_once):
        raise ValueError(url)
    options: dict[str, Any] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": asked.get("endpoint", [None])[0],
        "region_name": asked.get("region", [None])[0],
        "default_acl": None,
        "file_overwrite": False,
    }
    return {"BACKEND": "classkey.school.buckets.Bucket", "OPTIONS": options}


def x_accel(prefix: str) -> str:
    """Return where a reverse proxy finds the files, without a slash at the end; '' if Classkey
    sends them itself.
    """
    if prefix and not prefix.startswith("/"):
        raise ValueError(prefix)
    return prefix.rstrip("/")


def token(text: str) -> str:
    """Return what a machine shows that it may ask. One that could be guessed is none."""
    if len(text) < SHORTEST_TOKEN:
        raise ValueError(text)
    return text


SHORTEST_TOKEN = 32
"""Characters."""


def worker_metrics(text: str) -> tuple[str, int] | None:
    """Return the address and port at which a worker tells its counts; None if nowhere."""
    if not text:
        return None
    parts = urlsplit(f"//{text}")
    if not parts.hostname or not parts.port or "/" in text:
        raise ValueError(text)
    return parts.hostname, parts.port


def cipher_keys(text: str) -> MultiFernet:
    """Return what seals and opens codes: Fernet keys, comma-separated."""
    return MultiFernet([Fernet(key) for key in text.split(",") if key])


def database(text: str) -> dict[str, Any]:
    """Return a PostgreSQL or SQLite database as Django's DATABASES has it, from its URL."""
    # Before environ sees it, which writes what it does not know, password and all, to the screen.
    if urlsplit(text).scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ValueError(text)
    found: dict[str, Any] = environ.Env.db_url_config(text)
    if not found["NAME"]:
        raise ValueError(text)
    return found


def mail_server(text: str) -> dict[str, Any]:
    """Return the SMTP server of a URL as Django's EMAIL_ settings have it."""
    try:
        found: dict[str, Any] = environ.Env.email_url_config(text)
    except ImproperlyConfigured as error:
        raise ValueError(text) from error
    if not text.startswith("smtp") or not found["EMAIL_HOST"]:
        raise ValueError(text)
    return found


def url(*schemes: str) -> Callable[[str], SplitResult]:
    """Return what reads a URL with one of these schemes and a host."""

    def read(text: str) -> SplitResult:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
            raise ValueError(text)
        return parts

    return read


def address(text: str) -> SplitResult:
    """Return where people reach Classkey: scheme and host, with nothing behind."""
    parts = url("http", "https")(text)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(text)
    return parts


def hosts(text: str) -> list[str]:
    """Return host names, comma-separated. A `*` or a leading dot would let in names that nobody
    thought of.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            _domain(name)
    return names


def _domain(name: str) -> None:
    try:
        validate_domain_name(name)
    except ValidationError as error:
        raise ValueError(name) from error


def mail_address(text: str) -> str:
    """Return an e-mail address, with or without the name of its owner before it."""
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError as error:
        raise ValueError(text) from error
    return text


def number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number within these bounds."""

    def read(text: str) -> int:
        found = int(text)
        if found < least or (most is not None and found > most):
            raise ValueError(text)
        return found

    return read


def choice(*known: str) -> Callable[[str], list[str]]:
    """Return what reads one or more of these words, comma-separated."""

    def read(text: str) -> list[str]:
        words = [word.strip() for word in text.split(",") if word.strip()]
        if not words or not set(words) <= set(known):
            raise ValueError(text)
        return words

    return read


def one_of(*known: str) -> Callable[[str], str]:
    """Return what reads one of these words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def truth(text: str) -> bool:
    """Return whether something is on; what is neither yes nor no is a slip of the pen."""
    on = text.strip().lower() in environ.Env.BOOLEAN_TRUE_STRINGS
    if not on and text.strip().lower() not in {"false", "off", "n", "no", "0"}:
        raise ValueError(text)
    return on


def time_zone(text: str) -> ZoneInfo:
    """Return a time zone by its name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error


def log_level(text: str) -> str:
    """Return a level of Python's logging."""
    if text not in logging.getLevelNamesMapping():
        raise ValueError(text)
    return text
