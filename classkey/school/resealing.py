"""Rotating the keys of codes (K6): what older keys made comes under the newest ones."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet

from classkey.school import code_vault
from classkey.school.models import Code

CHUNK = 500
"""Codes in one transaction: all of them, or none."""


def codes() -> QuerySet[Code]:
    """Return the codes whose text is kept, live or dead, in the order of resealing."""
    return Code.objects.exclude(ciphertext=b"").order_by("pk")


def reseal_codes() -> Iterator[int]:
    """Bring the codes under the newest keys; yield after each chunk how many were looked at.

    Codes can be made, redeemed and deleted meanwhile. Stopped in the middle, it can simply be
    started again: what is done stays done. Raises InvalidToken where a key is missing.
    """
    rows = codes().only("digest", "ciphertext")
    chunk = list(rows[:CHUNK])
    while chunk:
        _reseal(chunk)
        yield len(chunk)
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK])


@transaction.atomic
def _reseal(chunk: list[Code]) -> None:
    changed = []
    for code in chunk:
        before = bytes(code.digest), bytes(code.ciphertext)
        code.digest, code.ciphertext = code_vault.resealed(before[1])
        if (code.digest, code.ciphertext) != before:
            changed.append(code)
    Code.objects.bulk_update(changed, ["digest", "ciphertext"])
