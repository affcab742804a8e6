"""Into and out of places (S2, S3, S6, K11, K12).

What people are given is kept in `Membership.given`; what holds is derived: an admin of
a place is an admin of all inside it. Locks are taken in one order, first the tree (only
where an admin comes, goes or changes), then the person's own rows, from the top down.
"""

import datetime
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.accounts.models import User
from classkey.prepared import Prepared
from classkey.school import access, audit, clock
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import (
    AuditAction,
    Membership,
    Permission,
    Place,
    PlaceKind,
    Redemption,
    Removal,
)
from classkey.school.viewer import Viewer


def may_make_top_place(user: User, kind: PlaceKind) -> bool:
    """Tell whether this person makes such places: teachers both, students workspaces (S1)."""
    return user.is_instructor or (user.is_student and kind == PlaceKind.WORKSPACE)


@transaction.atomic
def make_top_place(viewer: Viewer, kind: PlaceKind, name: str, description: str = "") -> Place:
    """Make a course or a workspace; its maker is its first admin. Raises Refused (S1)."""
    user = viewer.user
    if not may_make_top_place(user, kind):
        raise Refused(_("Only teachers make courses; teachers and students make workspaces."))
    place = Place(kind=kind, name=name, description=description, created_by=user)
    place.root = place
    place.school_year = clock.school_year() if place.is_course else None
    place.save()
    start(user, [place])
    audit.record(viewer, AuditAction.PLACE_MADE, place=place, detail=kind)
    return place


def start(user: User, places: Iterable[Place]) -> None:
    """Make the maker of new places their first admin, with nobody beside them (S2)."""
    admin = Permission.ADMIN
    Membership.objects.bulk_create(
        Membership(place=place, user=user, permission=admin, given=admin) for place in places
    )


@transaction.atomic
def make_group(viewer: Viewer, parent: Place, name: str, description: str = "") -> Place:
    """Make a group in `parent`; all admins of `parent` are its admins (S3)."""
    Place.objects.lock_tree(parent.root_id)
    require(viewer, Action.MANAGE, parent)
    parent.refresh_from_db()
    group = Place.objects.create(
        kind=PlaceKind.GROUP,
        name=name,
        description=description,
        parent=parent,
        root_id=parent.root_id,
        created_by=viewer.user,
        shown_to_members=parent.shown_to_members,
    )
    Membership.objects.bulk_create(
        Membership(
            place=group,
            user_id=above.user_id,
            permission=Permission.ADMIN,
            given=Permission.ADMIN if above.user_id == viewer.user.pk else None,
            ends_on=above.ends_on,
        )
        for above in Membership.objects.filter(place=parent).admins()
    )
    audit.record(viewer, AuditAction.PLACE_MADE, place=group, detail=group.kind)
    return group


@transaction.atomic(savepoint=False)
def admit(
    viewer: Viewer,
    user: User,
    place: Place,
    permission: Permission,
    *,
    came_by: Redemption | None = None,
    ends_on: datetime.date | None = None,
) -> bool:
    """Let `user` into `place` and, as a reader, into every place above (S3, K11).

    Never lowers a permission and never shortens a stay (K12); nobody stays longer in a
    place than in the one above. Returns whether they gained anything. The caller has
    checked that `viewer` may do this; each place gained leaves its audit line (A1).
    """
    if permission == Permission.ADMIN:
        Place.objects.lock_tree(place.root_id)
    offers = [
        Membership(place=step, user=user, given=given, permission=given, came_by=came_by,
                   ends_on=ends_on, joined_at=timezone.now())
        for step in place.chain()
        for given in [permission if step.pk == place.pk else Permission.READ]
    ]  # fmt: skip
    rows = _hold_rows(offers)
    gained = []
    latest = None
    for offer in offers:
        row = rows[offer.place_id]
        offer.ends_on = _earlier(offer.ends_on, latest)
        if _take(row, offer, is_target=offer.place_id == place.pk):
            gained.append(offer)
        latest = _earlier(latest, row.ends_on)
    if any(row.permission == Permission.ADMIN for row in rows.values()):
        _derive(user, place.root_id)
    for offer in gained:
        audit.record(
            viewer,
            AuditAction.MEMBER_IN,
            subject=user,
            place=offer.place,
            code=came_by.code if came_by else None,
            detail=Permission(offer.permission).name,
        )
    return bool(gained)


def _hold_rows(offers: list[Membership]) -> dict[uuid.UUID, Membership]:
    """Make the rows that are missing, and hold all rows of the person in this tree."""
    root = offers[0].place
    while True:
        Membership.objects.bulk_create(offers, ignore_conflicts=True)
        rows = {row.place_id: row for row in _held(offers[0].user_id, root.pk)}
        # Somebody may have put them out between the two statements: begin again.
        if all(offer.place_id in rows for offer in offers):
            return rows


