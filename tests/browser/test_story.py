"""From scratch to trust: the whole story in one test, with real parts.

A real browser for each person, a real web server and database, a worker in a process of its
own, a real SMTP server, and the mailed PDF as a picture.
"""

import datetime
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest
import time_machine
import zxingcpp
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.plugins.mail import Mailbox
from tests.visitor import Visitor, assert_never_in_an_address

PASSWORD = "purple horse 92"
REGISTRATION_CODE = r"\b(\w{3}-\w{3}-\w{3})\b"
DPI = 100  # a poor printer
PARENT_CODE = r"\b(\w{4}-\w{4}-\w{4})\b"


# --- The parts ----------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _reached_at(settings: Settings, live_server: LiveServer) -> None:
    """QR codes and sheets lead to the server of this test."""
    settings.ADDRESS = live_server.url


@pytest.fixture(autouse=True)
def _worker(
    transactional_db: None, live_server: LiveServer, mailbox: Mailbox, settings: Settings
) -> Iterator[None]:
    """`manage.py worker`, in a process of its own, on this test's database and mail server."""
    production = {
        "DJANGO_SETTINGS_MODULE": "classkey.config.settings",
        "CLASSKEY_DATABASE_URL": _test_database(),
        "CLASSKEY_ADDRESS": live_server.url,
        "CLASSKEY_SMTP_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
    }
    manage = str(Path(django_settings.BASE_DIR, "manage.py"))
    command = [sys.executable, manage, "worker"]
    worker = subprocess.Popen(command, env=os.environ | production)  # noqa: S603 - our own
    yield
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0


def _test_database() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server, _, _ = os.environ["CLASSKEY_DATABASE_URL"].rpartition("/")
    return f"{server}/{name}"


# --- The people ---------------------------------------------------------------------
class Person(Visitor):
    """Somebody with a name, who signs up and in."""

    role = ""

    def __init__(self, page: Page, name: str, login: str, mailbox: Mailbox) -> None:
        super().__init__(page)
        self.given_name, self.family_name = name.split()
        self.login = login
        self.mailbox = mailbox

    @property
    def letters(self) -> list[EmailMessage]:
        """Their mail, oldest first."""
        return [mail.message for mail in self.mailbox if mail.to == [self.login]]

    def signs_up(self, *, comes_to: str) -> None:
        """Fill the sign-up form, and prove the address by the code in the mail, if there is one."""
        self.comes_to("Sign up")
        self.ticks(self.role)
        self.types(self.given_name, into="First name")
        self.types(self.family_name, into="Family name")
        self.types(self.login, into="E-mail address" if "@" in self.login else "User name")
        self.types(PASSWORD, into="Password")
        if "@" not in self.login:
            self.clicks("Sign up", comes_to=comes_to)
            return
        self.clicks("Sign up", comes_to="Type the code from your mail")
        proof = re.search(r"\b\d{4}-\d{4}\b", _body(self.letters[-1]))
        assert proof
        self.types(proof.group(), into="Code from the mail")
        self.clicks("Continue", comes_to=comes_to)

    def signs_in(self, *, comes_to: str) -> None:
        """Sign in, wherever they are."""
        self.opens("/accounts/login/", finds="Sign in")
        self.types(self.login, into="E-mail or user name")
        self.types(PASSWORD, into="Password")
        self.clicks("Sign in", comes_to=comes_to)

    def types_the_code(self, code: str) -> None:
        """Type a code key by key into the box on this page."""
        box = self.here.get_by_label("Your code")
        box.clear()
        box.press_sequentially(code)

    def uses(self, code: str, *, comes_to: str) -> None:
        """Type a code into the one box, and use it."""
        self.opens("/join/", finds="Enter a code")
        self.types_the_code(code)
        self.clicks("Use this code", comes_to=comes_to)

    def is_refused(self, code: str, *, because: str) -> None:
        """Type a code into the one box, and read why it is refused before pressing anything."""
        self.opens("/join/", finds="Enter a code")
        self.types_the_code(code)
        self.comes_to(because)

    def generates(self, pattern: str = REGISTRATION_CODE) -> str:
        """Press "Generate" in the Codes dialog and read the code."""
        self.comes_to("Codes")
        self.clicks("Generate")
        return self.reads_the_code(pattern)

    def reads_the_code(self, pattern: str) -> str:
        """Read the large code, and hold its page to WCAG 2.2 AA."""
        code = self.shown(pattern)
        self.comes_to("")
        return code


class Teacher(Person):
    """Has an address at the school."""

    role = "Teacher"

    def makes_a_page(self, title: str, text: str) -> None:
        """Add a page to the place that they are in."""
        self.here.locator("summary", has_text="Add").click()
        self.clicks("New page", comes_to="New page")
        self.types(title, into="Title")
        self.types(text, into="Text")
        self.clicks("Save", comes_to=title)


