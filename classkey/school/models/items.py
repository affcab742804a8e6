"""Content (C1)."""

import datetime
import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school.models.files import StoredFile
from classkey.school.models.places import Place
from classkey.school.models.toggled import Toggled

RESTORABLE = datetime.timedelta(days=365)
"""How long what was deleted can be brought back."""


class ItemKind(models.TextChoices):
    """What an item is (C1)."""

    FOLDER = "folder", _("Folder")
    PAGE = "page", _("Page")
    FILE = "file", _("File")
    LINK = "link", _("Link")
    TEST = "test", _("Test")


class ItemQuerySet(models.QuerySet["Item"]):
    """Items."""

    def kept(self) -> "ItemQuerySet":
        """Those not deleted."""
        return self.filter(deleted_at__isnull=True)


class Item(Toggled):
    """A piece of content in `place` (the nearest place), inside `folder` if there is one.

    A page has a `body`, a link a `url`, a file a `file`, a test an `assessment`.
    `version` counts the changes, so that two who edit at once do not overwrite each other;
    `changed_by` made the last one, nobody while it stands as it was made.
    What is deleted stays as a row with `deleted_at`, so that deleting can be undone
    for a year; then `purging` takes it away.
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
    body = models.TextField(_("text"), blank=True, max_length=30_000)
    url = models.URLField(
        _("web address"), blank=True, max_length=2_000, validators=[URLValidator(["http", "https"])]
    )
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="items", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="items_created", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
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
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="file", file__isnull=False)
                | (~models.Q(kind="file") & models.Q(file__isnull=True)),
                name="files_alone_have_a_file",
            ),
        ]

    @property
    def is_folder(self) -> bool:
        """Is this a folder?"""
        return self.kind == ItemKind.FOLDER

    @property
    def is_page(self) -> bool:
        """Is this a page?"""
        return self.kind == ItemKind.PAGE

    @property
    def is_file(self) -> bool:
        """Is this a file?"""
        return self.kind == ItemKind.FILE

    @property
    def is_link(self) -> bool:
        """Is this a link?"""
        return self.kind == ItemKind.LINK

    @property
    def is_test(self) -> bool:
        """Is this a test?"""
        return self.kind == ItemKind.TEST

    def __str__(self) -> str:
        return str(self.pk)
