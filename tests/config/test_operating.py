"""docs/operating.md tells of every setting that the code reads, and of no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import classkey
from classkey.config import settings as settings_module
from classkey.config.environment import FORMS, NEEDED

ROOT = Path(__file__).resolve().parents[2]
CODE = Path(classkey.__file__).parent
ROW = re.compile(r"^\| (`[^|]*`) \| (yes )?\| (.+) \|$", re.MULTILINE)
STATED = re.compile(r"; `?([^\s`;]+)`?(?: \([^)]*\))?$")
"""A row that states a default ends with it: "…; 8", "…; `var/`", "…; 100000000 (100 MB)"."""


# --- What the code reads ----------------------------------------------------------------
def asked() -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each variable that a module of classkey/config asks `env` for, and its default."""
    for file in (CODE / "config").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("env")),
                    args=[ast.Constant(str(name)), *rest],
                    keywords=named,
                ):
                    defaults = [*rest, *(each.value for each in named if each.arg == "default")]
                    yield name, defaults[-1] if defaults else None


def in_production(default: ast.expr | None) -> Any:
    """What a school gets where the setting is left out; None where that is nothing, or is what the
    machine has.
    """
    if default is None or "Name(id='os'" in ast.dump(default):
        return None
    names = vars(settings_module) | {"DEMO": False, "VAR_DIR": ROOT / "var"}
    found = eval(compile(ast.Expression(default), "settings", "eval"), names)  # noqa: S307
    if isinstance(found, list):
        return ",".join(found) or None
    if isinstance(found, bool):
        return "on" if found else "off"
    text = str(found)
    is_folder = Path(text).is_relative_to(ROOT)
    return f"{Path(text).relative_to(ROOT)}/" if is_folder else text or None


CODE_READS = {name: in_production(default) for name, default in asked()}


# --- What the table tells ---------------------------------------------------------------
def table() -> Iterator[tuple[str, str, str]]:
    """Yield the name, "yes" where it is needed or "", and the text of each row of the table."""
    manual = (ROOT / "docs" / "operating.md").read_text()
    settings = manual.partition("\n## Settings\n")[2].partition("\n## ")[0]
    for names, needed, text in ROW.findall(settings):
        first, *others = re.findall(r"`(\w+)`", names)
        for name in (first, *(first.rpartition("_")[0] + other for other in others)):
            yield name, needed.strip(), text


TABLE = {name: (needed, text) for name, needed, text in table()}


def stated(text: str) -> str | None:
    """The default that a row states."""
    found = STATED.search(text)
    return found[1] if found else None


# --- The two agree ----------------------------------------------------------------------
def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    assert sorted(TABLE) == sorted(CODE_READS)
    assert len(TABLE) == len(list(table())), "told twice"


@pytest.mark.parametrize("name", sorted(CODE_READS))
def test_a_row_says_what_a_school_gets_without_the_setting(name: str) -> None:
    needed, text = TABLE[name]
    default = CODE_READS[name]
    assert (needed == "yes") == (name in NEEDED)
    if needed:
        assert stated(text) is None
    elif (told := stated(text)) is not None:
        assert told == (default or "")
    elif default not in {None, "off"}:
        words = re.findall(r"`([^`]+)`|([\w/.:-]+)", text)
        assert default in {word for pair in words for word in pair}, "the default is not told"


def test_what_is_checked_is_read() -> None:
    assert FORMS.keys() | NEEDED.keys() <= CODE_READS.keys()


def test_no_other_module_reads_a_setting_from_the_environment() -> None:
    reads = re.compile(r"(environ|getenv)\W.{0,9}CLASSKEY_")
    others = [
        str(file.relative_to(CODE))
        for file in CODE.rglob("*.py")
        if file.parent != CODE / "config" and reads.search(file.read_text())
    ]
    assert others == []
    assert reads.search('os.environ["CLASSKEY_MODE"]')
    assert reads.search('os.environ.get("CLASSKEY_MODE")')
    assert reads.search("getenv('CLASSKEY_MODE')")


# --- The test sees what it should -------------------------------------------------------
def test_the_reading_is_not_blind() -> None:
    assert CODE_READS["CLASSKEY_DATABASE_POOL"] == "8"
    assert CODE_READS["CLASSKEY_VAR"] == "var/"
    assert CODE_READS["CLASSKEY_SCHOOL_NAME"] is None
    assert CODE_READS["CLASSKEY_HSTS_SUBDOMAINS"] == "off"
    assert CODE_READS["CLASSKEY_FILE_KINDS"].startswith("pdf,doc,")
    assert stated("connections a process may hold; 8") == "8"
    assert stated("how large; 100000000 (100 MB)") == "100000000"
    assert stated("see [Limits](#limits); or not") is None
