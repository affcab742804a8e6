"""First passwords: for new students, and once more for who has forgotten theirs (P6)."""

from collections.abc import Mapping

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from classkey.accounts import first_passwords
from classkey.accounts.addresses import proved_address
from classkey.accounts.first_passwords import FirstPassword
from classkey.accounts.models import User
from classkey.school import access, audit, noticing
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Place
from classkey.school.viewer import Viewer


def without_own_password(viewer: Viewer, course: Place) -> QuerySet[User]:
    """Return the viewer's students in a course who have never chosen a password, by name; but not
    those who can have one mailed.
    """
    members = access.visible_memberships(viewer).filter(place=course)
    students = access.allowed(viewer, Action.ISSUE_SIGN_IN, User)
    handed = Q(first_password_until__isnull=False)
    new = students.filter(
        handed | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX),
        pk__in=members.values("user"),
        last_login=None,
    ).exclude(emailaddress__verified=True)
    return new.order_by("family_name", "given_name", "pk")


@transaction.atomic
def issue_to_new(viewer: Viewer, course: Place, drawn: Mapping[User, FirstPassword]) -> None:
    """Hand a first password to each of these students, who have never chosen one; the ones that
    they had before stop working. All of them or none.

    Raises PermissionDenied for who does not teach here, and Refused where somebody has chosen a
    password meanwhile.
    """
    require(viewer, Action.ENROL, course)
    new = without_own_password(viewer, course).filter(pk__in=[student.pk for student in drawn])
    if new.count() != len(drawn):
        raise Refused(
            _("Somebody here has chosen a password meanwhile. Look at the list, then try again.")
        )
    for student, password in drawn.items():
        _issue(viewer, student, password)


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
    drawn = first_passwords.draw()
    with transaction.atomic():
        noticing.tell_of_sign_in(student, viewer.user)
        _issue(viewer, student, drawn)
    return drawn.text


def _issue(viewer: Viewer, student: User, drawn: FirstPassword) -> None:
    first_passwords.issue(student, drawn)
    audit.record(viewer, AuditAction.SIGN_IN_ISSUED, subject=student)
