"""`manage.py seed_demo`: a small school to try Classkey with, on a demo's first start (A6)."""

from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from classkey.accounts.addresses import set_proved_address
from classkey.accounts.models import Role, User
from classkey.school import issuing, membership, publishing, redeeming
from classkey.school.issuing import Terms
from classkey.school.models import Audience, ItemKind, Permission, Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer

PASSWORD = "demo-school"  # noqa: S105 - printed for everybody; a demo serves this machine alone

STUDENTS = [("Ada", "Okafor"), ("Ben", "Nguyễn"), ("Chloé", "Martin"), ("Dmytro", "Kovalenko")]

WELCOME = """
Welcome to **Biology 7b**. This term we look at *cells*, plants and the human body.

## What you need

- a notebook
- coloured pencils
- curiosity
"""
HOMEWORK = "Draw a plant cell and name its parts. Bring it on Thursday."
MATERIALS = """For the cell model, one of each for every two students:

- a clear plastic bag (the membrane)
- jelly, any colour (the cytoplasm)
- a grape (the nucleus)
- peas and raisins (the rest)
"""
MARKING = "Notes for marking: only teachers see this page."


class Command(BaseCommand):
    """Makes the demo's people and places once; prints the logins when it made them."""

    help = "Make the demo school, if there is none yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make the school, or leave the one that is there."""
        if not settings.DEMO:
            raise CommandError("The demo school exists in demo mode only.")
        if User.objects.exists():
            return
        with transaction.atomic():
            people = _seed()
        self.stdout.write("A demo school is ready. Everybody's password: " + PASSWORD)
        for person in people:
            login = person.email or person.username
            role = person.get_role_display()
            self.stdout.write(f"  {role:8} {person.full_name:18} {login}")


def _seed() -> list[User]:
    teacher = _person(Role.INSTRUCTOR, "Maya", "Lindholm", "maya@classkey.example")
    colleague = _person(Role.INSTRUCTOR, "Tom", "Reyes", "tom@classkey.example")
    parent = _person(Role.PARENT, "Ngozi", "Okafor", "ngozi@classkey.example")
    students = [_person(Role.STUDENT, given, family) for given, family in STUDENTS]
    maya = Viewer(teacher)

    biology = membership.make_top_place(maya, PlaceKind.COURSE, "Biology 7b")
    history = membership.make_top_place(maya, PlaceKind.COURSE, "History 7b")
    for course in (biology, history):
        _let_in(maya, course, Terms(), students)
    _let_in(maya, biology, Terms(Audience.INSTRUCTORS, Permission.EDIT, max_uses=1), [colleague])
    reading = membership.make_group(maya, biology, "Microscope club", "Thursdays, room 12")
    membership.add_from_above(maya, reading, students[:2], Permission.EDIT)
    _fill(maya, biology)

    ada = Viewer(students[0])
    workspace = membership.make_top_place(ada, PlaceKind.WORKSPACE, "Science fair")
    _let_in(ada, workspace, Terms(permission=Permission.EDIT), [students[1]])

    code = issuing.make_parent_code(ada, students[0])
    redeeming.redeem(Viewer(parent), code.text)
    return [teacher, colleague, parent, *students]


def _person(role: Role, given_name: str, family_name: str, address: str = "") -> User:
    user = User.objects.create_user(
        role=role, given_name=given_name, family_name=family_name, password=PASSWORD
    )
    if address:
        set_proved_address(user, address)
    return user


def _let_in(admin: Viewer, place: Place, terms: Terms, people: list[User]) -> None:
    code = issuing.make_registration_code(admin, place, terms)
    for person in people:
        redeeming.redeem(Viewer(person), code.text)


def _fill(teacher: Viewer, course: Place) -> None:
    make = publishing.make_item
    welcome = make(teacher, course, None, kind=ItemKind.PAGE, title="Welcome", body=WELCOME)
    week = make(teacher, course, None, kind=ItemKind.FOLDER, title="Week 1: cells")
    make(teacher, course, week, kind=ItemKind.PAGE, title="Homework", body=HOMEWORK)
    materials = ContentFile(MATERIALS.encode(), name="Materials for the cell model.txt")
    make(
        teacher,
        course,
        week,
        kind=ItemKind.FILE,
        title="Materials for the cell model",
        upload=materials,
    )
    make(
        teacher,
        course,
        week,
        kind=ItemKind.LINK,
        title="Cells, an introduction",
        url="https://en.wikipedia.org/wiki/Cell_(biology)",
    )
    marking = make(teacher, course, week, kind=ItemKind.PAGE, title="Marking", body=MARKING)
    publishing.flip(teacher, marking, Toggle.BLUE, on=False)
    publishing.flip(teacher, welcome, Toggle.GREEN, on=True, with_above=True)
