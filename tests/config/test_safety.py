"""What no school runs with, and what its operator is warned of."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from classkey.config.demo_keys import demo_keys
from classkey.config.safety import doubtful, refused, refused_of_a_demo
from tests.production import PRODUCTION, python

NO_DEMO = Path("nowhere/keys.env")
# Always the same: they stand in the names of tests, which all workers must agree on.
LONG = "kV3yTq8ZsW1nXc6RbJ0uLg9HdMf2PaEo7iNt4SvKwQxYjBzC5rDlGhUeA-mFp_Ik"
HEXADECIMAL = "5bc730ce4a6b530dc98c95b3cb1edc56e52a86a7ff52aebbe8e87939f1c5481d"


def names(changes: dict[str, str], demo_keys: Path = NO_DEMO) -> list[str]:
    """What is refused of an environment with these changes."""
    return [name for name, _what in refused(PRODUCTION | changes, demo_keys)]


def doubts(changes: dict[str, str | None]) -> list[str]:
    """The settings that a school with these changes (None: not set) is warned of."""
    changed = {name: text for name, text in (PRODUCTION | changes).items() if text is not None}
    return [doubt.partition(":")[0] for doubt in doubtful(changed)]


def test_a_school_as_it_should_be() -> None:
    assert names({}) == []
    assert doubts({}) == []


# --- Keys -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("CLASSKEY_SECRET_KEY", "changeme"),
        ("CLASSKEY_SECRET_KEY", LONG[:49]),
        ("CLASSKEY_SECRET_KEY", "abcabcabc" * 10),
        ("CLASSKEY_CODE_DIGEST_KEYS", LONG[:31]),
        ("CLASSKEY_CODE_DIGEST_KEYS", f"{LONG},old"),
        ("CLASSKEY_CODE_CIPHER_KEYS", "A" * 43 + "="),
    ],
)
def test_a_key_that_can_be_guessed(name: str, keys: str) -> None:
    assert names({name: keys}) == [name]


@pytest.mark.parametrize("key", [LONG, HEXADECIMAL, f"{LONG},with,commas"])
def test_a_key_that_cannot(key: str) -> None:
    assert names({"CLASSKEY_SECRET_KEY": key}) == []


def test_one_key_for_two_purposes() -> None:
    cipher = Fernet.generate_key().decode()
    assert names({"CLASSKEY_SECRET_KEY": LONG, "CLASSKEY_CODE_DIGEST_KEYS": f"{LONG[1:]},{LONG}"})
    assert names({"CLASSKEY_CODE_DIGEST_KEYS": cipher, "CLASSKEY_CODE_CIPHER_KEYS": cipher}) == [
        "CLASSKEY_CODE_CIPHER_KEYS"
    ]


def test_a6_the_keys_of_a_demo(tmp_path: Path) -> None:
    file = demo_keys(tmp_path / "keys.env")
    of_a_demo = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert names(of_a_demo, file) == list(of_a_demo)
    assert names({}, file) == []


def test_a6_no_proxy_stands_in_front_of_a_demo() -> None:
    assert list(refused_of_a_demo({})) == []
    [(name, _what)] = refused_of_a_demo({"CLASSKEY_PROXIES": "1"})
    assert name == "CLASSKEY_PROXIES"


def test_c6_no_proxy_sends_what_lies_in_a_bucket() -> None:
    both = {"CLASSKEY_X_ACCEL": "/protected", "CLASSKEY_FILES_URL": "s3://files"}
    assert names(both) == ["CLASSKEY_X_ACCEL"]


# --- What goes over the network ---------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80", "https://a.example",
     "http://school.localhost"],
)  # fmt: skip
def test_people_come_by_https_or_from_this_machine(address: str) -> None:
    assert names({"CLASSKEY_ADDRESS": address}) == []


@pytest.mark.parametrize(
    "url", ["smtp://127.0.0.1:25", "smtp+ssl://a.example", "smtps://a.example"]
)
def test_mail_goes_out_sealed_or_to_this_machine(url: str) -> None:
    assert names({"CLASSKEY_SMTP_URL": url}) == []


@pytest.mark.parametrize(
    ("name", "text", "way"),
    [
        ("CLASSKEY_ADDRESS", "http://classkey.example", "http"),
        ("CLASSKEY_ADDRESS", "http://192.0.2.1", "http"),
        ("CLASSKEY_SMTP_URL", "smtp://us:password@mail.example:25", "smtp"),
    ],
)
def test_what_goes_readable_is_refused_unless_somebody_answers_for_it(
    name: str, text: str, way: str
) -> None:
    assert names({name: text}) == [name]
    assert names({name: text, "CLASSKEY_UNENCRYPTED": f"redis, {way}"}) == []


REMOTE = "postgres://classkey:password@db.example/classkey"


@pytest.mark.parametrize(
    ("name", "text", "way"),
    [
        ("CLASSKEY_DATABASE_URL", REMOTE, "database"),
        ("CLASSKEY_DATABASE_URL", f"{REMOTE}?sslmode=prefer", "database"),
        ("CLASSKEY_REPLICA_URL", REMOTE, "database"),
        ("CLASSKEY_REDIS_URL", "redis://cache:6379/0", "redis"),
        ("CLASSKEY_FILES_URL", "s3://files?endpoint=http://minio:9000", "files"),
    ],
)
def test_or_warned_of_where_the_network_may_be_closed(name: str, text: str, way: str) -> None:
    assert doubts({name: text}) == [name]
    assert doubts({name: text, "CLASSKEY_UNENCRYPTED": way}) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CLASSKEY_DATABASE_URL", "postgres://classkey@/var/run/postgresql/classkey"),
        ("CLASSKEY_DATABASE_URL", "postgres://classkey@localhost/classkey"),
        ("CLASSKEY_DATABASE_URL", f"{REMOTE}?sslmode=require"),
        ("CLASSKEY_REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("CLASSKEY_REDIS_URL", "rediss://cache:6379/0"),
        ("CLASSKEY_FILES_URL", "s3://files?endpoint=https://minio:9000"),
        ("CLASSKEY_FILES_URL", "s3://files?region=eu-west-3"),
    ],
)
def test_nothing_is_doubtful_that_stays_here_or_is_sealed(name: str, text: str) -> None:
    assert doubts({name: text}) == []


# --- What else an operator is told ------------------------------------------------------
def test_a_database_that_asks_for_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://classkey@db.example/classkey?sslmode=require"
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert doubts({"CLASSKEY_DATABASE_URL": url}) == ["CLASSKEY_DATABASE_URL"]
    assert doubts({"CLASSKEY_DATABASE_URL": f"{url}&sslcert=/etc/classkey.crt"}) == []
    monkeypatch.setenv("PGPASSWORD", "password")
    assert doubts({"CLASSKEY_DATABASE_URL": url}) == []


def test_sqlite_is_for_one_machine() -> None:
    assert doubts({"CLASSKEY_DATABASE_URL": "sqlite:////srv/a.sqlite3"}) == [
        "CLASSKEY_DATABASE_URL"
    ]


def test_and_has_no_standby() -> None:
    both = {"CLASSKEY_DATABASE_URL": "sqlite:////srv/a.sqlite3", "CLASSKEY_REPLICA_URL": REMOTE}
    assert names(both) == ["CLASSKEY_REPLICA_URL"]
    assert names({"CLASSKEY_REPLICA_URL": "sqlite:////srv/a.sqlite3"}) == ["CLASSKEY_REPLICA_URL"]
    assert names({"CLASSKEY_REPLICA_URL": REMOTE}) == []


def test_https_without_a_word_about_proxies_may_lead_round_in_circles() -> None:
    assert doubts({"CLASSKEY_PROXIES": None}) == ["CLASSKEY_PROXIES"]
    assert doubts({"CLASSKEY_PROXIES": "1"}) == []
    assert doubts({"CLASSKEY_PROXIES": None, "CLASSKEY_ADDRESS": "http://127.0.0.1"}) == []


def test_hsts_is_for_https() -> None:
    on = {"CLASSKEY_HSTS_SUBDOMAINS": "true"}
    assert doubts({**on}) == []
    assert doubts({**on, "CLASSKEY_ADDRESS": "http://127.0.0.1"}) == ["CLASSKEY_HSTS_SUBDOMAINS"]


def test_f11_a_school_that_cannot_be_reached() -> None:
    nobody: dict[str, str | None] = dict.fromkeys(
        ("CLASSKEY_SUPPORT_EMAIL", "CLASSKEY_SUPPORT_PHONE")
    )
    assert len(doubts(nobody)) == 1
    assert doubts({**nobody, "CLASSKEY_SUPPORT_PHONE": "1"}) == []


# --- Where it is read -------------------------------------------------------------------
DOUBTFUL = {
    "CLASSKEY_DATABASE_URL": "sqlite:///:memory:",
    "CLASSKEY_PROXY": "1",  # misspelt
}
COMMAND = (
    "from django.core.management import execute_from_command_line as run;"
    "run(['manage.py', 'check', '--fail-level', 'WARNING'])"
)


def test_a_command_says_what_is_doubtful() -> None:
    done = python(COMMAND, **PRODUCTION | DOUBTFUL)
    assert done.returncode
    assert "(classkey.W001) CLASSKEY_DATABASE_URL: SQLite is for one machine" in done.stderr
    assert "(classkey.W001) CLASSKEY_PROXY is set, and nothing reads it." in done.stderr


def test_so_does_the_server_as_it_starts() -> None:
    done = python("import classkey.config.wsgi", **PRODUCTION | DOUBTFUL)
    assert not done.returncode, done.stderr
    lines = [line for line in done.stderr.splitlines() if "WARNING classkey.config.wsgi" in line]
    assert ["SQLite" in lines[0], "CLASSKEY_PROXY" in lines[1], len(lines)] == [True, True, 2]


def test_a_demo_has_no_doubts(tmp_path: Path) -> None:
    done = python(
        "import json; from classkey.config import settings as s; print(json.dumps(s.DOUBTS))",
        CLASSKEY_MODE="demo", CLASSKEY_VAR=str(tmp_path), CLASSKEY_PROXY="1",
    )  # fmt: skip
    assert json.loads(done.stdout) == []
