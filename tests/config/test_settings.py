"""The settings as a process of its own meets them, and the server's entry point."""

from pathlib import Path
from stat import S_IMODE
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings as configured

from classkey.config.environment import NEEDED
from tests.production import PRODUCTION, python, shown


# --- What stops the start ---------------------------------------------------------------
def test_a6_nothing_set_means_production_and_each_missing_name_is_said() -> None:
    done = python("import classkey.config.settings")
    assert done.returncode
    assert [name for name in NEEDED if f"  {name}: " not in done.stderr] == []


def test_a6_a_mode_is_demo_or_production() -> None:
    done = python("import classkey.config.settings", **PRODUCTION | {"CLASSKEY_MODE": "Demo"})
    assert "CLASSKEY_MODE is either 'demo' or 'production'." in done.stderr


def test_p4_a_misspelt_policy_stops_the_start(tmp_path: Path) -> None:
    for environment in (PRODUCTION, {"CLASSKEY_MODE": "demo", "CLASSKEY_VAR": str(tmp_path)}):
        wrong = environment | {"CLASSKEY_INSTRUCTOR_SIGNUP": "domain:school.org"}
        done = python("import classkey.config.settings", **wrong)
        assert "CLASSKEY_INSTRUCTOR_SIGNUP (malformed)" in done.stderr


# --- What a school chooses --------------------------------------------------------------
def test_a_plain_school() -> None:
    assert shown(
        "[s.INSTRUCTOR_SIGNUP, s.INSTRUCTOR_SIGNUP_DOMAINS, s.SECURE_HSTS_SECONDS > 0,"
        " s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD,"
        " hasattr(s, 'SECURE_PROXY_SSL_HEADER'), hasattr(s, 'ALLAUTH_TRUSTED_PROXY_COUNT')]",
        **PRODUCTION,
    ) == ["anyone", [], True, False, False, False, False]


def test_a_school_with_wishes() -> None:
    wishes = {
        "CLASSKEY_INSTRUCTOR_SIGNUP": "domains:School.example",
        "CLASSKEY_HSTS_SUBDOMAINS": "true",
        "CLASSKEY_PROXIES": "2",
    }
    assert shown(
        "[s.INSTRUCTOR_SIGNUP, s.INSTRUCTOR_SIGNUP_DOMAINS,"
        " s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD,"
        " s.SECURE_PROXY_SSL_HEADER, s.ALLAUTH_TRUSTED_PROXY_COUNT]",
        **PRODUCTION | wishes,
    ) == ["domains", ["school.example"], True, True, ["HTTP_X_FORWARDED_PROTO", "https"], 2]


def test_c6_a_school_chooses_its_files(tmp_path: Path) -> None:
    ask = (
        "[s.FILE_MAX_BYTES, s.FILE_KINDS, s.X_ACCEL, oct(s.FILE_UPLOAD_PERMISSIONS),"
        " oct(s.FILE_UPLOAD_DIRECTORY_PERMISSIONS),"
        " str(s.STORAGES['default']['OPTIONS']['location'])]"
    )
    var = {"CLASSKEY_VAR": str(tmp_path)}
    plain = shown(ask, **PRODUCTION | var)
    assert (plain[0], plain[1][:2]) == (100_000_000, ["pdf", "doc"])
    assert plain[2:] == ["", "0o600", "0o700", str(tmp_path)]
    wishes = {
        "CLASSKEY_FILE_MAX_BYTES": "5000",
        "CLASSKEY_FILE_KINDS": "PDF, .blend",
        "CLASSKEY_X_ACCEL": "/protected/",
    }
    assert shown(ask, **PRODUCTION | var | wishes) == [
        5000, ["pdf", "blend"], "/protected", "0o640", "0o750", str(tmp_path),
    ]  # fmt: skip


def test_a5_static_files_lie_where_a_node_has_them_for_whoever_runs_it(tmp_path: Path) -> None:
    ask = (
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'collectstatic', '--no-input', '--verbosity=0'])"
    )
    here = tmp_path / "static"
    done = python(ask, **PRODUCTION | {"CLASSKEY_STATIC": str(here)})
    assert not done.returncode, done.stderr
    made = list(here.rglob("*"))
    assert made
    assert {S_IMODE(path.stat().st_mode) for path in (here, *made) if path.is_dir()} == {0o755}
    assert {S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o644}


def test_k8_several_processes_count_in_one_redis() -> None:
    redis = {"CLASSKEY_REDIS_URL": "redis://cache:6379/0"}
    ask = "[s.LIMITS_URL, getattr(s, 'CACHES', {}).get('default', {}).get('LOCATION')]"
    assert shown(ask, **PRODUCTION | redis) == ["redis://cache:6379/0"] * 2
    assert shown(ask, **PRODUCTION) == ["memory://", None]


