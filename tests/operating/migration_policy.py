"""What a migration may do while the last release serves (docs/migrations.md)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field

from classkey.school.migrations import _beside as beside

RELEASED = {"accounts": "0003_home_language", "school": "0010_second_lock"}
"""The last migration of each of our applications in the last release; who releases brings them up.
Nothing is released yet: these are the last that were there when the policy was made.
"""

ALWAYS_SAFE = (
    operations.AlterModelManagers,
    operations.AlterModelOptions,
    operations.CreateModel,
    operations.RemoveConstraint,
    operations.RemoveIndex,
    beside.AddConstraintNotValid,
    beside.AddIndex,
    beside.ValidateConstraint,
)
ALONE = (beside.AddIndex, beside.ValidateConstraint, operations.RunPython)
TAKES_AWAY = (
    operations.AlterModelTable,
    operations.DeleteModel,
    operations.RemoveField,
    operations.RenameField,
    operations.RenameModel,
)


def unsafe(migration: Migration, before: ProjectState) -> list[str]:
    """Return what is wrong with a migration, but for what `safe_because` gives a reason for, a
    dictionary of reasons, by the operation as `describe()` has it.
    """
    reasons: dict[str, str] = getattr(migration, "safe_because", {})
    steps = list(_flat(migration.operations))
    new = {step.name_lower for step in steps if isinstance(step, operations.CreateModel)}
    found = []
    state = before.clone()
    for step in steps:
        why = _why_not(step, migration.app_label, state, new)
        if not why and isinstance(step, ALONE) and len(steps) > 1:
            why = "stands alone in its migration"
        if why and not reasons.get(step.describe(), "").strip():
            found.append(f"{migration.app_label}.{migration.name}: {step.describe()}: {why}")
        step.state_forwards(migration.app_label, state)
    return found


def _flat(steps: Iterable[Operation]) -> Iterator[Operation]:
    for step in steps:
        if isinstance(step, operations.SeparateDatabaseAndState):
            yield from _flat(step.database_operations)
        else:
            yield step


def _why_not(step: Operation, app: str, state: ProjectState, new: set[str]) -> str:
    """Return what is wrong with a step; '' if nothing is. Models in `new` have no rows yet."""
    if isinstance(step, ALWAYS_SAFE) or getattr(step, "model_name_lower", "") in new:
        return ""
    if isinstance(step, TAKES_AWAY):
        return "the last release reads what this takes away or renames"
    if isinstance(step, operations.AddField):
        return _adding(step.field)
    if isinstance(step, operations.AlterField):
        return _altering(state.models[app, step.model_name_lower].fields[step.name], step.field)
    if isinstance(step, operations.AddIndex):
        return "locks the table while the index is made: use _beside.AddIndex"
    if isinstance(step, operations.AddConstraint):
        return "locks the table while rows are looked at: use _beside.AddConstraintNotValid"
    if isinstance(step, operations.RunPython | operations.RunSQL):
        if not step.reversible:
            return "cannot be undone"
        return "" if isinstance(step, operations.RunPython) else "nobody but a reader can tell"
    return "the policy does not know it"


def _adding(field: Field[Any, Any]) -> str:
    if field.many_to_many:
        return ""
    if not field.null and not field.has_db_default():
        return "the last release writes rows without it: null=True or db_default"
    if field.unique or _has_index(field):
        return "locks the table while its index is made: db_index=False, and _beside.AddIndex"
    return ""


def _has_index(field: Field[Any, Any]) -> bool:
    return bool(getattr(field, "db_index", False))


def _length(field: Field[Any, Any]) -> tuple[object, ...]:
    """Return what, besides its kind, is in the type of a field's column."""
    digits = getattr(field, "max_digits", None), getattr(field, "decimal_places", None)
    return field.max_length, *digits


def _altering(old: Field[Any, Any], new: Field[Any, Any]) -> str:
    if old.null and not new.null:
        return "locks the table while rows are looked at, and the last release writes NULL"
    if (old.get_internal_type(), old.db_column) != (new.get_internal_type(), new.db_column):
        return "the last release reads the column as it was"
    if (old.max_length or 0) > (new.max_length or 0):
        return "the last release writes what is longer"
    if _length(old) != _length(new):
        return "the last release has kept plans, which fail where a column's type changes"
    if (new.unique and not old.unique) or (_has_index(new) and not _has_index(old)):
        return "locks the table while the index is made"
    if old.has_db_default() and not new.has_db_default():
        return "the last release may lean on the default"
    return ""
