"""Whatever is sent to whatever address: no accident (A4)."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classkey.accounts import first_passwords
from classkey.school import limits
from tests.accounts.signing_up import sign_in, sign_up
from tests.attacks.everywhere import (
    Form,
    address_of,
    addresses,
    client_of,
    forms_on,
    forms_shown_to,
)
from tests.web.browsing import GET_ONLY, POST_ONLY, html
from tests.world import School

PEOPLE = ["", "tess", "anna", "paula"]

NASTY = [
    b"", b" ", b"\x00", b"a\x00b", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"\xf4\x90\x80\x80",
    b"0", b"-1", b"1", b"1.5", b"1,5", b"9" * 19, b"9" * 5_000, b"-" + b"9" * 30, b"1e9", b"1e400",
    b"1E-400", b"1e999999999", b"NaN", b"-Infinity", b"0x10", "١٢".encode(), "²".encode(),
    b"on", b"true", b"None", b"null", b"[]", b'{"a": 1}', b"a" * 70_000, "é".encode() * 3_000,
    "\u202e".encode(), "\ud83d".encode("utf-8", "surrogatepass"), "🏫".encode() * 200,
    b"0000-01-01", b"0001-01-01", b"9999-12-31", b"2026-02-30", b"10000-01-01", b"12/31/9999",
    b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-23:59", b"24:61",
    b"00000000-0000-0000-0000-000000000000", b"{00000000000000000000000000000000}",
    b"urn:uuid:x", b"../../etc/passwd", b"http://[::1", b"//evil.example", b"javascript:alert(1)",
    b"<script>", b"{{ 7|add:7 }}", b"%s%n", b"'; DROP TABLE x; --", b"\r\nA: b", b"a@b", b"@",
    b"a" * 400 + b"@b.example", b"BCD-FGH-JKM", b"--", b"*", b"\\", b"%",
]  # fmt: skip
"""What breaks programs: bytes as they come over the wire."""

VALUES = st.sampled_from(NASTY) | st.text(max_size=12).map(lambda text: text.encode("utf-8"))
STRANGE = st.sampled_from(
    ["id", "pk", "user", "role", "next", "action", "csrfmiddlewaretoken", "0-points", "seen-x",
     "answer-", "answer-\x00", "form-TOTAL_FORMS", "_method", "[]", "a[b]", "", "é", "x" * 300]
)  # fmt: skip

HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HX-Request": st.just("true"),
        "HX-Target": st.sampled_from(["content", "dialog-body", "row-1", "\xff", "#", ""]),
        "HX-Current-URL": st.sampled_from(["http://[::1", "/x", "\xff", "javascript:x"]),
        "Referer": st.sampled_from(["http://[::1", "\xff\xfe", "//x", "http://testserver/%ff"]),
        "Accept-Language": st.sampled_from(["fr", "xx-" + "a" * 600, "\xff", ";q=", "*"]),
        "Range": st.sampled_from(["bytes=0-1", "bytes=x", "bytes=9-1", "\xff"]),
        "X-Forwarded-For": st.sampled_from(["1.2.3.4", "x", "\xff, ::1", "1" * 500]),
        "User-Agent": st.sampled_from(["", "\xff" * 900]),
        "Cookie": st.sampled_from(["django_language=%00", "messages=x", "a", "=;="]),
    },
)

HERE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def all_forms(north: School, who: str) -> dict[str, Form]:
    """Return the forms that a person is shown, and where no page holds one, what takes one."""
    sent_elsewhere = {
        name: Form(name, address, "post", {field: [] for field in SENT_BY_SCRIPTS.get(name, [])})
        for name, address in addresses(north).items()
        if name not in GET_ONLY
    }
    return sent_elsewhere | forms_shown_to(north, who)


SENT_BY_SCRIPTS = {
    "item_preview": ["body"],
    "join_look": ["code"],
    "members_add": ["people", "permission"],
    "notices_read": ["until"],
    "sign_in_cards": ["students", "paper", "language"],
    "test_save": ["attempt"],
}
"""Fields of forms that no page of this world holds."""


def no_limit_reached() -> None:
    """Forget what was counted: a form that is refused for that is not looked at."""
    cache.clear()
    limits.limiter("memory://").storage.reset()


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    cache.clear()


def as_form(sent: Sequence[tuple[str, bytes]]) -> tuple[bytes, str]:
    """Return the body of a form, and of which type it is."""
    pairs = (f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in sent)
    return "&".join(pairs).encode(), "application/x-www-form-urlencoded"


def in_parts(charset: str) -> Callable[[Sequence[tuple[str, bytes]]], tuple[bytes, str]]:
    """Return how a form with files is sent, in this charset."""

    def encoded(sent: Sequence[tuple[str, bytes]]) -> tuple[bytes, str]:
        head = b'--X\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        parts = [
            head
            % (name.replace('"', "").encode(), b'; filename="a.txt"' * (name == "files"), value)
            for name, value in sent
        ]
        return b"".join(parts) + b"--X--\r\n", f"multipart/form-data; boundary=X{charset}"

    return encoded


WAYS = st.sampled_from(
    [as_form, as_form, as_form, in_parts(""), in_parts("; charset=utf-7"),
     in_parts("; charset=utf-16"), in_parts("; charset=nonsense"), in_parts("; charset=idna")]
)  # fmt: skip


@st.composite
def fillings(draw: st.DrawFn, form: Form) -> list[tuple[str, bytes]]:
    """What is sent instead of a form: its own fields, some as they are, and strange ones."""
    sent: list[tuple[str, bytes]] = []
    for name, as_is in form.fields.items():
        offered = form.choices.get(name, []) + as_is
        options = VALUES | (st.sampled_from(offered).map(str.encode) if offered else VALUES)
        how = draw(st.sampled_from(["as is", "one", "one", "several", "none"]))
        values = {
            "as is": [value.encode() for value in as_is],
            "one": [draw(options)] if how == "one" else [],
            "several": draw(st.lists(options, max_size=4)) if how == "several" else [],
            "none": [],
        }[how]
        sent += [(name, value) for value in values]
    return sent + draw(st.lists(st.tuples(STRANGE, VALUES), max_size=2))


def assert_no_accident(response: Any, what: object) -> None:
    if response.streaming:
        list(response.streaming_content)
    assert response.status_code < 500, what


@given(data=st.data())
@HERE
def test_a4_no_form_breaks(north: School, data: Any) -> None:
    who = data.draw(st.sampled_from(PEOPLE), label="who")
    shown = all_forms(north, who)
    form = shown[data.draw(st.sampled_from(sorted(shown)), label="form")]
    sent = data.draw(fillings(form), label="sent")
    body, content_type = data.draw(WAYS)(sent)
    headers = data.draw(HEADERS, label="headers")
    no_limit_reached()
    with transaction.atomic():
        client = client_of(north, who)
        response = client.generic("POST", form.action, body, content_type, headers=headers)
        transaction.set_rollback(True)
    assert_no_accident(response, form.action)


@pytest.mark.parametrize("who", ["", "tess"])
def test_a4_no_form_breaks_by_one_value_in_every_field(north: School, who: str) -> None:
    """Each form, with some of what is nasty in each field; in each run with others of it."""
    values = cycle(random.sample(NASTY, len(NASTY)))
    for form in all_forms(north, who).values():
        sent = [(name, next(values)) for name in form.fields]
        no_limit_reached()
        with transaction.atomic():
            response = client_of(north, who).generic("POST", form.action, *as_form(sent))
            transaction.set_rollback(True)
        assert_no_accident(response, (form.action, sent))


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "idna"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=X", "text/plain"])
def test_a4_another_encoding_is_not_understood(north: School, charset: str, kind: str) -> None:
    """Some raise where text should be, others spell what no database takes: "+2AA-"."""
    body, _type = in_parts("")([("name", b"+2AA-\xff"), ("description", b"")])
    page, client = addresses(north)["place_edit"], client_of(north, "tess")
    refused = client.generic("POST", page, body, f"{kind}; charset={charset}")
    assert refused.status_code == 400
    taken = client.generic("POST", page, body, f"{kind}; charset=UTF-8")
    assert taken.status_code == (302 if "multipart" in kind else 200)


# --- Queries ----------------------------------------------------------------------------
NAMES = [
    "chosen", "folder", "kind", "next", "order", "page", "paper", "place", "run", "since", "sort",
    "student", "text", "whom",
]  # fmt: skip
"""What our addresses may be asked with."""


@given(data=st.data())
@HERE
def test_a4_no_query_breaks(north: School, data: Any) -> None:
    who = data.draw(st.sampled_from(PEOPLE), label="who")
    pages = sorted(name for name in addresses(north) if name not in POST_ONLY)
    address = address_of(north, data.draw(st.sampled_from(pages), label="page"))
    named = st.sampled_from(NAMES) | STRANGE
    asked = data.draw(st.lists(st.tuples(named, VALUES), max_size=4), label="asked")
    headers = data.draw(HEADERS, label="headers")
    query, _type = as_form([(name, value[:3_000]) for name, value in asked])
    with transaction.atomic():
        client = client_of(north, who)
        response = client.get(f"{address}?{query.decode()}", headers=headers)
        assert_no_accident(response, address)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/%00/", "/%ff/", "/%ed%a0%80/", "/places/%00/", "/items/" + "9" * 5_000 + "/",
        "/..%2f..%2fetc/passwd", "/static/..%2f..%2fsettings.py", "/static/%00", "/static/%ff.css",
        "//x", "/codes/00000000-0000-0000-0000-00000000000g/", "/" + "a" * 9_000,
    ],
)  # fmt: skip
def test_a4_no_address_breaks(north: School, path: str) -> None:
    for client in (Client(), client_of(north, "tess")):
        for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "X"):
            assert_no_accident(client.generic(method, path), path)


def test_a4_no_method_breaks(north: School) -> None:
    client = client_of(north, "tess")
    for name, address in addresses(north).items():
        with transaction.atomic():
            response = client.generic("PUT", address)
            assert_no_accident(response, name)
            transaction.set_rollback(True)


# --- In the middle of something -----------------------------------------------------------
def in_a_sign_up(_north: School) -> tuple[Client, str]:
    """A stranger who is to type the code from the mail."""
    client = Client()
    sign_up(client)
    return client, "/accounts/confirm-email/"


def in_a_reset(north: School) -> tuple[Client, str]:
    """A parent who forgot the password, and is to type the code from the mail."""
    client = Client()
    client.post("/accounts/password/reset/", {"email": north.paula.email})
    return client, "/accounts/password/reset/confirm/"


def with_a_first_password(north: School) -> tuple[Client, str]:
    """A young student with the password from the card."""
    drawn, client = first_passwords.draw(), Client()
    first_passwords.issue(north.cleo, drawn)
    sign_in(client, north.cleo.username, drawn.text)
    return client, "/account/choose-password/"


def about_to_have_a_second_factor(north: School) -> tuple[Client, str]:
    """A student without an address, who is to type what the authenticator app shows."""
    return client_of(north, "cleo"), "/accounts/2fa/totp/activate/"


@pytest.mark.parametrize(
    "state",
    [in_a_sign_up, in_a_reset, with_a_first_password, about_to_have_a_second_factor],
)
@given(data=st.data())
@settings(HERE, max_examples=settings().max_examples // 10)
def test_a4_no_step_breaks(
    north: School, state: Callable[[School], tuple[Client, str]], data: Any
) -> None:
    no_limit_reached()
    with transaction.atomic():
        client, page = state(north)
        shown = client.get(page)
        assert shown.status_code == 200
        for form in forms_on(html(shown), page):
            if form.method == "post" and form.action.startswith("/account"):
                body, content_type = as_form(data.draw(fillings(form)))
                assert_no_accident(client.generic("POST", form.action, body, content_type), page)
        transaction.set_rollback(True)
