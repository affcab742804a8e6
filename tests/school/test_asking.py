"""Questions that are prepared for each kind of viewer: answered as the rules are written."""

import uuid
from typing import Any

import pytest
from django.db.models import QuerySet

from classkey.accounts.models import User
from classkey.prepared import CannotBePrepared
from classkey.school import access
from classkey.school.access import Action
from classkey.school.access.asking import PreparedForViewer
from classkey.school.access.policy import RULES
from classkey.school.models import AuditEvent, Item, Place
from classkey.school.viewer import Eyes, Preview, Viewer
from tests.world import School, World


@PreparedForViewer
def content(viewer: Viewer, place: uuid.UUID, *, deleted: bool = False) -> QuerySet[Item]:
    """What the viewer sees in a place, or may bring back there."""
    items = access.deleted_items(viewer) if deleted else access.visible_items(viewer)
    return items.filter(place=place)


def viewers(school: School) -> list[Viewer]:
    """Everybody in every capacity."""
    people = list(User.objects.all())
    previews = [Preview(place, eyes) for place in (school.maths, school.owls) for eyes in Eyes]
    return [
        *map(Viewer, people),
        *(Viewer(person, child) for person in people for child in (school.anna, school.ben)),
        *(Viewer(school.tess, preview=preview) for preview in previews),
    ]


def test_everybody_is_answered_as_the_rules_are_written(world: World) -> None:
    found = set()
    for viewer in viewers(world.north):
        for place in (world.north.maths, world.north.den, world.south.maths):
            for deleted in (False, True):
                rows = content(viewer, place.pk, deleted=deleted)
                assert rows == list(content.queryset(viewer, place.pk, deleted=deleted))
                assert content.first(viewer, place.pk, deleted=deleted) == next(iter(rows), None)
                found.add(len(rows))
    assert len(found) > 3, "the test can fail"


def test_what_is_permitted_is_what_each_question_by_itself_permits(world: World) -> None:
    actions = [action for model, action in RULES if model is Place]
    found = set()
    for viewer in viewers(world.north):
        for place in (world.north.maths, world.north.owls, world.north.den, world.south.maths):
            may = access.permitted(viewer, place, *actions)
            assert may == {action for action in actions if access.can(viewer, action, place)}
            found.add(may)
    assert len(found) > 5, "the test can fail"
    with pytest.raises(KeyError):
        access.permitted(Viewer(world.north.tess), world.north.maths, Action.SEE, Action.TAKE)


def test_what_has_a_number_is_asked_about_as_well(north: School) -> None:
    @PreparedForViewer
    def lines(viewer: Viewer, pk: int) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.filter(pk=pk, actor=viewer.user.pk)

    line = AuditEvent.objects.filter(actor=north.tess.pk)[0]
    assert lines(Viewer(north.tess), line.pk) == [line]
    assert lines(Viewer(north.anna), line.pk) == []


def test_a_rule_that_goes_by_anything_else_of_a_viewer_is_refused(north: School) -> None:
    @PreparedForViewer
    def by_name(viewer: Viewer, place: uuid.UUID) -> QuerySet[Place]:
        return Place.objects.filter(pk=place, name=viewer.user.given_name)

    @PreparedForViewer
    def by_child(viewer: Viewer, place: uuid.UUID) -> QuerySet[Place, Any]:
        is_own = viewer.child == viewer.user
        return Place.objects.filter(pk=place, created_by=viewer.user, archived_at__isnull=is_own)

    with pytest.raises(CannotBePrepared, match="while the queryset is built"):
        by_name(Viewer(north.tess), north.maths.pk)
    with pytest.raises(CannotBePrepared, match="comparing"):
        by_child(Viewer(north.paula, north.anna), north.maths.pk)


def test_a_rule_that_is_the_same_for_everybody_is_still_about_something(north: School) -> None:
    @PreparedForViewer
    def anywhere(_viewer: Viewer, _place: uuid.UUID) -> QuerySet[Place]:
        return Place.objects.all()

    @PreparedForViewer
    def here(_viewer: Viewer, place: uuid.UUID) -> QuerySet[Place]:
        return Place.objects.filter(pk=place)

    for viewer in (Viewer(north.tess), Viewer(north.paula, north.anna)):
        assert here(viewer, north.maths.pk) == [north.maths]
        with pytest.raises(CannotBePrepared, match="nowhere"):
            anywhere(viewer, north.maths.pk)
