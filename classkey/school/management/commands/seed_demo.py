"""`manage.py seed_demo`: a small school to try Classkey with, on a demo's first start (A6)."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from classkey.accounts.addresses import set_proved_address
from classkey.accounts.administrators import appoint
from classkey.accounts.models import Role, User
from classkey.school import clock, issuing, membership, publishing, redeeming, years
from classkey.school.assessing import marking, scoring, taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft
from classkey.school.issuing import Terms
from classkey.school.models import (
    Attempt,
    Audience,
    Item,
    ItemKind,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    QuestionKind,
)
from classkey.school.publishing import Toggle
from classkey.school.revoking import requests
from classkey.school.revoking.requests import Plea
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
LAST_YEAR = "Birds, trees, and a pond that we looked at every week for a year."
MARKING = "Notes for marking: only teachers see this page."
QUIZ = "Ten minutes, no notes. Write the last answer in your own words."
QUESTIONS = [
    (
        QuestionKind.ONE_CHOICE,
        QuestionDraft(
            "Which part of the cell holds its genetic material?",
            choices=[
                ChoiceDraft("The nucleus", is_right=True),
                ChoiceDraft("The membrane"),
                ChoiceDraft("The cell wall"),
            ],
        ),
    ),
    (
        QuestionKind.SEVERAL_CHOICES,
        QuestionDraft(
            "Which of these does a plant cell have and an animal cell not?",
            points=Decimal(2),
            choices=[
                ChoiceDraft("Chloroplasts", is_right=True),
                ChoiceDraft("A cell wall", is_right=True),
                ChoiceDraft("A nucleus"),
                ChoiceDraft("Mitochondria"),
            ],
        ),
    ),
    (
        QuestionKind.TRUE_FALSE,
        QuestionDraft("Every living thing is made of more than one cell.", is_true=False),
    ),
    (
        QuestionKind.NUMBER,
        QuestionDraft(
            "A cell divides every hour. You begin with one. How many are there after 5 hours?",
            number=Decimal(32),
        ),
    ),
    (
        QuestionKind.SHORT_TEXT,
        QuestionDraft(
            "What is the jelly inside a cell called?", accepted="cytoplasm\nthe cytoplasm"
        ),
    ),
    (
        QuestionKind.LONG_TEXT,
        QuestionDraft("Why does a plant need light? Two or three sentences.", points=Decimal(3)),
    ),
]
ADAS_ANSWERS = [
    ["The nucleus"],
    ["Chloroplasts", "A cell wall"],
    [scoring.FALSE],
    ["32"],
    ["Cytoplasm"],
    ["It makes sugar out of light, water and air. Without light it has nothing to live on."],
]
BENS_ANSWERS = [
    ["The nucleus"],
    ["Chloroplasts"],
    [scoring.FALSE],
    ["10"],
    ["cytoplasm"],
    ["Because of photosynthesis: the green parts make its food."],
]


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
            role = "Support" if person.is_administrator else person.get_role_display()
            self.stdout.write(f"  {role:8} {person.full_name:18} {login}")


def _seed() -> list[User]:
    teacher = _person(Role.INSTRUCTOR, "Maya", "Lindholm", "maya@classkey.example")
    colleague = _person(Role.INSTRUCTOR, "Tom", "Reyes", "tom@classkey.example")
    administrator = _person(Role.INSTRUCTOR, "Samira", "Haddad", "samira@classkey.example")
    appoint(administrator)
    parent = _person(Role.PARENT, "Ngozi", "Okafor", "ngozi@classkey.example")
    uncle = _person(Role.PARENT, "Emeka", "Okafor", "emeka@classkey.example")
    students = [_person(Role.STUDENT, given, family) for given, family in STUDENTS]
    maya = Viewer(teacher)

    biology = membership.make_top_place(maya, PlaceKind.COURSE, "Biology 7b")
    history = membership.make_top_place(maya, PlaceKind.COURSE, "History 7b")
    for course in (biology, history):
        _let_in(maya, course, Terms(), students)
    _let_in(maya, biology, Terms(Audience.INSTRUCTORS, Permission.EDIT, max_uses=1), [colleague])
    reading = membership.make_group(maya, biology, "Microscope club", "Thursdays, room 12")
    membership.add_from_above(maya, reading, students[:2], Permission.EDIT)
    week = _fill(maya, biology)
    _give_quiz(maya, week, students)
    _look_back(maya, students)

    ada = Viewer(students[0])
    workspace = membership.make_top_place(ada, PlaceKind.WORKSPACE, "Science fair")
    _let_in(ada, workspace, Terms(permission=Permission.EDIT), [students[1]])

    code = issuing.make_parent_code(ada, students[0])
    for adult in (parent, uncle):
        redeeming.redeem(Viewer(adult), code.text)
    link = ParentLink.objects.get(parent=uncle)
    requests.file(ada, link, Plea("My uncle helped me once. He need not see this any more."))
    return [teacher, colleague, administrator, parent, uncle, *students]


def _look_back(teacher: Viewer, students: list[User]) -> None:
    """A course of last year, archived: its people still read it (S4)."""
    course = membership.make_top_place(teacher, PlaceKind.COURSE, "Biology 6b")
    Place.objects.filter(pk=course.pk).update(school_year=clock.school_year() - 1)
    _let_in(teacher, course, Terms(), students)
    page = publishing.make_item(
        teacher, course, None, kind=ItemKind.PAGE, title="What we did in 6b", body=LAST_YEAR
    )
    publishing.flip(teacher, page, Toggle.GREEN, on=True, with_above=True)
    years.archive(teacher, course)


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


def _fill(teacher: Viewer, course: Place) -> Item:
    """Add the course's content; return the folder of its first week."""
    make = publishing.make_item
    welcome = make(teacher, course, None, kind=ItemKind.PAGE, title="Welcome", body=WELCOME)
    week = make(teacher, course, None, kind=ItemKind.FOLDER, title="Week 1: cells")
    make(teacher, course, week, kind=ItemKind.PAGE, title="Homework", body=HOMEWORK)
    materials = ContentFile(MATERIALS.encode(), name="Materials for the cell model.txt")
    publishing.make_files(teacher, course, week, [materials])
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
    return week


