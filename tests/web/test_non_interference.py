"""What a parent is sent is a function of their own children alone (F6): whatever others are called,
answer, upload, or how many they are, it stays the same, byte for byte.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from classkey.accounts.models import Role, User
from classkey.school import issuing, membership, publishing
from classkey.school.assessing import taking
from classkey.school.assessing.taking import Given
from classkey.school.issuing import Terms
from classkey.school.models import (
    Answer,
    Audience,
    Item,
    ItemKind,
    ParentLink,
    Permission,
    PlaceKind,
)
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, links
from tests.world import School, enter, make_user

TOKEN = re.compile(rb"\b[A-Za-z0-9]{64}\b")


def pages_of(client: Client, child: User) -> Iterator[tuple[str, bytes, list[tuple[str, str]]]]:
    """Everything that a parent is sent about a child: the profile and all that it leads to."""
    start = at("child", child)
    ahead = [start]
    for address in ahead:
        response = client.get(address)
        assert response.status_code == 200, address
        body = TOKEN.sub(b"TOKEN", response.getvalue())
        headers = sorted((name, value) for name, value in response.items() if name != "Set-Cookie")
        yield address, body, headers
        if response["Content-Type"].startswith("text/html"):
            for link in links(body.decode()):
                if link.startswith(start) and link not in ahead:
                    ahead.append(link)


# --- What others do ---------------------------------------------------------------------
def they_are_called_something_else(north: School) -> None:
    for person in (north.ben, north.cleo, north.nina, north.dan, north.paula, north.petra):
        if person != north.quentin:
            User.objects.filter(pk=person.pk).update(given_name="Zzyzx", family_name="Other")


def they_are_more(north: School) -> None:
    for number in range(7):
        student = make_user(Role.STUDENT, f"Student{number}")
        for code in (north.for_students, north.for_owls):
            enter(student, code)
        answer(student, north.quiz, f"{number} of them")
        parent = make_user(Role.PARENT, f"P{number}", address=f"p{number}@home.example")
        ParentLink.objects.create(parent=parent, student=student)


def they_are_fewer(north: School) -> None:
    for student in (north.ben, north.cleo, north.nina):
        membership.remove(Viewer(north.tess), north.maths, student)
    User.objects.filter(pk=north.dan.pk).update(is_active=False)


def they_answer_and_are_marked(north: School) -> None:
    answer(north.ben, north.quiz, "Something else")
    answer(north.nina, north.quiz, "Nothing")
    for given in Answer.objects.exclude(attempt__student=north.anna).filter(points=None):
        Answer.objects.filter(pk=given.pk).update(points=Decimal(3), remark="Well done, all!")


def they_upload_and_write(north: School) -> None:
    ben, cleo = Viewer(north.ben), Viewer(north.cleo)
    membership.change_permission(Viewer(north.tess), north.maths, north.ben, Permission.EDIT)
    publishing.make_files(ben, north.maths, None, [ContentFile(b"Ben's", "ben.txt")])
    publishing.make_item(ben, north.maths, north.folder, kind=ItemKind.PAGE, title="By Ben")
    own = membership.make_top_place(cleo, PlaceKind.WORKSPACE, "Cleo's")
    publishing.make_item(cleo, own, None, kind=ItemKind.PAGE, title="By Cleo")


def they_have_groups_codes_and_workspaces(north: School) -> None:
    tess = Viewer(north.tess)
    group = membership.make_group(tess, north.maths, "Without her")
    membership.add_from_above(tess, group, [north.ben, north.nina], Permission.READ)
    publishing.flip(tess, group, publishing.Toggle.GREEN, on=True)
    page = publishing.make_item(tess, group, None, kind=ItemKind.PAGE, title="Not for her")
    publishing.flip(tess, page, publishing.Toggle.GREEN, on=True)
    issuing.make_parent_code(tess, north.nina, north.maths)
    enter(north.zoe, issuing.make_registration_code(tess, group, Terms(Audience.STUDENTS)))


OTHERS = [
    they_are_called_something_else,
    they_are_more,
    they_are_fewer,
    they_answer_and_are_marked,
    they_upload_and_write,
    they_have_groups_codes_and_workspaces,
]


def answer(student: User, test: Item, text: str) -> None:
    choice, why = test.assessment.questions.all()
    wrong = choice.choices.get(is_right=False)
    taking.submit(
        Viewer(student),
        test,
        {choice.pk: Given([str(wrong.pk)], seen=1), why.pk: Given([text], seen=1)},
    )


@pytest.mark.parametrize("they", OTHERS)
def test_f6_a_parent_is_sent_the_same_whatever_others_do(
    north: School, they: Callable[[School], None], time_machine: Any
) -> None:
    time_machine.move_to("2026-11-24T10:00:00Z", tick=False)
    everything_shown(north)
    client = browser_of(north.quentin)
    before = list(pages_of(client, north.anna))
    they(north)
    assert list(pages_of(client, north.anna)) == before


def everything_shown(north: School) -> None:
    """The tests show parents all that their settings can show."""
    for test in (north.quiz, north.owl_test):
        settings = test.assessment
        settings.show_grade_to_parents = settings.show_answers_to_parents = True
        settings.save()


def test_the_pages_that_are_compared_are_of_every_kind(north: School) -> None:
    everything_shown(north)
    sent = {address: body for address, body, _ in pages_of(browser_of(north.quentin), north.anna)}
    for page in (
        at("child", north.anna),
        at("child_place", north.anna, north.maths),
        at("child_place", north.anna, north.owls),
        at("child_place", north.anna, north.history),
        at("child_item", north.anna, north.folder),
        at("child_item", north.anna, north.pages["box: both"]),
        at("child_item", north.anna, north.leaflet),
        at("child_file", north.anna, north.leaflet),
        at("child_item", north.anna, north.quiz),
    ):
        assert page in sent
    assert b"Anna thinks so" in sent[at("child_item", north.anna, north.quiz)]


def test_they_do_change_when_it_is_about_the_child(north: School) -> None:
    """The comparison can fail."""
    client = browser_of(north.quentin)
    before = list(pages_of(client, north.anna))
    membership.add_from_above(Viewer(north.tess), north.attic, [north.anna], Permission.READ)
    assert list(pages_of(client, north.anna)) != before
