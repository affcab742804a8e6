"""A backup is taken, the server is lost, and the school is there again, as the manual says (A5)."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from classkey.school import sealing
from classkey.school.models import Code
from tests.operating.manual import ROOT, commands
from tests.operating.rows import rows
from tests.world import School, World

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own programs"),
    pytest.mark.django_db(transaction=True),
]

# A server that knows nothing of us: its superuser has another name, and Classkey's role none yet.
ANOTHER_SERVER = """
home=${CLASSKEY_DATABASE_URL#postgres://classkey@/} home=${home%/postgres}
psql -q "host=$home user=classkey dbname=postgres" -c 'CREATE ROLE chief SUPERUSER LOGIN'
export SERVER="host=$home user=chief dbname=postgres"
psql -q "$SERVER" -c 'ALTER ROLE classkey RENAME TO founder'
export DATABASE="host=$home user=classkey dbname=classkey"
export CLASSKEY_DATABASE_URL="postgres://classkey@/$home/classkey"
"""
LOOK_ROUND = f'"{sys.executable}" -m tests.operating.restored'


@pytest.fixture
def north(committed_world: World) -> School:
    return committed_world.north


@pytest.fixture
def environment(north: School, tmp_path: Path) -> dict[str, str]:
    """What the operator has set; the backup is taken."""
    database = connection.settings_dict
    programs = sh("scripts/postgres-bin", os.environ).strip()
    environment = os.environ | {
        "BACKUP": str(tmp_path / "backup"),
        "CLASSKEY_VAR": str(settings.VAR_DIR),
        "DATABASE": " ".join(
            f"{name}={database[key]}"
            for name, key in (("host", "HOST"), ("user", "USER"), ("dbname", "NAME"))
        ),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    sealing.seal()
    head = sealing.head()
    assert head
    environment["HEAD"] = head.digest
    back_up, *_others = commands("Backups")
    sh(back_up, environment)
    return environment | {"CLASSKEY_VAR": str(tmp_path / "restored")}


def sh(script: str, environment: Mapping[str, str], *before: str, typed: str = "") -> str:
    """Run commands as an operator does, stopping at the first that fails; return what they say."""
    done = subprocess.run(  # noqa: S603 # our own manual
        [*before, "/bin/bash", "-euo", "pipefail", "-c", script],
        check=False, capture_output=True, text=True, cwd=ROOT, env=environment, input=typed,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def on_another_server(environment: Mapping[str, str], *scripts: str, typed: str = "") -> str:
    script = "\n".join([ANOTHER_SERVER, *scripts])
    return sh(script, environment, str(ROOT / "scripts/with-postgres"), typed=typed)


def asked(north: School, **more: str) -> str:
    """Whom and what to try in the restored school."""
    code = Code.objects.get(pk=north.for_students.pk)
    people = {"new": north.zoe, "parent": north.paula, "child": north.anna}
    desk = {"teacher": north.tess, "administrator": north.vera, "file": north.leaflet}
    return json.dumps(
        {name: str(thing.pk) for name, thing in {**people, **desk, "code": code}.items()}
        | {"text": code.text}
        | more
    )


def found(said: str) -> dict[str, Any]:
    """What `restored` printed, after what the commands before it said."""
    result: dict[str, Any] = json.loads(said.splitlines()[-1])
    return result


def test_a5_on_another_server_everything_is_there_and_codes_still_work(
    north: School, environment: dict[str, str]
) -> None:
    before, text = rows(), Code.objects.get(pk=north.for_students.pk).text
    _back_up, make_roles, restore, _lost = commands("Backups")
    said = on_another_server(environment, make_roles, restore, LOOK_ROUND, typed=asked(north))
    there = found(said)
    assert f"{environment['HEAD']}" in said, "the log is as it was, up to the head that was noted"
    assert there["rows"] == before
    assert there["came_in"]
    assert text in there["shown"]
    assert there["child"] == [200, True]
    assert there["students_read"] == 1, "the second lock is laid"
    assert there["file"] == "For Northside"


def test_a5_without_the_role_of_the_second_lock_nothing_is_restored(
    north: School, environment: dict[str, str]
) -> None:
    _back_up, make_roles, restore, _lost = commands("Backups")
    without = "\n".join(line for line in make_roles.splitlines() if "_parent" not in line)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    # Within `if` the shell goes on after a command that failed: this is the first alone.
    fails = f"if {restore.splitlines()[0]}; then exit 3; fi"
    said = on_another_server(environment, without, fails, f'psql -Atc "{tables}" "$DATABASE"')
    assert said.splitlines()[-1] == "0"


def test_a5_without_the_keys_links_and_memberships_are_there_and_codes_are_not(
    north: School, environment: dict[str, str]
) -> None:
    before = rows()
    _back_up, make_roles, restore, lost = commands("Backups")
    typed = asked(north, without_keys="yes")
    there = found(
        on_another_server(environment, make_roles, restore, lost, LOOK_ROUND, typed=typed)
    )
    assert "We do not know this code" in there["said"]
    assert not there["came_in"]
    assert "The key that opens it is lost" in there["shown"]
    assert there["child"] == [200, True]
    assert there["file"] == "For Northside"
    assert there["rows"] == before | {"mfa_authenticator": 0}
    assert "second factor" in there["desk"].lower(), "to be set up anew"