def _give_quiz(teacher: Viewer, week: Item, students: list[User]) -> None:
    """Add a test that two students have answered; the answers of one wait to be marked."""
    quiz = writing.make_test(teacher, week.place, week, title="Quiz: the cell", body=QUIZ)
    for kind, draft in QUESTIONS:
        writing.add_question(teacher, quiz, kind, draft)
    shown = writing.Settings(passing_grade=50, show_grade_to_parents=True)
    writing.change_settings(teacher, quiz, shown)
    publishing.flip(teacher, quiz, Toggle.BLUE, on=True)
    publishing.flip(teacher, quiz, Toggle.GREEN, on=True, with_above=True)

    marked = _answer(quiz, students[0], ADAS_ANSWERS)
    _answer(quiz, students[1], BENS_ANSWERS)
    why = marked.answers.get(question__kind=QuestionKind.LONG_TEXT)
    marking.mark(
        teacher,
        quiz,
        marked.pk,
        why.question_id,
        Decimal("2.5"),
        "Well explained. Which gas of the air is it?",
        seen=why.version,
    )


def _answer(quiz: Item, student: User, answers: list[list[str]]) -> Attempt:
    """Submit these answers, choices by their words."""
    given = {}
    questions = quiz.assessment.questions.prefetch_related("choices")
    for question, texts in zip(questions, answers, strict=True):
        ids = [str(choice.pk) for choice in question.choices.all() if choice.text in texts]
        given[question.pk] = Given(ids or texts)
    return taking.submit(Viewer(student), quiz, given)
