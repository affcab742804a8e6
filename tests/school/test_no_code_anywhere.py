"""A whole story of codes leaves no code behind: not in the database, not in a log, and in mail only
where it is meant to be read (K6).
"""

import logging
import re
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from classkey.config.log_lines import FORMATS, InContext
from classkey.school import code_text, issuing, redeeming, tasks, web_addresses
from classkey.school.issuing import Terms
from classkey.school.models import AuditEvent, Code
from classkey.school.sheets import runs, work
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, at, browser_of
from tests.world import School


def spellings(code: str) -> set[str]:
    """A code in every spelling that it could be written down in, in small letters."""
    plain = code_text.normalise(code)
    grouped = [
        sign.join(re.findall(f".{{{size}}}", plain))
        for size in (3, 4)
        if len(plain) % size == 0
        for sign in ("-", " ", "–", "_", ".")
    ]
    ways = {plain, *grouped, web_addresses.join_link(plain)}
    ways |= {quote(way, safe="") for way in ways} | {quote(quote(way)) for way in ways}
    ways |= {quote(grouped[0]).replace("-", "%2D"), " ".join(plain)}
    ways |= {plain.encode().hex(), "".join(f"\\u{ord(sign):04x}" for sign in plain)}
    return {way.lower() for way in ways | {way[::-1] for way in ways}}


def found(codes: list[str], text: str) -> list[str]:
    """The codes of which there is any spelling in a text."""
    text = text.lower()
    return [code for code in codes if any(way in text for way in spellings(code))]


def dump() -> str:
    """Every row of every table, whoever keeps it there, as a thief would read it."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return "\n".join(line for table in tables for line in _rows(cursor, table))


def _rows(cursor: Any, table: str) -> Iterator[str]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 # ours
    for row in cursor.fetchall():
        yield f"{table}: {[_legible(value) for value in row]}"


def _legible(value: object) -> object:
    """Bytes in the two ways in which a dump shows them."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex(), bytes(value).decode("latin-1")
    return value


def covers(folder: Path) -> str:
    """The mail spool apart from what the mails say: names of files, headers, names of parts."""
    lines = []
    for file in sorted(folder.iterdir()):
        for part in message_from_string(file.read_text()).walk():
            lines += [f"{name}: {value}" for name, value in part.items()]
        lines.append(file.name)
    return "\n".join(lines)


def story(north: School) -> list[str]:
    """Codes are made, shown, looked at, redeemed, refused and mailed, by pages; return them."""
    tess, zoe, ursula = browser_of(north.tess), browser_of(north.zoe), browser_of(north.ursula)
    terms = {"place": str(north.owls.pk), "audience": "students", "permission": "1"}
    tess.post("/codes/new/", terms | {"max_uses": "1"})
    tess.post("/codes/new/parent/", {"student": str(north.nina.pk)})
    parent, course = Code.objects.order_by("-created_at")[:2]
    unknown = code_text.display(code_text.mint(code_text.CodeKind.REGISTRATION))
    for code in (course, parent):
        for name in ("code", "code_qr", "code_to_class"):
            tess.get(at(name, code))
    for typed in (course.text, course.text.lower(), f"http://x.example/join/#{parent.text}",
                  parent.text, unknown, f"{course.text[:-1]}?", quote(parent.text)):  # fmt: skip
        for client in (Client(), zoe, ursula):
            client.post("/join/look/", {"code": typed}, headers=HTMX)
            client.post("/join/", {"code": typed})
    assert course.redemptions.get().user == north.zoe
    assert parent.redemptions.get().user == north.ursula
    browser_of(north.anna).post("/join/", {"code": course.text})  # used up
    tess.get("/codes/")
    tess.get("/codes/came-in/?since=2020-01-01")
    tess.post("/codes/delete/", {"code": str(parent.pk), "confirmed": "1"})
    tess.post(at("code_again", parent))
    own = issuing.make_parent_code(Viewer(north.cleo), north.cleo)
    for_staff = issuing.make_registration_code(Viewer(north.tess), north.staffroom, Terms())
    return [course.text, parent.text, own.text, for_staff.text, unknown]


def make_sheets(north: School) -> list[str]:
    """A run of sheets, made and mailed; return its codes."""
    run = tasks.ask_for_sheets(Viewer(north.tess), north.owls, runs.students_in(north.owls))
    for part in run.parts.all():
        work.work_on(part.pk)
    return [code.text for code in Code.objects.filter(sheet__part__run=run)]


@pytest.fixture
def spool(tmp_path: Path, settings: Any) -> Path:
    """A folder that mail is left in."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    mail.get_connection().close()
    return tmp_path / "mail"


def test_k6_a_whole_story_leaves_no_code_behind(
    north: School, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="django")  # which has a level of its own
    with CaptureQueriesContext(connection):  # has them logged
        codes = story(north)
        codes += make_sheets(north)
    assert len(codes) > 5
    left = dump()
    for table in (DBTaskResult, AuditEvent, Code):
        assert f"{table._meta.db_table}: " in left
    assert "django_session: " in left
    assert "code.made" in left
    assert not found(codes, left)
    logged = "\n".join(
        f"{record.name} {record.getMessage()} {record.__dict__}" for record in caplog.records
    )
    assert "INSERT INTO" in logged
    assert not found(codes, logged)
    written = as_written(caplog.records)
    assert '"view": "join"' in written
    assert not found(codes, written)
    assert "Message-ID: " in covers(spool)
    assert not found(codes, covers(spool))


def as_written(records: list[logging.LogRecord]) -> str:
    """The log as it is written, in both forms."""
    in_context = InContext()
    return "\n".join(
        form().format(record)
        for form in FORMATS.values()
        for record in records
        if in_context.filter(record)
    )


def test_k6_nor_does_a_code_that_is_put_where_none_belongs(
    north: School, caplog: pytest.LogCaptureFixture
) -> None:
    code = north.for_students.text
    caplog.set_level(logging.DEBUG)
    client = browser_of(north.zoe)
    for address in (f"/{code}", f"/join/{code}/", f"/join/?code={code}", f"/static/{code}.css"):
        client.get(address)
        client.post(address, {"code": code}, headers={"X-Request-ID": code, "Referer": code})
    client.get("/", headers={"Host": f"{code}.example"})
    written = as_written(caplog.records)
    assert "Not Found: -" in written
    assert not found([code], written)


def test_k6_it_would_be_found_in_any_spelling(north: School) -> None:
    """The looking works: a code that somebody typed into a place's description is found."""
    code = north.for_students.text
    plain = code_text.normalise(code)
    for spelt in (code, plain, plain.lower(), code[::-1], quote(f"/#{code}", safe=""),
                  code.replace("-", " "), quote(code.replace("-", " "))[::-1]):  # fmt: skip
        assert found([code], f"a {spelt} b") == [code]
        north.maths.description = f"Come with {spelt}!"
        north.maths.save(update_fields=["description"])
        assert found([code], dump()) == [code]
    assert not found([code], f"{plain[:4]} {plain[4:]}!")
    assert redeeming.find(code) == north.for_students
