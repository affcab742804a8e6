"""How lines of the log look, for people and for machines; and what is in none (K6)."""

import io
import json
import logging
import re
import smtplib
import threading
import time
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from classkey.config.log_lines import FORMATS, InContext
from classkey.school import code_text, log_context, struck_out
from classkey.school.code_text import CodeKind
from tests.production import PRODUCTION, python

CODE = "CKN-9MY-M6W"  # well-formed, and always the same: it stands in the names of tests


class Log:
    """What was written to the log `said`, in one of the two forms."""

    def __init__(self, form: str) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.addFilter(InContext())
        handler.setFormatter(FORMATS[form]())
        self.logger = logging.Logger("said")  # noqa: LOG001 # of this test alone
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return told


@pytest.fixture
def lines() -> Log:
    return Log("line")


@pytest.fixture
def objects() -> Log:
    return Log("json")


@pytest.fixture(params=list(FORMATS))
def either(request: pytest.FixtureRequest) -> Log:
    return Log(request.param)


# --- For people -------------------------------------------------------------------------
def test_a_line_is_in_utc_and_says_so(lines: Log) -> None:
    lines.logger.warning("Hello, %s.", "you")
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING said: Hello, you\.\n", lines.text
    )


def test_a_line_says_to_which_request_or_job_it_belongs(lines: Log) -> None:
    with log_context.within(request_id="17"):
        lines.logger.info("one")
        with log_context.within(job_id="4", task="chores"):
            lines.logger.info("two")
        lines.logger.info("three")
    lines.logger.info("four")
    ends = [line.partition("said: ")[2] for line in lines.text.splitlines()]
    assert ends == [
        "one [request_id=17]", "two [job_id=4 task=chores]", "three [request_id=17]", "four",
    ]  # fmt: skip


def test_another_thread_does_something_else(lines: Log) -> None:
    with log_context.within(request_id="17"):
        thread = threading.Thread(target=lines.logger.info, args=("elsewhere",))
        thread.start()
        thread.join()
    assert "elsewhere\n" in lines.text


# --- For machines -----------------------------------------------------------------------
def test_an_object_has_what_we_know_and_nothing_else(objects: Log) -> None:
    with log_context.within(request_id="17"):
        extra = {"view": "place", "status": 200, "ms": 1.5, "user": "Anna", "path": "/x/"}
        objects.logger.info("Hello, %s.", "you", extra=extra)
    told = objects.last
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("time"))
    assert told == {
        "level": "INFO", "logger": "said", "message": "Hello, you.",
        "request_id": "17", "view": "place", "status": 200, "ms": 1.5,
    }  # fmt: skip


def test_a_traceback_stays_on_its_line(objects: Log) -> None:
    try:
        raise RuntimeError(f"about {CODE}")
    except RuntimeError:
        objects.logger.exception("It broke.")
    assert objects.text.count("\n") == 1
    assert "Traceback (most recent" in objects.last["exc_info"]
    assert "RuntimeError: about [code …" in objects.last["exc_info"]


# --- What is in none --------------------------------------------------------------------
def test_k6_a_code_is_struck_out_wherever_it_got_in(either: Log) -> None:
    either.logger.info("%s is typed", CODE)
    either.logger.info("Not Found: /join/%s", CODE.lower())
    try:
        raise ValueError(CODE.replace("-", " "))
    except ValueError:
        either.logger.exception("It broke.", extra={"view": CODE})
    plain = re.sub(r"[^A-Z0-9]", "", either.text.upper())
    assert code_text.normalise(CODE) not in plain
    assert either.text.count(f"[code …{code_text.normalise(CODE)[-4:]}]") >= 3


@given(kind=st.sampled_from(CodeKind), sign=st.sampled_from(["", "-", " "]), data=st.data())
def test_k6_in_every_way_that_people_write_it(
    kind: CodeKind, sign: str, data: st.DataObject
) -> None:
    code = code_text.display(code_text.mint(kind)).replace("-", sign)
    before, after = (data.draw(st.sampled_from(["", "/", "?code=", '"', "(", "\n"])) for _ in "12")
    for written in (code, code.lower()):
        assert written not in struck_out.codes(f"{before}{written}{after}")


