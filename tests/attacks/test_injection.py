"""What people type is text: in pages, in files' names, in mail."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db.models import CharField, Field, Model, TextField
from django.test import Client
from django.urls import reverse

from classkey.accounts.models import Role, User
from classkey.school import mailing
from classkey.school.models import (
    Answer,
    Item,
    Notice,
    NoticeKind,
    Place,
    QuestionKind,
    StoredFile,
)
from tests.accounts.signing_up import sign_up
from tests.attacks.everywhere import client_of, look_everywhere
from tests.attacks.rows import models
from tests.uploads import Kept, body_of, upload
from tests.web.browsing import HTMX, at, browser_of, html, tags
from tests.web.test_guards import assert_nothing_inline
from tests.world import School, make_user

MARKUP = '<evil x=\'1\'>"><evil y="2" onload=z></script>{{ 7|add:7 }}&amp;{% now %}'
"""Breaks out of an element, of an attribute in either quotes and of a script, if it can."""

NOT_TYPED = {
    "accounts.User": {"password", "username", "email", "home_language"},
    "account.EmailAddress": {"email"},
    "account.EmailConfirmation": {"key"},
    "school.AuditEvent": {"code_last_four", "detail", "origin"},  # and never changed
    "school.Code": {"last_four"},
    "school.Item": {"url"},
    "school.SheetRun": {"language"},
    "school.StoredFile": {"media_type"},
}
"""Texts that are made or checked, and never any text that somebody likes."""


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def typed_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields of a model in which people write what they like."""
    skipped = NOT_TYPED.get(model._meta.label, set())
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        and not (field.choices or field.primary_key or field.name in skipped)
    ]


@pytest.fixture
def evil(north: School) -> School:
    """A school in which everything that somebody could write is markup."""
    for model in models():
        fields = {field.name: MARKUP[: field.max_length] for field in typed_fields(model)}
        if fields and model._meta.label.startswith(("accounts.", "school.")):
            model._base_manager.update(**fields)
    Answer.objects.filter(question__kind=QuestionKind.LONG_TEXT).update(given=[MARKUP])
    return north


def test_people_places_items_and_remarks_are_among_what_is_typed() -> None:
    named = {f"{m._meta.label}.{field.name}" for m in models() for field in typed_fields(m)}
    assert named >= {
        "accounts.User.given_name", "accounts.User.family_name", "school.Place.name",
        "school.Place.description", "school.Item.title", "school.Item.body",
        "school.StoredFile.name", "school.Question.text", "school.Choice.text",
        "school.Answer.remark",
    }  # fmt: skip


def assert_is_text(response: Any) -> int:
    """Check that no markup of anybody's is markup; return how often it stands there as text."""
    markup = html(response)
    assert "evil" not in {tag for tag, _attributes in tags(markup)}
    assert not [a for _tag, attributes in tags(markup) for a in attributes if a in {"x", "y"}]
    assert "<evil" not in markup
    assert "{{ 14" not in markup
    assert_nothing_inline(markup)
    return markup.count("&lt;evil")


@pytest.mark.parametrize("who", ["tess", "anna", "paula"])
def test_c6_markup_is_shown_as_text_on_every_page(evil: School, who: str) -> None:
    shown = {
        seen.name: assert_is_text(seen.response)
        for seen in look_everywhere(client_of(evil, who), evil)
        if seen.is_page
    }
    assert sum(map(bool, shown.values())) > 5


def test_c6_and_so_are_the_answers_to_forms(evil: School) -> None:
    client, page = browser_of(evil.tess), evil.pages["maths: both"]
    code = {"code": evil.for_students.text}
    answers = [
        client.post(at("item_blue", page), {"on": "0"}, follow=True),
        client.post(at("item_delete", page), follow=True),
        client.post(at("place_green", evil.owls), {"on": "1"}, follow=True),
        client.post(at("member_remove", evil.maths, evil.cleo), follow=True),
        client.post(at("codes_delete"), {"code": str(evil.for_students.pk)}),
        client.post(at("item_preview"), {"body": MARKUP}),
        client.post(at("page_new", evil.maths), {"title": "", "body": MARKUP}),
        client.post(at("place_edit", evil.maths), {"name": "", "description": MARKUP}),
        client.post(at("account_settings"), {"given_name": MARKUP, "family_name": ""}),
        browser_of(evil.zoe).post(at("join_look"), code, headers=HTMX),
        browser_of(evil.zoe).post(at("join"), code),
        browser_of(evil.zoe).post(at("join"), {"code": MARKUP}),
    ]
    for response in answers:
        assert response.status_code == 200
        assert_is_text(response)
    assert sum(map(assert_is_text, answers)) > 10


@pytest.mark.django_db
def test_c6_nothing_of_an_address_is_markup_either() -> None:
    client = Client()
    for address in (
        f"/accounts/login/?next={MARKUP}", f"/accounts/signup/?next={MARKUP}",
        f"/join/?a={MARKUP}", f"/{MARKUP}/",
    ):  # fmt: skip
        assert_is_text(client.get(address))
    refused = sign_up(client, given_name=MARKUP, email=MARKUP, username=MARKUP, next=MARKUP)
    assert assert_is_text(refused)
    assert_is_text(client.post("/accounts/login/", {"login": MARKUP, "password": "x"}))


