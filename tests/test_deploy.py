"""What lies in deploy/ is held to the code: commands, settings, files and links that it names."""

import re
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from classkey.config.environment import NEEDED
from classkey.web.machines import ADDRESSES
from classkey.web.management.commands import web

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PAGES = sorted(DEPLOY.rglob("*.md"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EVERY_UNIT = DEPLOY / "systemd" / "classkey-.service.d" / "hardening.conf"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "classkey"}
SETTING = re.compile(r"\b(?:CLASSKEY_\w*[A-Z]|PORT|AWS_\w*[A-Z])\b")
# Those of the image, of boto3, and how families of settings are spoken of.
KNOWN = set(
    SETTING.findall((ROOT / "docs" / "operating.md").read_text())
    + SETTING.findall((ROOT / "classkey" / "config" / "settings.py").read_text())
)


def texts() -> list[Path]:
    """Return every file in deploy/ that somebody wrote, which is all of them."""
    return [path for path in DEPLOY.rglob("*") if path.is_file() and path.name != ".env"]


def variables(path: Path) -> dict[str, str]:
    """Return what a file of settings sets, those behind a # too."""
    found = re.findall(r"^#?([A-Z_]+)=(.*)$", path.read_text(), re.MULTILINE)
    assert len(found) == len(dict(found)), "told twice"
    return dict(found)


# --- Settings -----------------------------------------------------------------------------
@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(SETTING.findall(path.read_text())) - KNOWN == set()


def test_a6_the_example_names_all_that_is_needed_and_gives_nothing_secret() -> None:
    example = variables(DEPLOY / "classkey.env.example")
    assert NEEDED.keys() <= example.keys()
    assert [name for name in NEEDED if example[name]] == []
    assert not re.search(r"['\"]", "".join(example.values())), "Docker would keep the quotes"


def test_a6_compose_names_each_of_its_own_variables_and_knows_no_password() -> None:
    asked = re.findall(r"\$\{(\w+)(:[-?])?", (DEPLOY / "docker" / "compose.yaml").read_text())
    example = variables(DEPLOY / "docker" / "env.example")
    assert {name for name, _default in asked} == example.keys()
    for name, default in asked:
        assert (default == ":?", example[name]) in {(True, ""), (False, example[name])}
        assert default == (":?" if name.endswith("PASSWORD") else ":-")


# --- Commands -----------------------------------------------------------------------------
def unit(path: Path) -> ConfigParser:
    """Return a unit of systemd's."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_there_is(path: Path) -> None:
    program, script, command, *_options = unit(path)["Service"]["ExecStart"].split()
    assert (program, script) == ("/opt/classkey/.venv/bin/python", "manage.py")
    assert command in get_commands()
    assert path.name.startswith("classkey-"), "the drop-in is for these"


def test_all_units_are_hardened_in_one_place() -> None:
    service = unit(EVERY_UNIT)["Service"]
    assert service["User"] == "classkey"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == service["PrivateTmp"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["EnvironmentFile"] == "/etc/classkey/classkey.env"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("classkey-migrate.service", "migrate.env"), ("classkey-worker@.service", "worker-%i.env")],
)
def test_migrations_and_each_worker_have_the_last_word_about_their_own(
    name: str, settings: str
) -> None:
    """Drop-ins are taken by the name of the file, from whichever folder; and after the unit."""
    [own] = (DEPLOY / "systemd" / f"{name}.d").iterdir()
    assert "EnvironmentFile" not in unit(DEPLOY / "systemd" / name)["Service"]
    assert unit(own)["Service"]["EnvironmentFile"] == f"-/etc/classkey/{settings}"
    assert sorted([own.name, EVERY_UNIT.name]) == [EVERY_UNIT.name, own.name]


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_a5_nobody_is_killed_while_they_finish() -> None:
    units = {path.name: unit(path)["Service"] for path in UNITS}
    as_unit = seconds(units["classkey-web.service"]["TimeoutStopSec"])
    as_container = seconds(SERVICES["web"]["stop_grace_period"])
    assert as_unit == as_container == web.STOPS_WITHIN + 10
    of_workers = seconds(units["classkey-worker@.service"]["TimeoutStopSec"])
    assert of_workers == seconds(SERVICES["worker"]["stop_grace_period"]) > 90


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_there_is_and_writes_temporary_files_alone(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in get_commands()
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108
    assert service["volumes"] == ["files:/srv/classkey"]


def test_what_compose_mounts_and_builds_from_is_there() -> None:
    here = DEPLOY / "docker"
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (here / source).exists(), source
        if build := service.get("build"):
            assert (here / build["context"] / build["dockerfile"]).is_file()


def test_the_database_is_reached_through_pgbouncer_but_for_migrations() -> None:
    hosts = {
        name: re.findall(r"@(\w+:\d+)/", service["environment"]["CLASSKEY_DATABASE_URL"])
        for name, service in OURS.items()
    }
    assert hosts == {
        "web": ["pgbouncer:6432"], "worker": ["pgbouncer:6432"], "migrate": ["postgres:5432"],
    }  # fmt: skip


# --- The proxy ----------------------------------------------------------------------------
PROXY = (DEPLOY / "nginx" / "classkey.conf").read_text()


def test_a8_the_proxy_writes_down_nobody() -> None:
    assert re.findall(r"^\s*access_log (.+);$", PROXY, re.MULTILINE) == ["off"]


def test_nobody_asks_through_the_proxy_what_is_for_programs() -> None:
    for address in ADDRESSES:
        assert f"    location = {address} {{ return 404; }}\n" in PROXY


def test_a5_a_node_that_is_slow_once_is_not_taken_for_dead() -> None:
    for path in (DEPLOY / "nginx" / "classkey.conf", DEPLOY / "docker" / "nginx" / "nodes.conf"):
        assert set(re.findall(r"max_fails=(\d+)", path.read_text())) == {"3"}


# --- The image ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["Dockerfile", "pgbouncer.Dockerfile"])
def test_an_image_comes_from_debian_and_runs_as_nobody_in_particular(name: str) -> None:
    text = (DEPLOY / "docker" / name).read_text()
    assert {line.split()[1] for line in text.splitlines() if line.startswith("FROM ")} == {
        "debian:12-slim"
    }
    assert re.search(r"^USER \d{5}:\d{5}$", text, re.MULTILINE)


def test_the_image_is_made_of_what_is_locked_by_hash() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    assert "--require-hashes" in text
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert python == ">=3.11", "what Debian 12 has"


def test_only_what_the_image_copies_gets_to_its_making() -> None:
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = re.findall(
        r"^COPY (?!--)(\S+) ", (DEPLOY / "docker" / "Dockerfile").read_text(), re.MULTILINE
    )
    assert kept == set(copied)


# --- Pages --------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DEPLOY)))
def test_a_page_points_to_what_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        target, _hash, heading = link.partition("#")
        path = (page.parent / target) if target else page
        assert path.exists(), link
        if heading:
            assert heading in headings(path), link


def headings(page: Path) -> set[str]:
    """Return what the headings of a page are linked by."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DEPLOY)))
def test_a_page_names_files_and_commands_that_there_are(page: Path) -> None:
    text = page.read_text()
    for command in re.findall(
        r"(?:manage\.py|run --rm web|^ *classkey) ([a-z_]+)", text, re.MULTILINE
    ):
        assert command in get_commands(), command
    for file in re.findall(r"\bdeploy/[\w@./-]+[\w]", text):
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize(
    "script",
    [path for path in texts() if path.read_bytes().startswith(b"#!")],
    ids=lambda path: path.name,
)
def test_a_script_is_well_formed_and_may_be_run(script: Path) -> None:
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-n", str(script)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert script.stat().st_mode & 0o111