@pytest.mark.parametrize(
    "text",
    [
        "42f0a9bb-2222-2222-2222-42f0a9bb2222",
        f"a{CODE}",
        f"{CODE}-X",
        CODE[:-1] + ("B" if CODE[-1] != "B" else "C"),
        "at 192.0.2.17:8000, in 234.567 ms, 2026-11-29T11:26:35.120Z, v22.3.7",
        "classkey-worker@.service, @transaction.atomic, a @ b, KEY=x%2Dy",
        "Task id=b1946ac92492d2347c6235b4d2611184 path=classkey.school.tasks.chores",
        "",
    ],
)
def test_what_is_no_code_is_left_alone(text: str) -> None:
    assert struck_out.all_of(text) == text


@pytest.mark.parametrize("sign", ["%2D", "%2d", "%20", "%E2%80%93", "%252D", *"-–—_.+ \u00a0"])
@pytest.mark.parametrize("before", ["/join/%23", "/join/%2523", "?code=%20", "join/#", "pdf "])
def test_k6_in_every_way_that_an_address_writes_it(either: Log, sign: str, before: str) -> None:
    for code in (CODE, code_text.display(code_text.mint(CodeKind.PARENT))):
        for written in (code.replace("-", sign), code.lower().replace("-", sign)):
            try:
                raise ValueError(f"{before}{written} is no address")
            except ValueError:
                either.logger.exception("It broke.")
            assert written not in either.text
            assert code_text.normalise(code)[:5] not in re.sub(
                r"[^A-Z0-9]", "", either.text.upper()
            )


@pytest.mark.parametrize(
    "address",
    [
        "anna.parent@example.org",
        "Anna+school@mail.example.org",
        "anna@localhost",
        "o'neil@example.org",
        '"anna parent"@example.org',
        "anna.né@exämple.org",
        "anna@[192.0.2.1]",
        "anna%40example.org",
    ],
)
def test_k6_an_e_mail_address_is_struck_out_wherever_it_got_in(either: Log, address: str) -> None:
    either.logger.info("to %s.", address)
    try:
        raise smtplib.SMTPRecipientsRefused({address: (550, f"<{address}>: unknown".encode())})
    except smtplib.SMTPRecipientsRefused:
        either.logger.exception("It broke.")
    assert "to [address]." in either.text
    assert "SMTPRecipientsRefused: {" in either.text
    for name in ("anna", "neil", "parent", "xample"):
        assert name not in either.text.lower()


def test_k6_nor_are_there_values_of_rows(either: Log) -> None:
    detail = "DETAIL:  Key (name)=(Anna\nNorthside) already exists.\nHINT:  Take another."
    try:
        try:
            raise ValueError(f'duplicate key value violates "by_name"\n{detail}\n')
        except ValueError as error:
            raise RuntimeError("column does not exist\nLINE 1: SELECT 'Anna'\n  ^") from error
    except RuntimeError:
        either.logger.exception("It broke.")
    assert "by_name" in either.text
    assert "HINT:  Take another." in either.text
    assert "column does not exist" in either.text
    assert "Anna" not in either.text
    assert "Northside" not in either.text


def test_a_long_text_takes_no_longer_than_it_is_long() -> None:
    began = time.monotonic()
    for text in ("a" * 200_000, "a'" * 100_000, '"' * 200_000, "%25" * 70_000, "2-" * 100_000):
        assert struck_out.all_of(text) == text
    assert time.monotonic() - began < 5


def test_what_django_says_of_a_request_names_the_view_and_not_the_path(either: Log) -> None:
    request = RequestFactory().get("/places/anna-northside/?q=anna")
    extra = {"request": request, "status_code": 404}
    either.logger.warning("%s: %s", "Not Found", request.path, extra=extra)
    assert "Not Found: -" in either.text
    request.resolver_match = type("Match", (), {"view_name": "place"})()
    either.logger.warning("%s: %s", "Forbidden", request.path, extra=extra)
    assert "Forbidden: place" in either.text
    either.logger.warning("It was not understood.", extra={"request": request})
    either.logger.warning("In %(ms)s.", {"ms": 3}, extra={"request": request})
    assert "In 3." in either.text
    assert "anna" not in either.text


# --- The setting ------------------------------------------------------------------------
SAY = "import django, logging; django.setup(); logging.getLogger('said').info('Hello.')"


def test_a_school_chooses_the_form() -> None:
    done = python(SAY, **PRODUCTION | {"CLASSKEY_LOG_FORMAT": "json"})
    assert json.loads(done.stderr)["message"] == "Hello."
    assert python(SAY, **PRODUCTION).stderr.endswith("Z INFO said: Hello.\n")
    assert not python(SAY, **PRODUCTION | {"CLASSKEY_LOG_LEVEL": "ERROR"}).stderr
