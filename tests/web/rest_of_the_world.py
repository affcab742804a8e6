"""What others do while a parent looks at their own children's pages (F6)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet

from classkey.accounts.addresses import proved_address, set_proved_address
from classkey.accounts.models import Role, User
from classkey.school import code_text, issuing, membership, publishing, redeeming
from classkey.school.assessing import marking, taking
from classkey.school.assessing.taking import Given
from classkey.school.code_text import CodeKind
from classkey.school.errors import Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    Answer,
    Attempt,
    Item,
    ItemKind,
    ParentLink,
    Permission,
    PlaceKind,
)
from classkey.school.publishing import Shift, Toggle
from classkey.school.rostering import sign_ins
from classkey.school.viewer import Viewer
from tests.web.asking import Reader
from tests.web.browsing import browser_of
from tests.web.non_interference import CHANGED, READ
from tests.world import School, World, enter, make_user

T = TypeVar("T")


def one_of(things: Iterable[T], number: int) -> T:
    """One of them by number. Raises Unseen where there is none."""
    found = list(things)
    if not found:
        raise Unseen
    return found[number % len(found)]


@dataclass(frozen=True)
class Rest:
    """The world but for one parent and their children."""

    world: World
    reader: Reader

    @property
    def north(self) -> School:
        return self.world.north

    @property
    def tess(self) -> Viewer:
        return Viewer(self.north.tess)

    @property
    def people(self) -> list[User]:
        """The other students and parents. What teachers are called, a parent may know."""
        known = [self.reader.person(self.north), *self.reader.own(self.north)]
        others = [*self.north.people, *self.world.south.people]
        return [one for one in others if not one.is_instructor and one not in known]

    @property
    def students(self) -> list[User]:
        return [person for person in self.people if person.is_student and person.is_active]

    @property
    def classmates(self) -> QuerySet[User]:
        """The other students in the course of the children."""
        here = User.objects.filter(memberships__place=self.north.maths, role=Role.STUDENT)
        mine = [child.pk for child in self.reader.own(self.north)]
        return here.filter(is_active=True).exclude(pk__in=mine).order_by("date_joined", "pk")

    @property
    def not_green(self) -> QuerySet[Item]:
        """What parents do not see, in the course of the children."""
        items = Item.objects.kept().filter(place=self.north.maths, shown_to_parents=False)
        return items.order_by("title", "pk")

    def classmate(self, number: int) -> User:
        return one_of(self.classmates, number)

    def hidden(self, number: int) -> Item:
        return one_of(self.not_green, number)


def answer(student: User, test: Item, text: str) -> None:
    """Submit a test, again if need be."""
    for attempt in Attempt.objects.filter(assessment=test.pk, student=student):
        marking.unlock(Viewer(test.created_by), test, attempt.pk)
    choice, why = test.assessment.questions.all()
    wrong = choice.choices.get(is_right=False)
    seen = dict(Answer.objects.filter(attempt__assessment=test.pk, attempt__student=student)
                .values_list("question", "version"))  # fmt: skip
    given = {choice.pk: [str(wrong.pk)], why.pk: [text]}
    sheet = {question: Given(texts, seen.get(question, 0)) for question, texts in given.items()}
    taking.submit(Viewer(student), test, sheet)


# --- What they do -----------------------------------------------------------------------
def are_called_otherwise(rest: Rest, number: int, word: str) -> None:
    person = one_of(rest.people, number)
    person.rename(given_name=word, family_name=f"Other{number}")
    User.objects.filter(pk=person.pk).update(username=f"other{number}")
    if proved_address(person):
        set_proved_address(person, f"other{number}@new.example")


def come(rest: Rest, number: int, word: str) -> None:
    for code in (rest.north.for_students, rest.north.for_owls):
        enter(make_user(Role.STUDENT, word, f"New{number}"), code)


def are_removed(rest: Rest, number: int, _word: str) -> None:
    membership.remove(rest.tess, rest.north.maths, rest.classmate(number))


def become_editors(rest: Rest, number: int, _word: str) -> None:
    membership.change_permission(
        rest.tess, rest.north.maths, rest.classmate(number), Permission.EDIT
    )


def answer_tests(rest: Rest, number: int, word: str) -> None:
    answer(rest.classmate(number), rest.north.quiz, word)


def are_marked(rest: Rest, number: int, word: str) -> None:
    for test in (rest.north.quiz, rest.north.owl_test):
        theirs = marking.answers(rest.tess, test).filter(attempt__student__in=rest.classmates)
        for one in theirs.filter(attempt__submitted_at__isnull=False):
            about = (one.attempt_id, one.question_id, Decimal(number % 3), word)
            marking.mark(rest.tess, test, *about, seen=one.version)


def upload(rest: Rest, number: int, word: str) -> None:
    file = ContentFile(word.encode() * 3, f"{word} {number}.txt")
    publishing.make_files(Viewer(rest.north.ed), rest.north.maths, None, [file])


def write_what_is_not_green(rest: Rest, number: int, word: str) -> None:
    folder = [None, rest.north.folder, rest.north.box][number % 3]
    kind = [ItemKind.PAGE, ItemKind.FOLDER][number % 2]
    publishing.make_item(rest.tess, rest.north.maths, folder, kind=kind, title=word, body=word)


def edit_what_is_not_green(rest: Rest, number: int, word: str) -> None:
    item = rest.hidden(number)
    publishing.edit_item(rest.tess, item, version=item.version, title=word, body=word)


def delete_what_is_not_green(rest: Rest, number: int, _word: str) -> None:
    publishing.delete_item(rest.tess, rest.hidden(number))


def move_what_is_not_green(rest: Rest, number: int, _word: str) -> None:
    north = rest.north
    place, folder = [(north.maths, north.box), (north.owls, None), (north.maths, None)][number % 3]
    publishing.move_item(rest.tess, rest.hidden(number), place, folder)


def shift_what_is_not_green(rest: Rest, number: int, _word: str) -> None:
    publishing.shift_item(rest.tess, rest.hidden(number), list(Shift)[number % 2])


def flip_what_is_not_green_blue(rest: Rest, number: int, _word: str) -> None:
    item = rest.hidden(number)
    publishing.flip(rest.tess, item, Toggle.BLUE, on=not item.members_see)


def have_a_group(rest: Rest, _number: int, word: str) -> None:
    group = membership.make_group(rest.tess, rest.north.maths, word)
    membership.add_from_above(rest.tess, group, list(rest.classmates), Permission.READ)
    page = publishing.make_item(rest.tess, group, None, kind=ItemKind.PAGE, title=word)
    publishing.flip(rest.tess, page, Toggle.GREEN, on=True, with_above=True)


def have_a_workspace(rest: Rest, number: int, word: str) -> None:
    owner = Viewer(one_of(rest.students, number))
    place = membership.make_top_place(owner, PlaceKind.WORKSPACE, word)
    page = publishing.make_item(owner, place, None, kind=ItemKind.PAGE, title=word)
    publishing.flip(owner, page, Toggle.GREEN, on=True, with_above=True)


def have_another_course(rest: Rest, _number: int, word: str) -> None:
    course = membership.make_top_place(rest.tess, PlaceKind.COURSE, word)
    code = issuing.make_registration_code(rest.tess, course, Terms())
    for student in rest.classmates:
        enter(student, code)


def are_linked_to(rest: Rest, number: int, word: str) -> None:
    free = [one for one in rest.students if not one.holds.exists()]  # of a hold (F9)
    student = one_of(free, number)
    parent = make_user(Role.PARENT, word)
    set_proved_address(parent, f"{parent.pk}@home.example")
    enter(parent, issuing.make_parent_code(Viewer(student), student))


def lose_a_parent(rest: Rest, _number: int, _word: str) -> None:
    links = ParentLink.objects.filter(student__in=rest.students, ended_at=None)
    links.exclude(parent=rest.reader.person(rest.north)).update(ended_at=CHANGED)


def make_and_use_codes(rest: Rest, number: int, word: str) -> None:
    used = issuing.make_registration_code(rest.tess, rest.north.maths, Terms(max_uses=1))
    enter(make_user(Role.STUDENT, word, f"Used{number}"), used)
    unused = issuing.make_parent_code(rest.tess, rest.classmate(number), rest.north.maths)
    issuing.delete_codes(rest.tess, [unused.pk])


def mistype_codes(rest: Rest, _number: int, _word: str) -> None:
    for _time in range(3):
        with suppress(Refused):
            redeeming.redeem(Viewer(rest.north.zoe), code_text.mint(CodeKind.PARENT))


def are_let_in_once(rest: Rest, number: int, _word: str) -> None:
    without = [one for one in rest.classmates if not proved_address(one)]
    sign_ins.issue(rest.tess, one_of(without, number))


def look_around(rest: Rest, _number: int, _word: str) -> None:
    """Just before the parent does."""
    with time_machine.travel(READ, tick=False):
        for person in (rest.north.tess, rest.north.ines):
            client = browser_of(person)
            for address in ("/", "/children/"):
                client.get(address)


def are_deactivated(rest: Rest, number: int, _word: str) -> None:
    north = rest.north
    leaving = [north.cleo, north.nina, north.dan, north.rolf, north.sam, north.oscar]
    User.objects.filter(pk=one_of(leaving, number).pk).update(is_active=False)


def run_their_own_school(rest: Rest, _number: int, word: str) -> None:
    south = rest.world.south
    publishing.edit_place(Viewer(south.tess), south.maths, name=word, description=word)
    membership.remove(Viewer(south.tess), south.maths, south.ben)


Deed = Callable[[Rest, int, str], None]
"""What others do, to whom or how often by number, in which words."""

DEEDS: list[Deed] = [
    are_called_otherwise,
    come,
    become_editors,
    answer_tests,
    are_marked,
    upload,
    write_what_is_not_green,
    edit_what_is_not_green,
    shift_what_is_not_green,
    move_what_is_not_green,
    flip_what_is_not_green_blue,
    delete_what_is_not_green,
    have_a_group,
    have_a_workspace,
    have_another_course,
    are_linked_to,
    make_and_use_codes,
    mistype_codes,
    are_let_in_once,
    run_their_own_school,
    lose_a_parent,
    are_removed,
    are_deactivated,
    look_around,
]


def do(rest: Rest, deed: Deed, number: int, word: str) -> None:
    """Have others do something, the day before the parent reads."""
    with time_machine.travel(CHANGED, tick=False), transaction.atomic():
        deed(rest, number, word)


def try_to_do(rest: Rest, deed: Deed, number: int, word: str) -> None:
    """The same, unless what they did before has made it impossible."""
    with suppress(PermissionDenied, Refused, Unseen):
        do(rest, deed, number, word)


def do_all(rest: Rest) -> None:
    """Have others do everything; call everybody otherwise, and link somebody to everybody."""
    for number in range(len(rest.people)):
        do(rest, are_called_otherwise, number, f"Zyx{number}")
    for number in range(len(rest.students)):
        do(rest, are_linked_to, number, f"Parent{number}")
    for deed in DEEDS:
        do(rest, deed, 99, f"Word {deed.__name__}")
