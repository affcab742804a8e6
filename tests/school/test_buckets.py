"""Files in a bucket (C6): S3 as moto plays it, in this process."""

from typing import Any

import pytest
from django.core.files.storage import storages

from classkey.school import publishing
from classkey.school.buckets import Bucket
from classkey.school.errors import Refused
from classkey.school.viewer import Viewer
from tests.uploads import HTML, body_of, file_of, upload
from tests.web.browsing import at, browser_of
from tests.world import School


def names(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def test_c6_a_file_is_kept_in_the_bucket_and_sent_through_the_access_check(
    north: School, bucket: Any
) -> None:
    [item] = publishing.make_files(
        Viewer(north.tess), north.maths, None, [upload("a.txt", b"0123456789")]
    )
    assert names(bucket) == [f"classkey/files/{file_of(item).pk.hex}"]
    client = browser_of(north.anna)
    whole = client.get(at("item_file", item))
    assert body_of(whole) == b"0123456789"
    assert whole["Content-Disposition"] == 'attachment; filename="a.txt"'
    part = client.get(at("item_file", item), headers={"Range": "bytes=2-4"})
    assert (part.status_code, body_of(part)) == (206, b"234")
    assert browser_of(north.paula).get(at("item_file", item)).status_code == 404


def test_c6_what_is_refused_is_not_in_the_bucket(north: School, bucket: Any) -> None:
    for place, uploads in (
        (None, [upload("a.txt"), upload("b.png", HTML)]),
        (north.gone, [upload("a.txt")]),
    ):
        with pytest.raises(Refused):
            publishing.make_files(Viewer(north.ed), north.maths, place, uploads)
    assert names(bucket) == []


def test_c6_a_part_is_asked_for_and_no_more(bucket: Any) -> None:
    bucket.put_object(Key="classkey/files/x", Body=b"0123456789")
    storage = storages["default"]
    assert isinstance(storage, Bucket)
    assert storage.part("files/x", 3, 5).read() == b"34"
