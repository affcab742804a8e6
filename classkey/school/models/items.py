"""Content (C1): for now folders and Markdown pages."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school.models.places import Place
from classkey.school.models.toggled import Toggled


class ItemKind(models.TextChoices):
    """What an item is (C1)."""

    FOLDER = "folder", _("Folder")
    PAGE = "page", _("Page")


class ItemQuerySet(models.QuerySet["Item"]):
    """Items."""

    def kept(self) -> "ItemQuerySet":
        """Those not deleted."""
        return self.filter(deleted_at__isnull=True)


class Item(Toggled):
    """A folder or a page in `place` (the nearest place), inside `folder` if there is one.

    What is deleted stays as a row with `deleted_at`, so that deleting can be undone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=ItemKind, editable=False)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="items", editable=False, db_index=False
    )
    root = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False)
    folder = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="items", editable=False
    )
    position = models.PositiveIntegerField(default=0, editable=False)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True, max_length=100_000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="items_created", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at", "id"]
        indexes = [
            models.Index(fields=["place", "position"], name="item_place_position"),
            models.Index(
                fields=["place", "-changed_at"],
                condition=models.Q(shown_to_parents=True),
                name="item_green_newest",
            ),
        ]

    @property
    def is_folder(self) -> bool:
        """Is this a folder?"""
        return self.kind == ItemKind.FOLDER

    def __str__(self) -> str:
        return str(self.pk)
