"""Courses, workspaces and groups (S1)."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school import clock
from classkey.school.models.toggled import Toggled


class PlaceKind(models.TextChoices):
    """What a place is (S1)."""

    COURSE = "course", _("Course")
    WORKSPACE = "workspace", _("Workspace")
    GROUP = "group", _("Group")


class PlaceQuerySet(models.QuerySet["Place"]):
    """Places, and trees of them."""

    def lock_tree(self, root_id: uuid.UUID) -> None:
        """Hold the tree under `root_id` until the transaction ends.

        Taken by whoever changes the shape of a tree, its toggles or its admins, before
        any other lock. People who merely come in do not take it: a class never queues.
        """
        self.select_for_update(no_key=True).get(pk=root_id)


class Place(Toggled):
    """A course, a workspace or a group; `root` is the top of its tree, itself at the top."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=PlaceKind, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=500, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", editable=False
    )
    root = models.ForeignKey("self", models.PROTECT, related_name="tree", editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="places_created", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    school_year = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text=_("The calendar year in which the school year begins.")
    )
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="group", parent__isnull=False)
                | (~models.Q(kind="group") & models.Q(parent__isnull=True, root=models.F("id"))),
                name="groups_sit_inside_a_place",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="course", school_year__isnull=False)
                | (~models.Q(kind="course") & models.Q(school_year__isnull=True)),
                name="courses_have_a_school_year",
            ),
        ]

    @property
    def is_course(self) -> bool:
        """Is this the top of a course?"""
        return self.kind == PlaceKind.COURSE

    @property
    def is_workspace(self) -> bool:
        """Is this the top of a workspace?"""
        return self.kind == PlaceKind.WORKSPACE

    @property
    def is_group(self) -> bool:
        """Does this sit inside another place?"""
        return self.kind == PlaceKind.GROUP

    @property
    def school_year_name(self) -> str:
        """The school year as people write it; '' outside courses."""
        return clock.year_name(self.school_year) if self.school_year else ""

    def chain(self) -> list["Place"]:
        """Return the places from the top down to this one."""
        if self.parent_id is None:
            return [self]
        tree = {place.pk: place for place in Place.objects.filter(root_id=self.root_id)}
        chain = [self]
        while (above := chain[-1].parent_id) is not None:
            chain.append(tree[above])
        return chain[::-1]

    def __str__(self) -> str:
        return str(self.pk)
