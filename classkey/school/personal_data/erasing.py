"""A person is erased (A8): what remains names nobody."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import get_random_string

from classkey.accounts.models import User
from classkey.school import audit, filing
from classkey.school.access import Action, require
from classkey.school.models import (
    AuditAction,
    DataExport,
    Item,
    Membership,
    Place,
    PlaceKind,
    StoredFile,
)
from classkey.school.personal_data import exporting
from classkey.school.personal_data.deactivating import deactivate
from classkey.school.personal_data.holdings import HOLDINGS, Fate
from classkey.school.viewer import Viewer


def own_workspaces(person: User) -> QuerySet[Place]:
    """Return the workspaces in which nobody is but this person: what is in them goes."""
    members = Membership.objects.filter(place=OuterRef("pk"))
    return Place.objects.filter(
        Exists(members.filter(user=person)),
        ~Exists(members.exclude(user=person)),
        kind=PlaceKind.WORKSPACE,
    ).order_by("name", "pk")


@transaction.atomic
def erase(viewer: Viewer, person: User, successor: User | None) -> None:
    """Erase a person for good: their answers, links, memberships, addresses and name. What they
    made in places that they shared stays, by nobody; audit lines keep their id (A8).

    An account that is active still is deactivated first (P7). Raises as `deactivate` does.
    """
    require(viewer, Action.SUPPORT, person)
    _empty(own_workspaces(person))
    if person.is_active:
        deactivate(viewer, person, successor)
    for export in DataExport.objects.filter(person=person):
        exporting.delete(export)
    for holding in HOLDINGS.values():
        if holding.fate is Fate.GOES:
            holding.model._default_manager.filter(**{holding.path: person}).delete()
    _forget(person)
    audit.record(viewer, AuditAction.ACCOUNT_ERASED, subject=person)


def _empty(workspaces: QuerySet[Place]) -> None:
    """Take everything out of workspaces, and whoever is in them: nobody finds what is left."""
    roots = list(workspaces.values_list("pk", flat=True))
    items = Item.objects.filter(root__in=roots)
    files = list(items.filter(file__isnull=False).values_list("file", flat=True))
    while items.filter(items=None).delete()[0]:  # the leaves, then what holds nothing any more
        pass
    for stored in StoredFile.objects.filter(pk__in=files, items=None):
        filing.forget(stored)
        stored.delete()
    Membership.objects.filter(place__root__in=roots).delete()
    Place.objects.filter(root__in=roots).update(name="", description="")


def _forget(person: User) -> None:
    user = User.objects.get(pk=person.pk)
    user.given_name = user.family_name = user.email = user.home_language = ""
    user.username = f"erased-{get_random_string(20).lower()}"
    user.set_unusable_password()
    user.save()
