"""A node keeps nothing on its disk but temporary files, its files in a bucket (A5)."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from classkey.school import tasks
from classkey.school.models import DataExport, Item, StoredFile
from classkey.school.personal_data import exporting
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.sheets import ask, run_queue
from tests.uploads import body_of, upload
from tests.web.browsing import at, browser_of
from tests.world import School

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Watch:
    """Notes each file that Python opens to write to, and each folder that it makes."""

    def __init__(self) -> None:
        self.is_on = True
        self.written: set[Path] = set()
        sys.addaudithook(self._note)  # for good: it cannot be taken away, only switched off

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if (event == "open" and self._is_written(*arguments)) or event == "os.mkdir":
            self.written.add(Path(os.fsdecode(arguments[0])))

    @staticmethod
    def _is_written(path: Any, _mode: Any, flags: int) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and bool(flags & WRITES)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watches what the test writes."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as on a node
    watching = Watch()
    yield watching
    watching.is_on = False


@pytest.fixture
def temporary(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    settings.FILE_UPLOAD_TEMP_DIR = None
    cache.clear()
    return folder


@pytest.mark.django_db
def test_a5_what_people_do_leaves_nothing_on_a_nodes_disk(
    north: School, bucket: Any, mailbox: Mailbox, temporary: Path, watch: Watch
) -> None:
    Item.objects.filter(kind="file").delete()
    StoredFile.objects.all().delete()  # of the world, and in no bucket
    browser = browser_of(north.ed)
    large = upload("film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(3_000_000))
    browser.post(at("file_new", north.maths), {"files": [large]})
    item = Item.objects.get(title="film")
    assert len(body_of(browser.get(at("item_file", item)))) > 3_000_000
    ask(north)
    assert run_queue()
    assert mailbox, "sheets are mailed"
    export = exporting.ask(Viewer(north.vera), north.ed)
    tasks.export_data.call(str(export.pk))
    assert DataExport.objects.get(pk=export.pk).is_ready
    assert len(list(bucket.objects.all())) == 2, "the film, and the archive"

    assert any(temporary in (path, *path.parents) for path in watch.written), "it is not blind"
    elsewhere = {path for path in watch.written if temporary not in (path, *path.parents)}
    assert elsewhere <= {Path(os.devnull)}
    assert list(temporary.iterdir()) == [], "and temporary files are gone"