@Prepared
def _held(user: uuid.UUID, root: uuid.UUID) -> QuerySet[Membership]:
    """All rows of a person in a tree, held until the transaction ends."""
    held = Membership.objects.select_for_update(of=("self",)).filter(user=user, place__root=root)
    return held.order_by("place_id")


def _take(row: Membership, offer: Membership, *, is_target: bool) -> bool:
    """Bring `row` up to `offer`, where that is more; return whether the person gained by it."""
    came_now = row.joined_at == offer.joined_at
    if came_now and row.ends_on == offer.ends_on:
        return True
    if not (came_now or not row.is_live or (is_target and _is_more(offer, row))):
        return False
    row.given, row.ends_on = offer.given, offer.ends_on
    row.permission, row.came_by_id = offer.permission, offer.came_by_id
    row.save()
    return True


def _is_more(offer: Membership, row: Membership) -> bool:
    """Is the offer better than the row in one respect, and worse in none?"""
    lasts = _earlier(offer.ends_on, row.ends_on) == row.ends_on
    longer = lasts and offer.ends_on != row.ends_on
    return lasts and (
        offer.permission > row.permission or (offer.permission == row.permission and longer)
    )


def _earlier(one: datetime.date | None, other: datetime.date | None) -> datetime.date | None:
    """Return the earlier of two last days; None is no last day."""
    return min((day for day in (one, other) if day is not None), default=None)


def _derive(user: User, root_id: uuid.UUID) -> None:
    """Set every permission of `user` in a tree to what follows from what they were given (S3)."""
    # The places first: a group made between the two statements brings its own rows.
    places = _top_down(root_id)
    rows = {row.place_id: row for row in Membership.objects.filter(user=user, place__root=root_id)}
    above_what_was_given: set[uuid.UUID | None] = set()
    for place in reversed(places):
        row = rows.get(place.pk)
        if place.pk in above_what_was_given or (row is not None and row.given is not None):
            above_what_was_given.add(place.parent_id)
    for place in places:
        above = rows.get(place.parent_id) if place.parent_id else None
        inherits = above is not None and above.permission == Permission.ADMIN
        row = rows.get(place.pk)
        if inherits and above is not None:
            rows[place.pk] = _inherit(row or Membership(place=place, user=user), above)
        elif row is not None and row.given is None and place.pk not in above_what_was_given:
            row.delete()
            del rows[place.pk]
        elif row is not None and row.given is None:
            # Something inside is theirs by itself, and who is there is here too (S2).
            row.given = row.permission = Permission.READ
            row.save()
        elif row is not None and row.given is not None and row.permission != row.given:
            row.permission = row.given
            row.save()


def _inherit(row: Membership, above: Membership) -> Membership:
    """Make the person an admin here as they are in the place above, and for as long."""
    if row.ends_on != above.ends_on:
        # What they were given here would end sooner: they are here by the place above alone.
        row.given = None
    row.permission, row.ends_on = Permission.ADMIN, above.ends_on
    row.save()
    return row


def _top_down(root_id: uuid.UUID) -> list[Place]:
    """Return the places of a tree, each after the one it sits in."""
    inside: dict[uuid.UUID | None, list[Place]] = {}
    for place in Place.objects.filter(root_id=root_id):
        inside.setdefault(place.parent_id, []).append(place)
    ordered = inside.get(None, [])
    for place in ordered:
        ordered.extend(inside.get(place.pk, []))
    return ordered


def candidates(viewer: Viewer, place: Place) -> QuerySet[User]:
    """Return the members of the place above who are not in this group yet, by name (S6)."""
    above = access.visible_memberships(viewer).filter(place=place.parent_id)
    here = Membership.objects.live().filter(place=place)
    people = User.objects.filter(pk__in=above.values("user")).exclude(pk__in=here.values("user"))
    return people.order_by("family_name", "given_name", "pk")


@transaction.atomic
def add_from_above(
    viewer: Viewer, place: Place, people: Iterable[User], permission: Permission
) -> int:
    """Add members of the place above to a group (S6); return how many came in or rose.

    Raises Refused, and adds nobody, if one of them is not in the place above.
    """
    # Nobody leaves the place above meanwhile: they would come back in without a code.
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.MANAGE, place)
    above = Membership.objects.live().filter(place=place.parent_id)
    members = set(above.values_list("user_id", flat=True))
    people = list(people)
    if any(person.pk not in members for person in people):
        raise Refused(_("Add people to the place above first; they come in there with a code."))
    return sum(_add(viewer, place, person, permission) for person in people)


def _add(viewer: Viewer, place: Place, person: User, permission: Permission) -> bool:
    _check_admin(place, person, permission)
    return admit(viewer, person, place, permission)