class Student(Person):
    """Young: has a user name and no address."""

    role = "Student"


class Parent(Person):
    """Has an address, and a sheet of paper."""

    role = "Parent"

    def assert_never_read(self, *secrets: str) -> None:
        """None of this was in anything the school ever sent to this parent (F6)."""
        sent = self.all_sent()
        assert any("Bring <em>boots</em>" in html for html in sent)
        for html in sent:
            assert not [secret for secret in secrets if secret in html], html


# --- Paper and pictures ---------------------------------------------------------------
def scan(picture: Image.Image) -> str:
    """What the camera of a phone makes of a picture that shows one QR code."""
    [qr] = zxingcpp.read_barcodes(picture)
    return qr.text


def screen_of(page: Page) -> Image.Image:
    """What a page looks like, pictures and all."""
    page.wait_for_function("Array.from(document.images).every(image => image.complete)")
    return Image.open(io.BytesIO(page.screenshot()))


def printed(pdf: bytes) -> dict[str, Image.Image]:
    """The printed sheets: the text of each, and its picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        return {
            page.get_textpage().get_text_range(): page.render(scale=DPI / 72).to_pil()
            for page in document
        }


def _body(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())


# --- The story ------------------------------------------------------------------------
@pytest.mark.browser
def test_from_scratch_to_trust(new_page: Callable[..., Page], mailbox: Mailbox) -> None:
    pages = [new_page(reduced_motion="reduce") for _ in range(6)]
    tess = Teacher(pages[0], "Tess Hardy", "tess@school.example", mailbox)
    ada = Student(pages[1], "Ada Fairweather", "ada.fair", mailbox)
    ben = Student(pages[2], "Bartholomew Quist", "bquist", mailbox)
    nora = Student(pages[3], "Nora Newcombe", "nora.new", mailbox)
    olga = Parent(pages[4], "Olga Winter", "olga@home.example", mailbox)
    paul = Parent(pages[5], "Paul Summers", "paul@home.example", mailbox)

    # A teacher signs up, names a first course and sees its code.
    tess.opens("/", finds="Your school, opened by a code")
    tess.clicks("Sign up", comes_to="Sign up")
    tess.signs_up(comes_to="Welcome, Tess. Do you have a code?")
    tess.types("Biology 7b", into="Name")
    tess.clicks("Make the course and its code", comes_to="Biology 7b")
    course_code = tess.reads_the_code(REGISTRATION_CODE)
    course_code_dies = tess.shown(r"Works until (.+)")

    # She makes a group, and shows its code to the class.
    tess.opens("/", finds="Hello Tess")
    tess.clicks("Biology 7b", comes_to="Biology 7b")
    course = tess.page.url
    tess.clicks("New group", comes_to="New group")
    tess.types("Otters", into="Name")
    tess.clicks("Make it", comes_to="Otters")
    tess.clicks("New code")
    group_code = tess.generates()
    tess.clicks("Show to the class")
    tess.reads(group_code)
    blackboard = screen_of(tess.page)

    # Two students come in. One types the code, in small letters and with spaces.
    ada.opens("/accounts/signup/", finds="Sign up")
    ada.signs_up(comes_to="Welcome, Ada. Do you have a code?")
    ada.types_the_code(group_code.lower().replace("-", " "))
    ada.reads("Come into Otters", "With the account of Ada Fairweather.")
    ada.clicks("Use this code", comes_to="You are in Otters")
    ada.clicks("Open Otters", comes_to="Otters")

    # The other scans the blackboard, and has no account yet.
    ben.opens(scan(blackboard), finds="Enter a code")
    expect(ben.here.get_by_label("Your code")).to_have_value(group_code)
    ben.reads("This is a registration code")
    ben.clicks("Sign up", comes_to="Sign up")
    ben.signs_up(comes_to="Enter a code")
    expect(ben.here.get_by_label("Your code")).to_have_value(group_code)
    ben.reads("Come into Otters")
    ben.clicks("Use this code", comes_to="You are in Otters")

    # The teacher makes two pages in the course, and lets parents see one of them.
    tess.opens(course, finds="Biology 7b")
    tess.makes_a_page("Seating plan", "Bartholomew sits at the window.")
    tess.opens(course, finds="Biology 7b")
    tess.makes_a_page("Field trip", "Bring *boots* on Friday.")
    tess.clicks("Hidden from parents…", comes_to="Let parents see “Field trip”?")
    tess.reads("These become visible too:", "Biology 7b", "Nothing else appears.")
    tess.clicks("Yes, let parents see it")
    expect(tess.page.locator("dialog[open]")).to_have_count(0)
    tess.comes_to("Field trip")
    tess.reads("Parents can see this")
    tess.opens(course, finds="Biology 7b")
    as_a_whole = tess.page.locator(".row", has_text="This place as a whole")
    expect(as_a_whole).to_contain_text("Parents can see this")

    # She asks for the sheets; the worker makes and mails them.
    tess.clicks("Members", comes_to="Members of Biology 7b")
    members_page = tess.page.url
    tess.reads("Ada Fairweather", "Bartholomew Quist", "not yet")
    tess.clicks("Parent codes", comes_to="Parent-code sheets for Biology 7b")
    tess.reads("2 students are here.", "The mail goes to tess@school.example.")
    tess.clicks("Make and mail the sheets", comes_to="Parent-code sheets")
    tess.reads("Done: 2 sheets are in your mail")

    letter = tess.letters[-1]
    [attachment] = letter.iter_attachments()
    told_openly = f"{letter['Subject']}\n{_body(letter)}\n{attachment.get_filename()}"
    for name in ("Ada", "Fairweather", "Bartholomew", "Quist", "Biology"):
        assert name not in told_openly
    sheets = printed(attachment.get_content())
    assert len(sheets) == 2
    [(text, picture)] = [sheet for sheet in sheets.items() if "Ada Fairweather" in sheet[0]]
    [parent_code] = re.findall(PARENT_CODE, text)
    two_weeks_on = timezone.now() + datetime.timedelta(days=14, seconds=1)

    # Ada's mother scans her sheet, signs up, and is linked.
    address = scan(picture)
    olga.opens(address, finds="Enter a code")
    olga.reads("This is a parent code")
    olga.clicks("Sign up", comes_to="Sign up")
    olga.signs_up(comes_to="Enter a code")
    expect(olga.here.get_by_label("Your code")).to_have_value(parent_code)
    olga.reads("Link to your child", "Child: Ada F.", "With the account of Olga Winter.")
    expect(olga.here).not_to_contain_text("Fairweather")
    olga.clicks("Use this code", comes_to="You are linked to Ada F.")

    # She sees the green page and nothing else.
    olga.clicks("Ada F.", comes_to="Ada Fairweather")
    olga.clicks("Biology 7b…", comes_to="Biology 7b")
    expect(olga.here.locator(".tree li")).to_have_count(1)
    olga.clicks("Field trip", comes_to="Field trip")
    olga.reads("Bring boots on Friday.")
    green_page = olga.page.url
    answer = olga.opens(members_page, finds="Not here")
    assert answer
    assert answer.status == 404

    # Two weeks and a second later the codes are dead, and the link lives.
    with time_machine.travel(two_weeks_on):
        nora.opens("/accounts/signup/", finds="Sign up")
        nora.signs_up(comes_to="Welcome, Nora. Do you have a code?")
        nora.is_refused(course_code, because="This code has expired")
        nora.reads(f"This code expired on {course_code_dies}.", "Ask for a new one")
        paul.opens(address, finds="Enter a code")
        paul.clicks("Sign up", comes_to="Sign up")
        paul.signs_up(comes_to="Enter a code")
        paul.reads("This code has expired", "This code expired on")
        olga.signs_in(comes_to="My children")
        olga.opens(green_page, finds="Field trip")
        olga.reads("Bring boots on Friday.")

        # Ada makes a code for her father herself.
        ada.signs_in(comes_to="Hello Ada")
        ada.clicks("My profile", comes_to="Ada Fairweather")
        ada.reads("Olga Winter")
        ada.clicks("A code for my parent")
        adas_code = ada.generates(PARENT_CODE)
        paul.uses(adas_code, comes_to="You are linked to Ada F.")
        paul.clicks("Ada F.", comes_to="Ada Fairweather")
        paul.clicks("Field trip…", comes_to="Field trip")
        paul.reads("Bring boots on Friday.")

        # The teacher makes another code, and takes it back.
        tess.signs_in(comes_to="Hello Tess")
        tess.clicks("Codes", within=tess.header)
        tess.chooses("Biology 7b", at="For which place?")
        deleted_code = tess.generates()
        tess.clicks("Manage", comes_to="Codes Management")
        tess.reads("Dead codes of the last 30 days")
        tess.ticks(f"Choose the code that ends in {deleted_code.replace('-', '')[-4:]}")
        tess.clicks("Delete the chosen codes", comes_to="Delete this code?")
        tess.reads(deleted_code)
        tess.clicks("Delete", comes_to="Codes Management")
        tess.reads("No live code")
        nora.is_refused(deleted_code, because="This code does not open anything")
        nora.reads("We do not know this code. It may have been deleted.", "Ask the person who gave")

    assert any("Bartholomew" in html for html in tess.all_sent())
    for parent in (olga, paul):
        parent.assert_never_read(
            "Bartholomew", "Quist", "bquist", "Seating plan", "Otters", "Newcombe", "Members of"
        )
    paul.assert_never_read("Olga", "Winter")
    assert_never_in_an_address(
        [tess, ada, ben, nora, olga, paul],
        [course_code, group_code, parent_code, adas_code, deleted_code],
    )
