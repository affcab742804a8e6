"""Emptying the test database, audit log and all."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.db import connection
from django.test import TransactionTestCase

TRIGGERS = [
    import_module(f"classkey.school.migrations.{name}")
    for name in ("0002_audit_append_only", "0008_audit_seals")
]


@pytest.fixture(scope="session", autouse=True)
def _audit_log_can_be_emptied() -> Iterator[None]:
    """Lift the audit log's triggers while a transactional test's rows are flushed.

    Django flushes every table after such a test; the append-only log refuses that, as it
    should (A1).
    """
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # noqa: SLF001

    def lift_and_flush(case: TransactionTestCase) -> None:
        with connection.schema_editor() as editor:
            for triggers in TRIGGERS:
                triggers.remove(editor)
        try:
            flush(case)
        finally:
            with connection.schema_editor() as editor:
                for triggers in TRIGGERS:
                    triggers.install(editor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lift_and_flush)
        yield