def permissions_for(place: Place, person: User) -> list[Permission]:
    """Return what this person can be given here: in a course only teachers can be admins (S2)."""
    may_be_admin = person.is_instructor or not place.root.is_course
    return [each for each in Permission if may_be_admin or each != Permission.ADMIN]


def _check_admin(place: Place, person: User, permission: Permission) -> None:
    if permission not in permissions_for(place, person):
        raise Refused(_("In a course only teachers can be admins."))


@transaction.atomic
def change_permission(viewer: Viewer, place: Place, person: User, permission: Permission) -> None:
    """Set the permission given to a member here (S2). Raises Refused, PermissionDenied."""
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.MANAGE, place)
    _check_admin(place, person, permission)
    row = _held_row(person, place)
    _check_not_admin_above(place, row)
    if row.given is not None and permission < row.given:
        _check_creator(viewer, place, person)
    row.given = row.permission = permission
    row.save()
    _derive(person, place.root_id)
    _check_an_admin_stays(place)
    audit.record(
        viewer, AuditAction.MEMBER_CHANGED, subject=person, place=place, detail=permission.name
    )


@transaction.atomic
def remove(viewer: Viewer, place: Place, person: User) -> None:
    """Put a member out of a place and all inside it (S3); older codes let them in no more (K12).

    Raises Refused, PermissionDenied.
    """
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.MANAGE, place)
    if person == viewer.user:
        raise Refused(_("To go yourself, choose “Leave”."))
    row = _held_row(person, place)
    _check_not_admin_above(place, row)
    _check_creator(viewer, place, person)
    _drop(person, place)
    Removal.objects.update_or_create(
        place=place, user=person, defaults={"removed_at": timezone.now()}
    )
    audit.record(viewer, AuditAction.MEMBER_OUT, subject=person, place=place, detail="removed")


@transaction.atomic
def leave(viewer: Viewer, place: Place) -> None:
    """Leave a place and all inside it (S3). Raises Refused for its last admin, and where the
    course is archived: it stays in its people's histories (S4).
    """
    Place.objects.lock_tree(place.root_id)
    if Place.objects.get(pk=place.root_id).archived_at is not None:
        raise Refused(_("This course is archived. It stays where you can read it."))
    row = _held_row(viewer.user, place)
    _check_not_admin_above(place, row)
    _drop(viewer.user, place)
    audit.record(viewer, AuditAction.MEMBER_OUT, subject=viewer.user, place=place, detail="left")


def hand_over(viewer: Viewer, place: Place, successor: User) -> None:
    """Make a teacher the admin of a place that would be without one (P7); the caller has checked
    the viewer.
    """
    admit(viewer, successor, place, Permission.ADMIN)


def end_all(viewer: Viewer, person: User) -> None:
    """Take a person out of every place but archived courses (P7, S4); the caller has checked the
    viewer, and that each place has another admin.
    """
    theirs = Membership.objects.filter(user=person, place__root__archived_at=None)
    for root in sorted(set(theirs.values_list("place__root", flat=True))):
        Place.objects.lock_tree(root)
    places = list(Place.objects.filter(pk__in=theirs.values("place")).order_by("pk"))
    theirs.delete()
    for place in places:
        audit.record(
            viewer, AuditAction.MEMBER_OUT, subject=person, place=place, detail="deactivated"
        )


def _held_row(person: User, place: Place) -> Membership:
    """Hold the person's rows in this tree, as those who come in do; return the one for `place`."""
    for row in _held(person.pk, place.root_id):
        if row.place_id == place.pk:
            return row
    raise Refused(_("This person is not a member here."))


def _drop(person: User, place: Place) -> None:
    # A statement of its own, after the rows are held: it sees who came in meanwhile.
    inside = {place.pk}
    for step in _top_down(place.root_id):
        if step.parent_id in inside:
            inside.add(step.pk)
    Membership.objects.filter(user=person, place__in=inside).delete()
    _check_an_admin_stays(place)


def _check_not_admin_above(place: Place, row: Membership) -> None:
    above = Membership.objects.live().filter(user=row.user_id, place=place.parent_id).admins()
    if place.parent_id and above.exists():
        raise Refused(
            _("An admin of the place above is an admin here too. Change it in the place above.")
        )


def _check_creator(viewer: Viewer, place: Place, person: User) -> None:
    own = viewer.user == person or viewer.user.is_administrator
    if place.created_by_id == person.pk and not own:
        raise Refused(
            _("This person made the place. Only they or an administrator can change this.")
        )


def _check_an_admin_stays(place: Place) -> None:
    lasting = Membership.objects.filter(place=place, ends_on__isnull=True).admins()
    if not lasting.exists():
        raise Refused(
            _("A place needs an admin. Make somebody else an admin first, then try again.")
        )
