"""Files in S3 or what speaks like it, where a school's settings say so (C6)."""

from typing import Any

from storages.backends.s3 import S3Storage
from storages.utils import clean_name


class Bucket(S3Storage):
    """Django's storage in a bucket, from which a part of a file is read without the rest."""

    def part(self, name: str, start: int, stop: int) -> Any:
        """Return a stream of bytes `start` to `stop` (not included) of a file."""
        found = self.bucket.Object(self._normalize_name(clean_name(name)))
        return found.get(Range=f"bytes={start}-{stop - 1}")["Body"]
