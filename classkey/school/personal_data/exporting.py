"""Everything held about a person, in one archive, for them (A8)."""

import datetime
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, Q
from django.db.models.fields.files import FieldFile
from django.dispatch import Signal
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import audit
from classkey.school.access import Action, require
from classkey.school.models import AuditAction, AuditEvent, DataExport, StoredFile
from classkey.school.personal_data.holdings import HOLDINGS
from classkey.school.viewer import Viewer

KEPT = datetime.timedelta(days=7)
"""How long a finished archive can be downloaded; then it goes."""

SECRET = frozenset({"password", "digest", "ciphertext", "data"})
"""Columns that are of use to nobody but a thief."""

CONFIDENTIAL = ("request.", "bar.", "hold.", "link.paused", "link.resumed")
"""Lines of the log that tell who asked support for what (F9), by how their action begins."""

asked = Signal()
"""An export was asked for (`export`), in the transaction that noted it."""


@transaction.atomic
def ask(viewer: Viewer, person: User) -> DataExport:
    """Note that a person's data are wanted, for a worker to gather. Raises PermissionDenied."""
    require(viewer, Action.SUPPORT, person)
    export = DataExport.objects.create(person=person, asked_by=viewer.user)
    audit.record(viewer, AuditAction.DATA_EXPORTED, subject=person, thing=export.pk)
    asked.send(sender=None, export=export)
    return export


def gather(export: DataExport) -> None:
    """Write the archive of an export: `data.json`, and the files that the person uploaded.

    Begun again after a crash it writes the same; of two workers the last one's is kept.
    """
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as parts:
            text = json.dumps(held_about(export.person), cls=DjangoJSONEncoder, indent=1)
            parts.writestr("data.json", text)
            for stored in StoredFile.objects.filter(uploaded_by=export.person).iterator():
                name = f"files/{stored.pk}{PurePosixPath(stored.name).suffix}"
                with stored.content.open() as content, parts.open(name, "w") as part:
                    for piece in content.chunks():
                        part.write(piece)
        name = default_storage.save(f"exports/{export.pk.hex}.zip", File(archive))
    DataExport.objects.filter(pk=export.pk).update(content=name, ready_at=timezone.now())


def held_about(person: User) -> dict[str, Any]:
    """Return all that is held about a person and is theirs to read, table by table: ids in place of
    other people, and no secrets.
    """
    held: dict[str, Any] = {"account": _columns(person)}
    for name, holding in HOLDINGS.items():
        if holding.is_theirs:
            rows = holding.model._default_manager.filter(**{holding.path: person})
            held[name] = [_columns(row) for row in rows]
    held["audit log"] = [_columns(event) for event in _lines(person)]
    return held


def _lines(person: User) -> Iterator[AuditEvent]:
    about = AuditEvent.objects.filter(Q(actor=person.pk) | Q(subject=person.pk))
    for event in about.order_by("pk").iterator():
        if event.actor == person.pk or not event.action.startswith(CONFIDENTIAL):
            yield event


def _columns(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in SECRET]
    values = {field.attname: field.value_from_object(row) for field in fields}
    return {name: str(it) if isinstance(it, FieldFile) else it for name, it in values.items()}


def purge() -> int:
    """Delete the archives that were kept long enough; return how many."""
    old = list(DataExport.objects.filter(ready_at__lte=timezone.now() - KEPT))
    for export in old:
        delete(export)
    return len(old)


def delete(export: DataExport) -> None:
    """Delete an export with its archive."""
    if export.content:
        export.content.delete(save=False)
    export.delete()
