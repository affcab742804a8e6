"""A class of students, with accounts of their own, from a list of names (P6)."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from classkey.accounts.models import Role, User
from classkey.school import access, audit, membership
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Permission, Place
from classkey.school.rostering.names import Name
from classkey.school.viewer import Viewer


def namesakes(viewer: Viewer, course: Place, names: Sequence[Name]) -> set[Name]:
    """Return those of the names that somebody in the course has already, so that a teacher who
    pastes a list once more is asked. Of people elsewhere nothing is told (S5).
    """
    members = access.visible_memberships(viewer).filter(place=course)
    wanted = Q(pk__in=[])
    for name in names:
        wanted |= Q(given_name__iexact=name.given, family_name__iexact=name.family)
    here = User.objects.filter(wanted, pk__in=members.values("user"))
    taken = {(user.given_name.casefold(), user.family_name.casefold()) for user in here}
    return {name for name in names if (name.given.casefold(), name.family.casefold()) in taken}


@transaction.atomic
def enrol(
    viewer: Viewer, course: Place, names: Sequence[Name], *, namesakes_known: int = 0
) -> list[User]:
    """Make a student's account for each name and let it into the course as a reader; return them.

    Nobody can sign in before `sign_ins` has handed out a first password. All of them or none.
    Raises PermissionDenied for who does not teach here (S7), and Refused where the course has not
    just as many namesakes as the teacher knows of: the same list was sent twice at once.
    """
    Place.objects.lock_tree(course.root_id)
    require(viewer, Action.ENROL, course)
    if len(namesakes(viewer, course, names)) != namesakes_known:
        raise Refused(
            _("Somebody of these names has come in meanwhile. Look at the list once more.")
        )
    made = [_make(name) for name in names]
    for student in made:
        audit.record(viewer, AuditAction.ACCOUNT_MADE, subject=student, place=course)
        membership.admit(viewer, student, course, Permission.READ)
    return made


def _make(name: Name) -> User:
    while True:
        try:
            with transaction.atomic():
                return User.objects.create_user(
                    role=Role.STUDENT, given_name=name.given, family_name=name.family
                )
        except IntegrityError:
            continue  # somebody took the user name a moment ago
