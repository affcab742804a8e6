"""What no school should run with: what is refused, and what an operator is warned of.

What is certainly wrong is refused; what may be right where somebody knows better is warned of.
All of it looks at settings that are well-formed; what is missing says nothing.
"""

import os
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from classkey.config import parsing
from classkey.config.demo_keys import kept

WAYS = ("http", "smtp", "database", "redis", "files")
"""What can go unencrypted: people's pages, mail, and the way to each of the servers."""

KEYS = {
    "CLASSKEY_SECRET_KEY": 50,
    "CLASSKEY_CODE_DIGEST_KEYS": 32,
    "CLASSKEY_CODE_CIPHER_KEYS": 32,
}
"""Keys, each with the characters that it has at least."""

DATABASES = ("CLASSKEY_DATABASE_URL", "CLASSKEY_REPLICA_URL")

FEWEST_DIFFERENT = 10
"""Different characters in a key: of 32 random ones, hexadecimal too, far more."""

Finding = tuple[str, str]
"""The name of a setting, and what to do about it."""


def refused(environment: Mapping[str, str], demo_keys: Path) -> Iterator[Finding]:
    """Yield what a school does not start with."""
    yield from _keys(environment, kept(demo_keys))
    accepted = _accepted(environment)
    site = urlsplit(environment.get("CLASSKEY_ADDRESS", "https:"))
    if site.scheme == "http" and not _is_here(site.hostname) and "http" not in accepted:
        yield (
            "CLASSKEY_ADDRESS",
            "passwords and codes would go readable; make it https://, or on a closed network say "
            "CLASSKEY_UNENCRYPTED=http",
        )
    if mail := environment.get("CLASSKEY_SMTP_URL"):
        server = parsing.mail_server(mail)
        is_sealed = server.get("EMAIL_USE_TLS") or server.get("EMAIL_USE_SSL")
        if not is_sealed and not _is_here(server["EMAIL_HOST"]) and "smtp" not in accepted:
            yield (
                "CLASSKEY_SMTP_URL",
                "sheets with parents' codes would go readable; make it smtp+tls:// or smtp+ssl://, "
                "or on a closed network say CLASSKEY_UNENCRYPTED=smtp",
            )
    databases = [parsing.database(environment[name]) for name in DATABASES if name in environment]
    if len(databases) > 1 and parsing.SQLITE in {each["ENGINE"] for each in databases}:
        yield "CLASSKEY_REPLICA_URL", "a standby is PostgreSQL's, and SQLite has none: leave it out"
    if environment.get("CLASSKEY_X_ACCEL") and environment.get("CLASSKEY_FILES_URL"):
        yield "CLASSKEY_X_ACCEL", "is for files in a folder, not in a bucket: leave one of them out"


def refused_of_a_demo(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what a demo, whose accounts everybody knows, does not start with (A6)."""
    if int(environment.get("CLASSKEY_PROXIES", "0")):
        yield "CLASSKEY_PROXIES", "a demo serves this machine only, and never through a proxy"


def _keys(environment: Mapping[str, str], of_a_demo: frozenset[str]) -> Iterator[Finding]:
    known: dict[str, str] = {}
    for name, length in KEYS.items():
        keys = [key.strip() for key in environment.get(name, "").split(",") if key.strip()]
        if name == "CLASSKEY_SECRET_KEY":
            keys = [environment[name]] if name in environment else []
        if any(len(key) < length or len(set(key)) < FEWEST_DIFFERENT for key in keys):
            yield name, f"can be guessed; at least {length} random characters in each key"
        if of_a_demo & set(keys):
            yield name, "is the key of a demo; make another"
        if shared := sorted({known[key] for key in keys if key in known}):
            yield name, f"has the same key as {', '.join(shared)}; make one for each"
        known |= dict.fromkeys(keys, name)


def doubtful(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what a school's operator should know, as sentences; what they accepted is not said."""
    accepted = _accepted(environment)
    for name in DATABASES:
        if name in environment:
            yield from _doubts_of_the_database(name, environment[name], accepted)
    redis = urlsplit(environment.get("CLASSKEY_REDIS_URL", ""))
    if redis.scheme == "redis" and not _is_here(redis.hostname) and "redis" not in accepted:
        yield (
            "CLASSKEY_REDIS_URL: what is counted goes unencrypted to another machine. Use "
            "rediss://, or on a closed network say CLASSKEY_UNENCRYPTED=redis."
        )
    [endpoint] = parse_qs(urlsplit(environment.get("CLASSKEY_FILES_URL", "")).query).get(
        "endpoint", [""]
    )
    bucket = urlsplit(endpoint)
    if bucket.scheme == "http" and not _is_here(bucket.hostname) and "files" not in accepted:
        yield (
            "CLASSKEY_FILES_URL: files go unencrypted to another machine. Use an https:// "
            "endpoint, or on a closed network say CLASSKEY_UNENCRYPTED=files."
        )
    yield from _doubts_of_the_site(environment)


def _doubts_of_the_database(name: str, url: str, accepted: frozenset[str]) -> Iterator[str]:
    database = parsing.database(url)
    if database["ENGINE"] == parsing.SQLITE:
        yield (
            f"{name}: SQLite is for one machine and a small school, and has no "
            "second lock around parents' pages. Schools use PostgreSQL."
        )
        return
    if _is_here(database["HOST"]):
        return
    options = database.get("OPTIONS", {})
    if not (database["PASSWORD"] or "sslcert" in options or _libpq_has_a_password()):
        yield (
            f"{name}: no password, so the server seems to believe whoever comes "
            "from this machine. Give Classkey's role one, or a certificate."
        )
    is_sealed = options.get("sslmode") in {"require", "verify-ca", "verify-full"}
    if not is_sealed and "database" not in accepted:
        yield (
            f"{name}: rows may go unencrypted to another machine. Add "
            "?sslmode=verify-full (or require), or on a closed network say "
            "CLASSKEY_UNENCRYPTED=database."
        )


def _libpq_has_a_password() -> bool:
    return any(os.environ.get(name) for name in ("PGPASSWORD", "PGPASSFILE", "PGSSLCERT"))


def _doubts_of_the_site(environment: Mapping[str, str]) -> Iterator[str]:
    is_https = environment["CLASSKEY_ADDRESS"].startswith("https:")
    if is_https and "CLASSKEY_PROXIES" not in environment:
        yield (
            "CLASSKEY_PROXIES: not set. Where a proxy speaks https for Classkey, every page leads "
            "to itself for ever until it is 1; where Classkey's server speaks https itself, say 0."
        )
    if not is_https and parsing.truth(environment.get("CLASSKEY_HSTS_SUBDOMAINS", "no")):
        yield "CLASSKEY_HSTS_SUBDOMAINS: does nothing while CLASSKEY_ADDRESS is not https://."
    if not (environment.get("CLASSKEY_SUPPORT_PHONE") or environment.get("CLASSKEY_SUPPORT_EMAIL")):
        yield (
            "CLASSKEY_SUPPORT_PHONE, CLASSKEY_SUPPORT_EMAIL: set neither, and nobody reads how to "
            "reach the school's support."
        )


def _accepted(environment: Mapping[str, str]) -> frozenset[str]:
    return frozenset(environment.get("CLASSKEY_UNENCRYPTED", "").replace(" ", "").split(","))


def _is_here(host: str | None) -> bool:
    """Is this, as far as its name tells, this machine itself, or a socket in a folder of it?"""
    if not host or host.startswith("/") or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
