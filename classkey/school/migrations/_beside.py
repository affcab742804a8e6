"""Changes of large tables beside the work: those that Django has for PostgreSQL alone, and what they
come to on SQLite, which one machine has to itself.

A migration with `AddIndex` has `atomic = False`; it and one with `ValidateConstraint` has nothing
else in it. docs/migrations.md says when which is used.
"""

from typing import Any

from django.contrib.postgres import operations
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _is_postgresql(editor: BaseDatabaseSchemaEditor) -> bool:
    return editor.connection.vendor == "postgresql"


class AddIndex(operations.AddIndexConcurrently):
    """An index is made while everybody writes."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Make it."""
        kind = operations.AddIndexConcurrently if _is_postgresql(editor) else migrations.AddIndex
        kind.database_forwards(self, app_label, editor, before, after)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Drop it."""
        kind = operations.AddIndexConcurrently if _is_postgresql(editor) else migrations.AddIndex
        kind.database_backwards(self, app_label, editor, before, after)


class AddConstraintNotValid(operations.AddConstraintNotValid):
    """A check holds for what is written from now on; older rows are not looked at."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Add it."""
        postgresql = operations.AddConstraintNotValid
        kind = postgresql if _is_postgresql(editor) else migrations.AddConstraint
        kind.database_forwards(self, app_label, editor, before, after)


class ValidateConstraint(operations.ValidateConstraint):
    """And then the older rows are looked at, while everybody writes."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Look at them; SQLite did when the check was added."""
        if _is_postgresql(editor):
            super().database_forwards(app_label, editor, before, after)
