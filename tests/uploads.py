"""Files as people send them, and as they are kept."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from moto import mock_aws
from pytest_django import Settings

from classkey.config.parsing import file_storage
from classkey.school.models import Item, StoredFile

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PROGRAM = b"MZ\x90\x00" + b"\x00" * 60
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

Kept = Callable[[], list[str]]


def upload(name: str, content: bytes = b"Some text", media_type: str = "") -> SimpleUploadedFile:
    """Return a file as a browser sends it, of whatever type it says."""
    return SimpleUploadedFile(name, content, media_type or "application/octet-stream")


def zipped(**members: bytes) -> bytes:
    """Return an archive, packed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packing:
        for name, content in members.items():
            packing.writestr(name, content)
    return archive.getvalue()


def file_of(item: Item) -> StoredFile:
    """Return the file that an item is."""
    assert item.file
    return item.file


def body_of(response: Any) -> bytes:
    """Return what was sent, to its end."""
    return b"".join(response.streaming_content)


@pytest.fixture
def kept(tmp_path: Path, settings: Settings) -> Kept:
    """Files are kept in a folder of this test's own; says which lie there, whole or in part."""
    settings.STORAGES = settings.STORAGES | {"default": file_storage("", tmp_path / "kept")}
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    def names() -> list[str]:
        return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())

    return names


@pytest.fixture
def bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Any]:
    """An empty bucket, in which the school's settings have the files."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    url = "s3://school-files/classkey?region=eu-west-3"
    settings.STORAGES = settings.STORAGES | {"default": file_storage(url, tmp_path)}
    with mock_aws():
        found = boto3.resource("s3", region_name="eu-west-3").Bucket("school-files")
        found.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        yield found
