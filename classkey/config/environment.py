"""What the environment has to say before Classkey starts, and whether it says it right."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_domain_name

from classkey.school.office_hours import OfficeHours, read


def instructor_signup(text: str) -> tuple[str, list[str]]:
    """Return who may sign up as an instructor (P4): the policy, and the domains under "domains".

    Raises ValueError for anything else: a slip of the pen must not let anyone in.
    """
    policy, _colon, listed = text.strip().partition(":")
    domains = [domain.strip().lower() for domain in listed.split(",") if domain.strip()]
    for domain in domains:
        try:
            validate_domain_name(domain)
        except ValidationError as error:
            raise ValueError(domain) from error
    if text.strip() not in {"anyone", "code"} and not (policy == "domains" and domains):
        raise ValueError(text)
    return policy, domains


def file_storage(url: str, folder: Path) -> dict[str, Any]:
    """Return where uploaded files are kept (C6), as Django's STORAGES has it: in `folder`, or in
    the bucket of a `url` like s3://bucket/prefix?endpoint=https://…&region=….

    Its keys are in the environment, where boto3 looks for them. Raises ImproperlyConfigured.
    """
    if not url:
        storage = "django.core.files.storage.FileSystemStorage"
        return {"BACKEND": storage, "OPTIONS": {"location": folder, "base_url": None}}
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    is_known = asked.keys() <= {"endpoint", "region"} and [""] not in asked.values()
    if parts.scheme != "s3" or not parts.hostname or not is_known:
        raise ImproperlyConfigured(
            "CLASSKEY_FILES_URL (malformed): s3://bucket/prefix?endpoint=https://…&region=…"
        )
    options: dict[str, Any] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": asked.get("endpoint", [None])[0],
        "region_name": asked.get("region", [None])[0],
        "default_acl": None,
        "file_overwrite": False,
    }
    return {"BACKEND": "classkey.school.buckets.Bucket", "OPTIONS": options}


def x_accel(prefix: str, files_url: str) -> str:
    """Return where a reverse proxy finds the files, without a slash at the end; '' if Classkey
    sends them itself. Raises ImproperlyConfigured.
    """
    if prefix and not prefix.startswith("/"):
        raise ImproperlyConfigured("CLASSKEY_X_ACCEL (malformed): for example /protected")
    if prefix and files_url:
        raise ImproperlyConfigured("CLASSKEY_X_ACCEL is for files in a folder, not in a bucket.")
    return prefix.rstrip("/")


def office_hours(days: str, hours: str, holidays: str) -> OfficeHours:
    """Return when support works (F9). Raises ImproperlyConfigured."""
    try:
        return read(days, hours, holidays)
    except ValueError as error:
        raise ImproperlyConfigured(
            "CLASSKEY_WORKING_DAYS (for example mon-fri), CLASSKEY_WORKING_HOURS (for example "
            "08:00-16:00) or CLASSKEY_HOLIDAYS (for example 2026-12-25,2026-12-26): malformed."
        ) from error


def metrics_token(text: str) -> str:
    """Return what Prometheus says to be told the counts; '' if nobody is told. Raises
    ImproperlyConfigured for one that could be guessed.
    """
    if text and len(text) < SHORTEST_TOKEN:
        raise ImproperlyConfigured(
            f"CLASSKEY_METRICS_TOKEN (too short): {SHORTEST_TOKEN} random characters or more."
        )
    return text


SHORTEST_TOKEN = 32


def worker_metrics(text: str) -> tuple[str, int] | None:
    """Return the address and port at which a worker tells its counts; None if nowhere. Raises
    ImproperlyConfigured.
    """
    if not text:
        return None
    try:
        parts = urlsplit(f"//{text}")
        address, port = parts.hostname, parts.port
    except ValueError:
        address = port = None
    if not address or not port or f"{text}/".index("/") != len(text):
        raise ImproperlyConfigured("CLASSKEY_WORKER_METRICS (malformed): for example 10.0.0.5:9101")
    return address, port


def _cipher_keys(text: str) -> None:
    MultiFernet([Fernet(key) for key in text.split(",") if key])


def _address(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(text)


NEEDED = {
    "CLASSKEY_SECRET_KEY": "signs sessions; 50 random characters",
    "CLASSKEY_CODE_DIGEST_KEYS": "find codes; random, comma-separated, newest first",
    "CLASSKEY_CODE_CIPHER_KEYS": "show codes again; Fernet keys, comma-separated, newest first",
    "CLASSKEY_DATABASE_URL": "for example postgres://classkey@db/classkey",
    "CLASSKEY_ADDRESS": "where people reach Classkey, for example https://classkey.example.org",
    "CLASSKEY_INSTRUCTOR_SIGNUP": "'anyone', 'code' or 'domains:school.example,…' (P4)",
    "CLASSKEY_SMTP_URL": "for example smtp+tls://user:password@mail.example.org:587",
    "CLASSKEY_MAIL_FROM": "the sender of Classkey's mail",
}
CHECKS: dict[str, Callable[[str], object]] = {
    "CLASSKEY_CODE_CIPHER_KEYS": _cipher_keys,
    "CLASSKEY_ADDRESS": _address,
    "CLASSKEY_INSTRUCTOR_SIGNUP": instructor_signup,
}


def check(environment: Mapping[str, str], *, demo: bool) -> None:
    """Raise ImproperlyConfigured with everything that is missing (in production) or malformed.

    Names what is wrong and never quotes it: some of it is secret.
    """
    wrong = []
    for name, meaning in NEEDED.items():
        text = environment.get(name, "")
        if text and not _is_right(name, text):
            wrong.append(f"  {name} (malformed): {meaning}")
        elif not text and not demo:
            wrong.append(f"  {name}: {meaning}")
    if wrong:
        raise ImproperlyConfigured(
            "\n".join(["Classkey does not start until these are set, and set right:", *wrong])
        )


def _is_right(name: str, text: str) -> bool:
    try:
        CHECKS.get(name, str)(text)
    except ValueError:
        return False
    return True
