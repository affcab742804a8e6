"""The years of a course (S4): it ends, stays to be read, and begins anew as a copy."""

import re
import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school import access, audit, clock, membership, publishing, replica
from classkey.school.access import Action, require
from classkey.school.assessing import writing
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Item, Place
from classkey.school.viewer import Viewer


def over(viewer: Viewer) -> QuerySet[Place]:
    """Return the courses of past school years that the viewer may still archive (S4)."""
    courses = access.allowed(viewer, Action.ARCHIVE, Place)
    return courses.filter(archived_at=None, school_year__lt=clock.school_year())


def current(courses: QuerySet[Place]) -> QuerySet[Place]:
    """Return those of these courses that people work in: of this school year, not archived."""
    return courses.filter(archived_at=None, school_year__gte=clock.school_year())


def earlier(courses: QuerySet[Place]) -> list[Place]:
    """Return those of these courses that are archived or of a past school year; with a standby,
    as they were a moment ago.
    """
    are_over = Q(archived_at__isnull=False) | Q(school_year__lt=clock.school_year())
    return replica.rows(courses.filter(are_over))


def years_to_copy_into() -> list[int]:
    """Return the school years in which a copied course may begin: this one and the next."""
    this_year = clock.school_year()
    return [this_year, this_year + 1]


def year_after(course: Place) -> int:
    """Return the school year in which a course is most likely given again."""
    this_year, next_year = years_to_copy_into()
    return next_year if course.school_year in {this_year, next_year} else this_year


@transaction.atomic
def archive(viewer: Viewer, course: Place) -> None:
    """End a course: it is read-only for everybody, and still seen by its people (S4).

    Its codes are dead as long (K2). Raises PermissionDenied.
    """
    _hold(viewer, course, Action.ARCHIVE)
    running = Place.objects.filter(pk=course.pk, archived_at=None)
    if running.update(archived_at=timezone.now()):
        audit.record(viewer, AuditAction.COURSE_ARCHIVED, place=course)


@transaction.atomic
def reopen(viewer: Viewer, course: Place) -> None:
    """Let an archived course go on as before. Raises PermissionDenied."""
    _hold(viewer, course, Action.ARCHIVE)
    archived = Place.objects.filter(pk=course.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        audit.record(viewer, AuditAction.COURSE_REOPENED, place=course)


def _hold(viewer: Viewer, course: Place, action: Action) -> None:
    Place.objects.lock_tree(course.root_id)
    require(viewer, action, course)


@transaction.atomic
def copy(viewer: Viewer, course: Place, *, name: str, school_year: int) -> Place:
    """Take a course, archived or not, into a school year, and return the copy; its one member and
    admin is the viewer (S4).

    Groups, content and tests come along, with the toggles as they are set but green off at the
    top: nothing reaches a parent. Members, answers, codes and what is deleted stay behind. All
    of it or nothing; as many queries for a large course as for a small one. Raises
    PermissionDenied, and Refused for another year than this and the next.
    """
    _hold(viewer, course, Action.COPY)
    if school_year not in years_to_copy_into():
        raise Refused(_("Choose this school year or the next one."))
    places = list(Place.objects.filter(root=course.pk))
    items = list(Item.objects.kept().filter(root=course.pk))
    ids = {each.pk: uuid.uuid4() for each in (*places, *items)}
    copies = [_copy_of_place(viewer, place, ids) for place in places]
    [top] = [each for each in copies if each.parent_id is None]
    top.name, top.school_year, top.parents_see = name, school_year, False
    Place.objects.bulk_create(copies)
    membership.start(viewer.user, copies)
    Item.objects.bulk_create(_copies_of_items(viewer, items, ids))
    writing.copy_tests({item.pk: ids[item.pk] for item in items if item.is_test})
    publishing.settle(top.pk)
    audit.record(viewer, AuditAction.COURSE_COPIED, place=top, thing=course.pk)
    return top


def _copy_of_place(viewer: Viewer, place: Place, ids: Mapping[uuid.UUID, uuid.UUID]) -> Place:
    return Place(
        id=ids[place.pk],
        kind=place.kind,
        name=place.name,
        description=place.description,
        parent_id=ids[place.parent_id] if place.parent_id else None,
        root_id=ids[place.root_id],
        created_by=viewer.user,
        members_see=place.members_see,
        parents_see=place.parents_see,
    )


def _copies_of_items(
    viewer: Viewer, items: Iterable[Item], ids: Mapping[uuid.UUID, uuid.UUID]
) -> list[Item]:
    """Return copies that lie as the items do: given in their order, which is kept."""
    return [
        Item(
            id=ids[item.pk],
            kind=item.kind,
            place_id=ids[item.place_id],
            root_id=ids[item.root_id],
            folder_id=ids[item.folder_id] if item.folder_id else None,
            position=position,
            title=item.title,
            body=_leading_to_copies(item.body, ids),
            url=_leading_to_copies(item.url, ids),
            file_id=item.file_id,
            members_see=item.members_see,
            parents_see=item.parents_see,
            created_by=viewer.user,
        )
        for position, item in enumerate(items)
    ]


_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def _leading_to_copies(text: str, ids: Mapping[uuid.UUID, uuid.UUID]) -> str:
    """Return a text whose links to what is copied with it lead to the copies."""

    def copied(found: re.Match[str]) -> str:
        old = uuid.UUID(found[0])
        return str(ids.get(old, old))

    return _ID.sub(copied, text)
