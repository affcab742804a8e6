"""What the environment has to say, and what happens when it says it wrong."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from classkey.config.environment import FORMS, NEEDED, Environment, check
from tests.production import PRODUCTION

KEY = "b25seS1mb3ItdGVzdHMtY2lwaGVyLWtleS1uZXdlciE="  # opens nothing


def refusal(changes: dict[str, str], *, demo: bool = False) -> str:
    """Why Classkey does not start with these changes to an environment that is right."""
    with pytest.raises(ImproperlyConfigured) as caught:
        check(PRODUCTION | changes, demo=demo)
    return str(caught.value)


def test_all_is_well() -> None:
    check(PRODUCTION, demo=False)
    check({}, demo=True)


def test_a6_production_names_all_that_it_misses_and_knows_no_default() -> None:
    told = refusal(dict.fromkeys(NEEDED, ""))
    for name, meaning in NEEDED.items():
        assert f"\n  {name}: {meaning}" in told


@pytest.mark.parametrize("name", NEEDED)
def test_a6_each_is_needed(name: str) -> None:
    assert refusal({name: ""}).splitlines()[1:] == [f"  {name}: {NEEDED[name]}"]


def test_what_is_missing_malformed_and_unsafe_is_said_in_one_go() -> None:
    told = refusal(
        {
            "CLASSKEY_MAIL_FROM": "",
            "CLASSKEY_ADDRESS": "classkey.example",
            "CLASSKEY_INSTRUCTOR_SIGNUP": "x",
            "CLASSKEY_TIME_ZONE": "Mars/Olympus",
            "CLASSKEY_PROXIES": "one",
            "CLASSKEY_SECRET_KEY": "short",
            "CLASSKEY_SMTP_URL": "smtp://mail.example",
        }
    )
    assert [line.split(":")[0] for line in told.splitlines()[1:]] == [
        "  CLASSKEY_ADDRESS (malformed)",
        "  CLASSKEY_INSTRUCTOR_SIGNUP (malformed)",
        "  CLASSKEY_MAIL_FROM",
        "  CLASSKEY_TIME_ZONE (malformed)",
        "  CLASSKEY_PROXIES (malformed)",
        "  CLASSKEY_SECRET_KEY (unsafe)",
        "  CLASSKEY_SMTP_URL (unsafe)",
    ]


MALFORMED = {
    "CLASSKEY_CODE_CIPHER_KEYS": ["not-a-key", f"{KEY},{KEY[:-4]}", "schlüssel", ","],
    "CLASSKEY_DATABASE_URL": [
        *("db.example/classkey", "postgres://classkey@db.example", "mysql://db.example/classkey"),
        "postgres://classkey@db.example:port/classkey",
    ],
    "CLASSKEY_REPLICA_URL": ["standby"],
    "CLASSKEY_ADDRESS": [
        *("classkey.example", "classkey.example:8000", "ftp://classkey.example", "https://"),
        *("https://[classkey", "https://classkey.example/school", "https://classkey.example?a=b"),
        *("https://classkey.example#a", "https://us@classkey.example", "https://a.example:0"),
    ],
    "CLASSKEY_INSTRUCTOR_SIGNUP": [
        *("domain:school.org", "anyonee", "Anyone", "anyone:school.org", "code:", "domains"),
        *("domains:", "domains: ,", "domains:@school.org", "domains:school.org other.org"),
        "school.org",
    ],
    "CLASSKEY_SMTP_URL": ["mail.example", "http://mail.example", "smtp://", "consolemail://"],
    "CLASSKEY_MAIL_FROM": ["Classkey", "Classkey <classkey>", "something"],
    "CLASSKEY_SUPPORT_EMAIL": ["ask the office"],
    "CLASSKEY_WORKING_DAYS": ["monday", "fri-mon"],
    "CLASSKEY_WORKING_HOURS": ["8-16", "16:00-08:00"],
    "CLASSKEY_HOLIDAYS": ["soon", "25.12.2026"],
    "CLASSKEY_PARENT_CODE_ADULTS": ["two", "0", "100"],
    "CLASSKEY_SCHOOL_YEAR_FIRST_MONTH": ["august", "0", "13"],
    "CLASSKEY_TIME_ZONE": ["Mars/Olympus", "../etc/passwd", "Europe"],
    "CLASSKEY_FILE_MAX_BYTES": ["100 MB", "0"],
    "CLASSKEY_FILES_URL": [
        *("files", "s3:", "s3://", "https://files", "s3://files?endpont=x", "s3://files?region="),
        *("s3:files", "s3://files?endpoint=https://a.example&endpoint=https://b.example"),
    ],
    "CLASSKEY_X_ACCEL": ["protected"],
    "CLASSKEY_HOSTS": ["*", ".school.example", "a.example,*", "https://a.example", "a.example:80"],
    "CLASSKEY_PROXIES": ["one", "-1", "10"],
    "CLASSKEY_REDIS_URL": ["cache:6379", "http://cache", "redis://", "redis://cache:port"],
    "CLASSKEY_HSTS_SUBDOMAINS": ["ture", "please"],
    "CLASSKEY_UNENCRYPTED": ["everything", "http,mail", ","],
    "CLASSKEY_DATABASE_POOL": ["1", "many"],
    "CLASSKEY_LOG_LEVEL": ["info", "LOUD"],
    "CLASSKEY_PGBOUNCER": ["pgbouncer"],
    "CLASSKEY_METRICS_TOKEN": ["secret", "x" * 31],
    "CLASSKEY_WORKER_METRICS": [
        *("9101", ":9101", "10.0.0.5", "10.0.0.5:x", "10.0.0.5:0", "10.0.0.5:70000", "[::1"),
        *("10.0.0.5:9101/metrics", "http://10.0.0.5:9101"),
    ],
    "CLASSKEY_LOG_FORMAT": ["xml", "JSON"],
    "CLASSKEY_WEB_PROCESSES": ["-1", "two"],
    "CLASSKEY_WEB_THREADS": ["0", "four"],
    "PORT": ["http", "0", "65536"],
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in MALFORMED.items() for text in texts]
)
@pytest.mark.parametrize("demo", [False, True])
def test_a_malformed_value_stops_the_start_and_is_not_quoted(
    name: str, text: str, *, demo: bool
) -> None:
    [line] = refusal({name: text, "CLASSKEY_MODE": "demo"}, demo=demo).splitlines()[1:]
    assert line == f"  {name} (malformed): {NEEDED.get(name) or FORMS[name][1]}"


def test_what_can_be_malformed_is_tried() -> None:
    assert MALFORMED.keys() == FORMS.keys()
    assert all(NEEDED.get(name) or hint for name, (_read, hint) in FORMS.items())


def test_what_is_well_formed_passes() -> None:
    check(
        PRODUCTION
        | {
            "CLASSKEY_DATABASE_URL": "postgres://classkey@/tmp/server/classkey",
            "CLASSKEY_HOSTS": "second.example, 192.0.2.1,[2001:db8::1]",
            "CLASSKEY_HSTS_SUBDOMAINS": "On",
            "CLASSKEY_HOLIDAYS": "2026-12-25, 2026-12-26",
            "CLASSKEY_PROXIES": "2",
            "CLASSKEY_REDIS_URL": "rediss://:password@cache:6379/0",
            "CLASSKEY_TIME_ZONE": "Europe/Paris",
            "CLASSKEY_UNENCRYPTED": "http, smtp",
        },
        demo=False,
    )


# --- The environment itself -------------------------------------------------------------
@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr(
        Environment,
        "ENVIRON",
        {"CLASSKEY_KEY": "$ecret", "CLASSKEY_EMPTY": "", "CLASSKEY_NUMBER": "3", "OTHER": "x"},
    )
    return Environment()


def test_a_value_is_what_it_says(env: Environment) -> None:
    assert env.str("CLASSKEY_KEY") == "$ecret"
    assert env.int("CLASSKEY_NUMBER", 8) == 3


def test_what_is_set_and_empty_is_not_set(env: Environment) -> None:
    assert env.int("CLASSKEY_EMPTY", 8) == 8
    with pytest.raises(ImproperlyConfigured, match="CLASSKEY_EMPTY is not set"):
        env.str("CLASSKEY_EMPTY")


def test_what_nobody_asks_for_is_named(env: Environment) -> None:
    env.str("CLASSKEY_KEY")
    assert env.unread() == ["CLASSKEY_NUMBER is set, and nothing reads it."]
