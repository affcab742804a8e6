"""The shared fixtures do what the other tests take for granted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection
from playwright.sync_api import Browser, Page

from classkey.accounts.models import Role, User
from classkey.school.models import AuditAction, AuditEvent
from tests.axe import assert_accessible
from tests.plugins.mail import Mailbox

GOOD = """<!doctype html><html lang="en"><title>A page</title>
    <main><h1>A page</h1><p>Text.</p><button>Go</button></main></html>"""


TINY = "width: 9px; height: 9px; padding: 0; margin: 0"


def test_mail_arrives(mailbox: Mailbox) -> None:
    sent = EmailMessage("Zoë's sheets", "See below.", "school@example.org", ["a@example.org"])
    sent.send()
    [mail] = mailbox
    assert (mail.sender, mail.to) == ("school@example.org", ["a@example.org"])
    assert mail.message["Subject"] == "Zoë's sheets"
    assert mail.message.get_content().strip() == "See below."


def test_mail_can_be_refused(mailbox: Mailbox) -> None:
    mailbox.answer = "552 too large"
    with pytest.raises(OSError, match="too large"):
        EmailMessage("A", "B", "a@example.org", ["b@example.org"]).send()
    assert not mailbox


@pytest.mark.browser
def test_chromium_opens_a_page(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(GOOD)
    assert page.get_by_role("heading").inner_text() == "A page"
    assert_accessible(page)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("spoiled", "rule"),
    [
        (GOOD.replace(' lang="en"', ""), "html-has-lang"),
        (GOOD.replace("<p>", '<p style="color: #ccc">'), "color-contrast"),
        (
            GOOD.replace("<button>", f"<button style='{TINY}'>a</button><button style='{TINY}'>"),
            "target-size",
        ),
    ],
)
def test_axe_sees_a_breach(chromium: Browser, spoiled: str, rule: str) -> None:
    page = chromium.new_page()
    page.set_content(spoiled)
    with pytest.raises(AssertionError, match=rule):
        assert_accessible(page)


@pytest.mark.parametrize("time", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_the_audit_log_is_emptied_between_tests_and_guarded_in_each(time: str) -> None:
    assert not AuditEvent.objects.exists()
    AuditEvent.objects.create(action=AuditAction.CODE_MADE)
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM school_auditevent")
    assert AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_thread_has_its_own_connection_and_sees_what_was_written() -> None:
    User.objects.create_user(role=Role.STUDENT, given_name="Ada")

    def look() -> tuple[object, int]:
        count = User.objects.count()
        theirs = connection.connection
        connection.close()
        return theirs, count

    with ThreadPoolExecutor() as pool:
        theirs, count = pool.submit(look).result()
    assert theirs is not connection.connection
    assert count == 1


@pytest.mark.browser
def test_the_browser_reaches_the_live_server(page: Page) -> None:
    answer = page.goto("/")
    assert answer is not None
    assert answer.status == 200
    assert "/static/" in page.content()
