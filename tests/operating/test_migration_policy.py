"""Migrations run while the last release serves: each that came after it is looked at."""

import pytest
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import Q

from classkey.accounts.models import User
from classkey.school.migrations import _beside as beside
from tests.operating.migration_policy import RELEASED, unsafe

LOADER = MigrationLoader(connection=None)
NODES = [node for node in LOADER.graph.nodes if node[0] in RELEASED]


def is_released(node: tuple[str, str]) -> bool:
    return any(node in LOADER.graph.forwards_plan(last) for last in RELEASED.items())


def test_the_last_release_is_one_of_ours() -> None:
    assert set(RELEASED.items()) <= set(NODES)


@pytest.mark.parametrize("node", [node for node in NODES if not is_released(node)] or [None])
def test_a_migration_can_run_while_the_last_release_serves(node: tuple[str, str] | None) -> None:
    if node:
        migration = LOADER.get_migration(*node)
        assert not unsafe(migration, LOADER.project_state(node, at_end=False))


def found(*steps: Operation, **more: object) -> list[str]:
    """What the policy finds in a made-up next migration of the school."""
    made_up = type("Migration", (Migration,), {"operations": list(steps), **more})
    return unsafe(made_up("made_up", "school"), LOADER.project_state())


MORE_THAN_NOTHING = models.CheckConstraint(condition=~Q(note="-"), name="not_a_dash")
BY_DAY = models.Index(fields=["joined_at"], name="by_day")
TEXT = models.CharField(max_length=9)


def nothing(_apps: object, _editor: object) -> None:
    """Moves no data."""


@pytest.mark.parametrize(
    "step",
    [
        migrations.RemoveField("membership", "given"),
        migrations.RenameField("membership", "given", "granted"),
        migrations.RenameModel("Membership", "Belonging"),
        migrations.DeleteModel("Removal"),
        migrations.AlterModelTable("removal", "removals"),
        migrations.AddField("membership", "note", models.CharField(max_length=9)),
        migrations.AddField("membership", "note", models.CharField(max_length=9, default="")),
        migrations.AddField("membership", "note", models.IntegerField(null=True, unique=True)),
        migrations.AddField(
            "membership", "by", models.ForeignKey(User, models.SET_NULL, null=True)
        ),
        migrations.AlterField("membership", "given", models.PositiveSmallIntegerField()),
        migrations.AlterField("membership", "given", models.CharField(max_length=9, null=True)),
        migrations.AlterField("code", "last_four", models.CharField(max_length=3)),
        migrations.AlterField("code", "last_four", models.CharField(max_length=5)),
        migrations.AlterField("code", "last_four", models.CharField(max_length=4, db_index=True)),
        migrations.AlterField("code", "last_four", models.CharField(max_length=4, db_column="l4")),
        migrations.AddIndex("membership", BY_DAY),
        migrations.AddConstraint("membership", MORE_THAN_NOTHING),
        migrations.AlterUniqueTogether("membership", {("user", "joined_at")}),
        migrations.RunPython(nothing),
        migrations.RunSQL("SELECT 1"),
        migrations.RunSQL("SELECT 1", "SELECT 1"),
        migrations.SeparateDatabaseAndState([migrations.RemoveField("membership", "given")]),
    ],
)
def test_what_the_last_release_would_feel_is_refused(step: Operation) -> None:
    [finding] = found(step)
    assert "made_up" in finding


@pytest.mark.parametrize(
    "step",
    [
        migrations.AddField("membership", "note", models.CharField(max_length=9, db_default="")),
        migrations.AddField("membership", "note", models.CharField(max_length=9, null=True)),
        migrations.AddField("place", "friends", models.ManyToManyField(User)),
        migrations.AlterField("code", "last_four", models.CharField(max_length=4, blank=True)),
        migrations.AlterField("membership", "joined_at", models.DateTimeField(null=True)),
        migrations.CreateModel("Bell", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunPython(nothing, nothing),
        beside.AddIndex("membership", BY_DAY),
        beside.AddConstraintNotValid("membership", MORE_THAN_NOTHING),
        beside.ValidateConstraint("membership", "not_a_dash"),
    ],
)
def test_what_it_does_not_notice_is_taken(step: Operation) -> None:
    assert not found(step)


def test_a_new_table_may_be_anything() -> None:
    made = migrations.CreateModel("Bell", [("id", models.BigAutoField(primary_key=True))])
    rings = migrations.AddField("bell", "rings_at", models.DateTimeField(unique=True))
    assert not found(made, rings)


def test_what_looks_at_every_row_stands_alone() -> None:
    not_valid = beside.AddConstraintNotValid("membership", MORE_THAN_NOTHING)
    validated = beside.ValidateConstraint("membership", "not_a_dash")
    assert found(not_valid, validated), "the first one's lock would be held while rows are read"
    assert found(migrations.RunPython(nothing, nothing), not_valid)


def test_a_reason_is_given_for_one_operation_and_is_not_empty() -> None:
    gone = migrations.RemoveField("membership", "given")
    reasons = {gone.describe(): "Release 1.3, the last one, reads it no more."}
    assert not found(gone, safe_because=reasons)
    assert found(gone, safe_because={gone.describe(): " "})
    assert found(migrations.RemoveField("code", "uses"), safe_because=reasons)
