"""The demo's outbox: mail in files, for nobody else to read (A6)."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from classkey.school import demo_mail


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where this test's mail lands."""
    settings.EMAIL_BACKEND = "classkey.school.demo_mail.OutboxBackend"
    settings.MAIL_DIR = tmp_path / "var" / "mail"
    return tmp_path / "var" / "mail"


def send(subject: str) -> None:
    mail = EmailMessage(subject, "Bonjour, Zoë.", "school@example.org", ["zoe@example.org"])
    mail.attach("sheet.pdf", b"%PDF", "application/pdf")
    mail.send()


def test_an_empty_outbox_is_empty() -> None:
    assert demo_mail.outbox() == []
    assert demo_mail.mail_named("nothing.eml") is None


def test_a6_mail_lands_in_files_newest_first(time_machine: Any) -> None:
    time_machine.move_to("2026-11-24 12:00Z", tick=False)
    send("First")
    time_machine.shift(1)
    send("Zoë's second")
    subjects = [mail["Subject"] for _name, mail in demo_mail.outbox()]
    assert subjects == ["Zoë's second", "First"]


def test_a6_one_mail_by_the_name_of_its_file() -> None:
    send("First")
    ((name, _mail),) = demo_mail.outbox()
    mail = demo_mail.mail_named(name)
    assert mail is not None
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip() == "Bonjour, Zoë."


@pytest.mark.parametrize("name", ["../keys.env", "/etc/passwd", "", ".", "nothing.eml"])
def test_a6_no_name_leads_out_of_the_outbox(folder: Path, name: str) -> None:
    send("First")
    (folder.parent / "keys.env").write_text("secret")
    assert demo_mail.mail_named(name) is None


def test_a6_only_its_owner_reads_the_outbox(folder: Path) -> None:
    send("First")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_many_mails_in_one_go_are_as_many_files() -> None:
    mails = [EmailMessage("Same", "Text", "a@example.org", ["b@example.org"]) for _ in range(3)]
    assert demo_mail.OutboxBackend().send_messages(mails) == 3
    assert len(demo_mail.outbox()) == 3
