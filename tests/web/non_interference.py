"""All that a parent is sent in answer to what they ask (`asking`), and by mail; compared in two
worlds in which nothing differs that is about the parent's own children.
"""

import datetime
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from difflib import unified_diff
from http import HTTPStatus
from typing import Any
from unittest import mock

import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoDbBlocker

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import issuing, limits, membership, publishing, tasks
from classkey.school.models import ItemKind, Permission
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.asking import NEWS, NOTHING, Answer, Ask, Reader, Sent, all_asks
from tests.web.browsing import browser_of
from tests.world import School, Snapshot, World, enter

# A day on the pages tells what was there before the change, what changed, and today apart.
CHANGED = timezone.now() + datetime.timedelta(days=1)
READ = CHANGED + datetime.timedelta(days=1)


# --- The two worlds ---------------------------------------------------------------------
@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in here is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def held_still() -> Iterator[None]:
    """The clock stands, and what is drawn by lot comes out the same."""
    with ExitStack() as still:
        still.enter_context(time_machine.travel(READ, tick=False))
        for lot, drawn in (
            ("django.middleware.csrf._get_new_csrf_string", "c" * 32),
            ("allauth.mfa.totp.internal.auth.generate_totp_secret", "S" * 32),
        ):
            still.enter_context(mock.patch(lot, return_value=drawn))
        yield


def forget() -> None:
    """Nothing is kept of pages or counted of people any more."""
    cache.clear()
    caches["template_fragments"].clear()
    limits.limiter("memory://").storage.reset()


class Comparison:
    """What parents are sent in the world as it was, to compare another with."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._before: dict[Reader, Sent] = {}
        show_all(self.world.north)

    @property
    def world(self) -> World:
        """The people and places; each time another copy."""
        return self._snapshot.people_and_places()

    def before(self, reader: Reader) -> Sent:
        """All that this parent is sent in the world as it was."""
        if reader not in self._before:
            forget()
            self._before[reader] = all_sent(self.world.north, reader)
        return self._before[reader]

    def asks(self, reader: Reader, *pages: str) -> list[Ask]:
        """All that this parent can ask for and is told anything by; or only these pages."""
        return [
            ask
            for ask, answer in self.before(reader).items()
            if answer.status != HTTPStatus.METHOD_NOT_ALLOWED and (not pages or ask.page in pages)
        ]

    def sent(self, reader: Reader, asks: Iterable[Ask]) -> Sent:
        """What this parent is sent in the world as it is now."""
        return sent(self.world.north, reader, asks)


@contextmanager
def comparing(snapshot: Snapshot, blocker: DjangoDbBlocker) -> Iterator[Comparison]:
    """A comparison for the tests of a module that has the snapshot's rows."""
    with blocker.unblock(), undone():
        yield Comparison(snapshot)


def show_all(north: School) -> None:
    """Tests show parents all that they can; of what is green some is by a student; what changed
    last is in the owls, and not green.
    """
    for test in (north.quiz, north.owl_test):
        shown = test.assessment
        shown.show_grade_to_parents = shown.show_answers_to_parents = True
        shown.save()
    tess, cleo = Viewer(north.tess), Viewer(north.cleo)
    membership.change_permission(tess, north.maths, north.cleo, Permission.EDIT)
    page = publishing.make_item(cleo, north.maths, None, kind=ItemKind.PAGE, title="A tree")
    files = publishing.make_files(cleo, north.maths, None, [ContentFile(b"An oak", "oak.txt")])
    for item in (page, *files):
        publishing.flip(tess, item, Toggle.GREEN, on=True)
    last = north.pages["owls: blue"]
    publishing.edit_item(Viewer(north.gwen), last, version=last.version, title="Owls only")


# --- What is answered -------------------------------------------------------------------
def all_sent(north: School, reader: Reader) -> Sent:
    """All that a parent is sent. It leaves no trace."""
    found: Sent = {}
    return _sent(north, reader, all_asks(north, reader, found), found)


def sent(north: School, reader: Reader, asks: Iterable[Ask]) -> Sent:
    """What a parent is sent who asks so. It leaves no trace."""
    return _sent(north, reader, asks, {})


def _sent(north: School, reader: Reader, asks: Iterable[Ask], found: Sent) -> Sent:
    person = reader.person(north)
    with undone(), held_still():
        person.set_password("purple horse 92")
        person.save()
        client = signed_in(person)
        for ask in asks:
            with undone():  # in whatever order they are asked, and whichever of them
                mail.outbox.clear()
                if ask == NEWS:
                    be_linked(north, reader)
                answer = answered(client, ask)
                found[ask] = replace(answer, mails=mails_to(str(proved_address(person))))
            if ask.method == "post":  # its session may be over
                client = signed_in(person)
    return found


def signed_in(person: User) -> Client:
    """A browser in which this person has just typed their password."""
    client = browser_of(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    return client


def answered(client: Client, ask: Ask) -> Answer:
    """Ask, and return all of the answer."""
    response = getattr(client, ask.method)(ask.address, dict(ask.data), headers=dict(ask.headers))
    return Answer(response.status_code, headers_of(response), response.getvalue().decode())


def headers_of(response: Any) -> tuple[str, ...]:
    """The headers, with the cookies; which session and which request it is, is drawn by lot."""
    if "X-Request-ID" in response:
        response["X-Request-ID"] = "request"
    for name, cookie in response.cookies.items():
        if name == settings.SESSION_COOKIE_NAME and cookie.value:
            cookie.set(name, "session", "session")
    cookies = [cookie.OutputString() for cookie in response.cookies.values()]
    return tuple(sorted([*cookies, *(f"{name}: {value}" for name, value in response.items())]))


def be_linked(north: School, reader: Reader) -> None:
    """Another adult is linked to each of their children in turn, and that is mailed (F8)."""
    for hour, child in enumerate(reader.own(north)):
        with time_machine.travel(READ - datetime.timedelta(hours=hour), tick=False):
            enter(north.ursula, issuing.make_parent_code(Viewer(child), child))
    for job in DBTaskResult.objects.filter(task_path=tasks.mail_notice.module_path):
        tasks.mail_notice.call(*job.args_kwargs["args"])


def mails_to(address: str) -> tuple[str, ...]:
    """The mails to this address, without what is drawn by lot."""
    theirs = (each.message().as_string() for each in mail.outbox if address in each.recipients())
    return tuple(re.sub(r"(?m)^Message-ID: .*$", "", each) for each in theirs)


# --- The comparison ---------------------------------------------------------------------
def differing(before: Sent, after: Sent) -> list[str]:
    """What was sent otherwise after than before, and how."""
    return [
        "\n".join([str(ask), *_difference(before[ask], answer)])
        for ask, answer in after.items()
        if before[ask] != answer
    ]


def _difference(before: Answer, after: Answer) -> list[str]:
    return list(unified_diff(before.lines, after.lines, n=0, lineterm=""))


def told_apart(found: Sent) -> list[str]:
    """Of what is hidden, what was answered otherwise than an address of nothing at all."""

    def said(ask: Ask) -> Answer:
        answer = found[ask]
        length = f"Content-Length: {len(answer.body.encode())}"
        headers = tuple(header for header in answer.headers if header != length)
        return replace(answer, headers=headers, body=answer.body.replace(ask.address, "HERE"))

    return [str(ask) for ask in found if ask.is_hidden and said(ask) != said(NOTHING)]