def test_a_connection_is_as_its_url_asks() -> None:
    ask = "{alias: each['OPTIONS'] for alias, each in s.DATABASES.items()}"
    replica = {"CLASSKEY_REPLICA_URL": "postgres://a:b@standby/c?sslmode=require&connect_timeout=3"}
    options = shown(ask, **PRODUCTION | replica)
    assert options["default"]["sslmode"] == "verify-full"
    assert options["default"]["pool"]["max_size"] == 8
    assert (options["replica"]["sslmode"], options["replica"]["connect_timeout"]) == ("require", 3)
    assert "pool" not in options["replica"], "one would wait for a connection"
    assert list(shown(ask, **PRODUCTION)) == ["default"]


def test_leaving_the_subdomains_alone_is_no_warning() -> None:
    ask = (
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )
    done = python(ask, **PRODUCTION)
    assert not done.returncode, done.stderr


# --- The demo ---------------------------------------------------------------------------
ASK = """
import django; django.setup()
from django.test import Client
for address in ("127.0.0.1", "::1", "192.168.0.2", "2001:db8::1", "127.0.0.1.example", ""):
    client = Client(REMOTE_ADDR=address, headers={"Host": "127.0.0.1"})
    print(client.get("/account/").status_code)
"""


def test_a6_a_demo_answers_its_own_machine_only(tmp_path: Path) -> None:
    done = python(ASK, CLASSKEY_MODE="demo", CLASSKEY_VAR=str(tmp_path / "var"))
    assert not done.returncode, done.stderr
    *own, elsewhere, far, odd, unknown = done.stdout.split()
    assert own == ["302", "302"]  # to the sign-in page
    assert {elsewhere, far, odd, unknown} == {"403"}


ASK_FOR_ANOTHER = """
from django.conf import settings
# No collectstatic before a test.
storages = "django.contrib.staticfiles.storage"
settings.STORAGES["staticfiles"]["BACKEND"] = f"{storages}.StaticFilesStorage"
import django; django.setup()
from django.test import Client
print(Client(headers={"Host": "elsewhere.example"}).get("/").status_code)
"""


def test_a_request_for_another_host_leaves_no_traceback_on_the_screen(tmp_path: Path) -> None:
    # As `make run` does: errors only.
    demo = {"CLASSKEY_MODE": "demo", "CLASSKEY_LOG_LEVEL": "ERROR", "CLASSKEY_VAR": str(tmp_path)}
    (tmp_path / "static").mkdir()
    done = python(ASK_FOR_ANOTHER, **demo)
    assert (done.stdout, done.stderr) == ("400\n", "")


def test_a6_a_school_answers_everybody() -> None:
    assert not any("this_machine_only" in name for name in configured.MIDDLEWARE)


# --- The entry point --------------------------------------------------------------------
@pytest.mark.django_db
def test_the_server_answers() -> None:
    from classkey.config.wsgi import application

    statuses: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], *_rest: Any) -> Any:
        statuses.append(status)

    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    application(environ | {"HTTP_HOST": "testserver", "PATH_INFO": "/nowhere/"}, start_response)
    assert statuses == ["404 Not Found"]


# --- The database -------------------------------------------------------------------------
def test_a5_behind_pgbouncer_nothing_outlives_a_transaction() -> None:
    ask = (
        "[d['DISABLE_SERVER_SIDE_CURSORS'], d['CONN_MAX_AGE'], d['CONN_HEALTH_CHECKS'],"
        " 'pool' in d['OPTIONS'], d['OPTIONS'].get('prepare_threshold'),"
        " d['OPTIONS'].get('server_side_binding', False)]".replace("d[", "s.DATABASES['default'][")
    )
    assert shown(ask, **PRODUCTION | {"CLASSKEY_PGBOUNCER": "true"}) == [
        *(True, None, True),
        *(False, None, False),
    ]


def test_a5_what_the_address_says_of_the_connection_stands() -> None:
    address = "postgres://classkey@db.example/classkey?sslmode=verify-full&connect_timeout=2"
    for pgbouncer in ("false", "true"):
        school = {"CLASSKEY_DATABASE_URL": address, "CLASSKEY_PGBOUNCER": pgbouncer}
        options = shown("s.DATABASES['default']['OPTIONS']", **PRODUCTION | school)
        assert options["sslmode"] == "verify-full"
        assert int(options["connect_timeout"]) == 2
        assert options["tcp_user_timeout"] == 10_000


def test_a5_a_database_that_falls_silent_is_given_up_in_ten_seconds() -> None:
    for pgbouncer in ("false", "true"):
        options = shown(
            "s.DATABASES['default']['OPTIONS']", **PRODUCTION | {"CLASSKEY_PGBOUNCER": pgbouncer}
        )
        tries = options["keepalives_interval"] * options["keepalives_count"]
        assert options["keepalives_idle"] + tries <= 11
        assert options["tcp_user_timeout"] == 10_000
        assert ("pool" in options) is (pgbouncer == "false")


# --- Limits -------------------------------------------------------------------------------
def test_k8_what_counts_in_redis_is_loaded_before_there_are_threads() -> None:
    """Two threads that load Redis's client at the same time get half of it, and answer 500."""
    script = "import django, sys; django.setup(); print('redis.client' in sys.modules)"
    done = python(script, **PRODUCTION | {"CLASSKEY_REDIS_URL": "redis://192.0.2.1:6379/0"})
    assert done.stdout.strip() == "True", done.stderr
