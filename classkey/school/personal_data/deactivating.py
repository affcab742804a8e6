"""An account ends (P7): its sessions, codes and memberships."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from classkey.accounts import administrators
from classkey.accounts.models import Role, User
from classkey.school import audit, issuing, membership
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Code, Membership, Place
from classkey.school.viewer import Viewer


def left_without_admin(person: User) -> QuerySet[Place]:
    """Return the places that nobody would run without this person; inside one of them, none."""
    lasting = Membership.objects.filter(ends_on=None, user__is_active=True).admins()
    others = lasting.exclude(user=person)
    run = lasting.filter(user=person)
    return Place.objects.filter(
        ~Exists(others.filter(place=OuterRef("pk"))),
        Exists(run.filter(place=OuterRef("pk"))),
        ~Exists(run.filter(place=OuterRef("parent"))),
    ).order_by("name", "pk")


def successors(person: User) -> QuerySet[User]:
    """Return the teachers to whom a person's places may pass, by name."""
    teachers = User.objects.filter(role=Role.INSTRUCTOR, is_active=True).exclude(pk=person.pk)
    return teachers.order_by("family_name", "given_name", "pk")


@transaction.atomic
def deactivate(viewer: Viewer, person: User, successor: User | None) -> None:
    """End a person's account (P7): the next request is refused, their codes and those for their
    parents are deleted, and they are in no place but archived courses, which are history (S4).
    Places left without an admin pass to `successor`. Raises PermissionDenied, Refused.
    """
    require(viewer, Action.SUPPORT, person)
    held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not held.is_active:
        raise Refused(_("This account is deactivated already."))
    _hand_over(viewer, person, successor)
    membership.end_all(viewer, person)
    issuing.withdraw(viewer, Code.objects.live().filter(Q(created_by=person) | Q(student=person)))
    if held.is_administrator:
        administrators.dismiss(held, by=viewer.user)
    held.is_active = False
    held.save(update_fields=["is_active"])
    audit.record(viewer, AuditAction.ACCOUNT_DEACTIVATED, subject=person)


def _hand_over(viewer: Viewer, person: User, successor: User | None) -> None:
    orphans = list(left_without_admin(person))
    if not orphans:
        return
    if successor is None or not successors(person).filter(pk=successor.pk).exists():
        raise Refused(_("Choose a teacher who takes over the places that nobody else runs."))
    for place in orphans:
        membership.hand_over(viewer, place, successor)
