"""First passwords: for new students, and once more for who has forgotten theirs (P6)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classkey.accounts import first_passwords
from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import access, audit, noticing
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Place
from classkey.school.viewer import Viewer


def without_own_password(viewer: Viewer, course: Place) -> list[User]:
    """Return the viewer's students in a course who have never chosen a password, by name."""
    return [student for student in _students(viewer, course) if _is_new(student)]


def _students(viewer: Viewer, course: Place) -> QuerySet[User]:
    members = access.visible_memberships(viewer).filter(place=course)
    students = access.allowed(viewer, Action.ISSUE_SIGN_IN, User)
    return students.filter(pk__in=members.values("user")).order_by(
        "family_name", "given_name", "pk"
    )


def _is_new(student: User) -> bool:
    return student.last_login is None and not first_passwords.has_own_password(student)


@transaction.atomic
def issue_to_new(viewer: Viewer, course: Place, students: Sequence[User]) -> list[tuple[User, str]]:
    """Hand a first password to each of these students who has never chosen one; return them with
    it, to be printed. Cards from before stop working. Raises PermissionDenied.
    """
    require(viewer, Action.ENROL, course)
    wanted = {student.pk for student in students}
    new = [each for each in without_own_password(viewer, course) if each.pk in wanted]
    return [(student, _issue(viewer, student)) for student in new]


@transaction.atomic
def issue(viewer: Viewer, student: User) -> str:
    """Let a student without an address sign in once with the password returned, and choose a new
    one then; the old one is gone. The student's other teachers are told.

    Raises PermissionDenied for who is no teacher of theirs (S7), and Refused for a student who
    can have a new password mailed.
    """
    require(viewer, Action.ISSUE_SIGN_IN, student)
    if proved_address(student):
        raise Refused(
            _(
                "%(name)s has an e-mail address, and gets a new password with “Forgot your "
                "password?” on the page for signing in."
            )
            % {"name": student.full_name}
        )
    noticing.tell_of_sign_in(student, viewer.user)
    return _issue(viewer, student)


def _issue(viewer: Viewer, student: User) -> str:
    password = first_passwords.issue(student)
    audit.record(viewer, AuditAction.SIGN_IN_ISSUED, subject=student)
    return password
