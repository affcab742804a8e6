"""A person's data in one archive (A8)."""

import datetime
import io
import json
import zipfile
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from classkey.accounts.models import User
from classkey.school import issuing, publishing, tasks
from classkey.school.models import AuditEvent, DataExport
from classkey.school.personal_data import exporting
from classkey.school.revoking import decisions
from classkey.school.revoking.decisions import Verdict
from classkey.school.viewer import Viewer
from tests.world import School


def archive_of(north: School, person: User) -> zipfile.ZipFile:
    """Ask for it, and let the worker make it."""
    export = exporting.ask(Viewer(north.vera), person)
    [job] = DBTaskResult.objects.filter(
        task_path=tasks.export_data.module_path, args_kwargs__args=[str(export.pk)]
    )
    tasks.export_data.call(*job.args_kwargs["args"])
    export.refresh_from_db()
    assert export.is_ready
    with export.content.open() as content:
        return zipfile.ZipFile(io.BytesIO(content.read()))


def held(archive: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read("data.json"))
    return found


def test_a8_a_student_gets_all_that_is_held_about_them(north: School) -> None:
    data = held(archive_of(north, north.anna))
    assert data["account"]["given_name"] == "Anna"
    assert data["account"]["email"] == "anna@northside.example"
    assert {row["place_id"] for row in data["memberships"]} >= {
        str(north.maths.pk),
        str(north.den.pk),
    }
    assert "Anna thinks so" in json.dumps(data["answers"])
    assert len(data["links to parents"]) == 3
    assert [row["name"] for row in data["places made"]] == ["Anna's den", "Nook"]
    assert data["content made"]
    assert data["audit log"]


def test_a8_with_the_files_that_they_uploaded(north: School) -> None:
    with archive_of(north, north.gwen) as archive:
        [name] = [name for name in archive.namelist() if name.startswith("files/")]
        assert name.endswith(".txt")
        assert archive.read(name) == b"For Northside"


def test_a8_and_no_secret(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    Authenticator.objects.create(user=north.tess, type="totp", data={"secret": "of her phone"})
    for person in (north.anna, north.tess):
        text = archive_of(north, person).read("data.json").decode()
        for secret in (code.text, code.text.replace("-", ""), "argon2", '"password"', "digest"):
            assert secret not in text
        assert "of her phone" not in text


def test_f9_who_asked_support_to_end_an_access_is_not_in_it(north: School) -> None:
    """Not for the person revoked, nor for the child: neither would it be Tess's to tell."""
    decisions.revoke(Viewer(north.vera), north.link(north.petra, north.ben), Verdict("Ordered."))
    for person in (north.petra, north.ben):
        text = archive_of(north, person).read("data.json").decode()
        for word in ("Ordered", "come near", "request.", "bar.", "link.paused"):
            assert word not in text
    about_petra = held(archive_of(north, north.petra))["audit log"]
    by_others = {row["action"] for row in about_petra if row["actor"] != str(north.petra.pk)}
    assert by_others <= {"data.exported"}
    assert "request.filed" in archive_of(north, north.tess).read("data.json").decode()


def test_f6_other_people_are_ids(north: School) -> None:
    text = archive_of(north, north.paula).read("data.json").decode()
    for name in ("Anna", "Quentin", "Tess", "quentin@"):
        assert name not in text


def test_a8_only_the_desk_asks_and_the_log_tells(north: School) -> None:
    with pytest.raises(PermissionDenied):
        exporting.ask(Viewer(north.tess), north.anna)
    archive_of(north, north.anna)
    line = AuditEvent.objects.filter(action="data.exported").order_by("-pk")[0]
    assert (line.actor, line.subject) == (north.vera.pk, north.anna.pk)


def test_a8_an_archive_is_kept_for_seven_days(north: School) -> None:
    archive_of(north, north.anna).close()
    ready = DataExport.objects.get(person=north.anna, ready_at__isnull=False)
    storage, name = ready.content.storage, str(ready.content.name)
    tasks.chores.call()
    assert storage.exists(name)
    DataExport.objects.filter(pk=ready.pk).update(
        ready_at=timezone.now() - datetime.timedelta(days=7, seconds=1)
    )
    tasks.chores.call()
    assert not storage.exists(name)
    assert not DataExport.objects.filter(pk=ready.pk).exists()


def test_a8_what_is_made_is_not_made_again_and_what_is_gone_not_at_all(north: School) -> None:
    archive_of(north, north.anna).close()
    made = DataExport.objects.get(person=north.anna, ready_at__isnull=False)
    for pk in (made.pk, "00000000-0000-0000-0000-000000000000"):
        tasks.export_data.call(str(pk))
    assert DataExport.objects.get(pk=made.pk).content.name == made.content.name


def test_a8_a_file_of_many_pieces_is_whole(north: School) -> None:
    whole = b"0123456789abcdef\n" * 10_000
    publishing.make_files(Viewer(north.anna), north.den, None, [ContentFile(whole, "long.txt")])
    with archive_of(north, north.anna) as archive:
        assert whole in [archive.read(name) for name in archive.namelist()]