def test_c1_the_address_of_a_link_is_one_that_runs_nothing(north: School) -> None:
    client = browser_of(north.tess)
    for url in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
                " javascript:alert(1)", "java\tscript:alert(1)"):  # fmt: skip
        refused = client.post(at("link_new", north.maths), {"title": "Evil", "url": url})
        assert refused.status_code == 200
    assert not Item.objects.filter(title="Evil")


# --- Names of files ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        'a\\".html;x=\\".txt',
        "a\u202etxt.lmth.txt",
        "a\u2066b\u2069.txt",
        "../../../../etc/passwd.txt",
        "..\\..\\windows\\win.ini.txt",
        "C:\\autoexec.txt",
        "a;filename=b.html;.txt",
        "%0d%0aSet-Cookie: a=b.txt",
        "a\x00.html.txt",
        "a\u2028b\x85c.txt",
        "<img src=x onerror=alert(1)>.txt",
        "=cmd|' /C calc'!A0.txt",
    ],
)
def test_c6_a_files_name_is_one_word_of_one_header(north: School, kept: Kept, name: str) -> None:
    client, before = browser_of(north.tess), set(StoredFile.objects.values_list("pk"))
    client.post(at("file_new", north.maths), {"files": [upload(name)]})
    [stored] = [each for each in StoredFile.objects.all() if (each.pk,) not in before]
    item = Item.objects.get(file=stored)
    response = client.get(at("item_file", item))
    assert body_of(response) == b"Some text"
    assert response["Content-Type"] == "text/plain"
    assert "Set-Cookie" not in response
    told = response["Content-Disposition"]
    assert told.isprintable()
    parsed = Message()
    parsed["Content-Disposition"] = told
    assert parsed.get_content_disposition() == "attachment"
    kept_name = parsed.get_filename() or ""
    assert kept_name == stored.name
    assert kept_name.endswith(".txt")
    assert not re.search(
        r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", kept_name
    )
    assert_is_text(client.get(at("item", item)))


# --- Mail -------------------------------------------------------------------------------
INTO_A_HEADER = "Anna\r\nBcc: evil@evil.example\r\n\r\nClick\x00\u2028here\x85now"


def test_f8_no_name_gets_into_the_head_of_a_mail(north: School) -> None:
    child = make_user(Role.STUDENT, INTO_A_HEADER, "\r\nTo: evil@evil.example")
    assert child.given_name == "Anna Bcc: evil@evil.example Click here now"
    notice = Notice.objects.create(
        recipient=north.paula, student=child, kind=NoticeKind.PARENT_LINKED
    )
    mailing.mail_notice(notice)
    assert_one_honest_mail(to="paula@northside.example")


def assert_one_honest_mail(to: str) -> None:
    """Check that the newest mail is from Classkey, to one address and to nobody else."""
    sent = mail.outbox[-1].message()
    heads = [name.lower() for name, _value in sent.items()]
    assert len(heads) == len(set(heads))
    assert {"bcc", "cc", "reply-to"}.isdisjoint(heads)
    assert (sent["From"], sent["To"]) == ("Classkey <classkey@school.example>", to)
    assert mail.outbox[-1].recipients() == [to]
    assert not re.search(r"[\r\n](?! )", str(sent["Subject"]))  # folded, at most


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["given_name", "family_name", "username"])
def test_p2_nor_does_what_is_typed_at_a_sign_up(field: str) -> None:
    client = Client()
    sign_up(client, **{field: INTO_A_HEADER})
    for sent in mail.outbox:
        assert "evil" not in str(sent.message())
        assert_one_honest_mail(to="ana@home.example")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "ana@home.example\r\nBcc: evil@evil.example",
        "ana@home.example\nevil@evil.example",
        "ana@home.example,evil@evil.example",
        "ana@home.example;evil@evil.example",
        "ana@home.example evil@evil.example",
        "Ana <ana@home.example>",
        '"ana@home.example\r\n"@evil.example',
        "ana@home.example\x00@evil.example",
        "<ana@home.example>",
    ],
)
def test_p2_an_address_is_one_address(address: str) -> None:
    sign_up(Client(), email=address)
    Client().post(reverse("account_reset_password"), {"email": address})
    assert not mail.outbox
    assert not User.objects.filter(email__contains="evil").exists()


def test_the_names_of_places_and_people_are_of_one_line(north: School) -> None:
    client = browser_of(north.tess)
    client.post(at("place_edit", north.owls), {"name": "Owls\r\nBcc: a\x00b", "description": ""})
    client.post(at("account_settings"), {"given_name": "T\r\ness", "family_name": "\u202eN"})
    place, tess = Place.objects.get(pk=north.owls.pk), User.objects.get(pk=north.tess.pk)
    for name in (place.name, tess.full_name):
        assert name.isprintable(), name
