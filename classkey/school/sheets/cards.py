"""Sign-in cards for young students (P6): new first passwords, and the page to print them on."""

from collections.abc import Sequence

from django.conf import settings

from classkey.accounts import first_passwords
from classkey.accounts.models import User
from classkey.school import web_addresses
from classkey.school.access import Action, require
from classkey.school.models import Place
from classkey.school.rostering import sign_ins
from classkey.school.sheets.typeset import CardContent, Paper, typeset_cards
from classkey.school.viewer import Viewer


def sign_in_cards(
    viewer: Viewer, course: Place, students: Sequence[User], paper: Paper, language: str
) -> bytes:
    """Return a PDF of cards for these students, who have no password of their own yet.

    Each gets a new first password, which stands on the card and nowhere else; the cards from
    before stop working. Where the PDF cannot be made, they go on working. Raises PermissionDenied
    for who does not teach here (S7), and Refused as `sign_ins.issue_to_new`.
    """
    require(viewer, Action.ENROL, course)
    # Hashed and typeset first: a class takes seconds, in which nobody else is to wait.
    drawn = {student: first_passwords.draw() for student in students}
    cards = [card(student, password.text) for student, password in drawn.items()]
    pdf = typeset_cards(cards, paper, language)
    sign_ins.issue_to_new(viewer, course, drawn)
    return pdf


def card(student: User, password: str) -> CardContent:
    """Return what one student's card says."""
    return CardContent(
        student_name=student.full_name,
        school_name=settings.SCHOOL_NAME,
        user_name=student.username,
        password=password,
        address=web_addresses.sign_in_address_to_type(),
    )
