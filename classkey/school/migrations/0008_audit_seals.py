"""Seals of the audit log, append-only as the log is; and on SQLite no row of either is replaced,
whatever a connection has set (A1)."""

import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

EVENTS = "school_auditevent"
TABLE = "school_auditseal"

INSTALL = {
    "postgresql": [
        f"""
        CREATE FUNCTION {TABLE}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '23514'; END $$
        """,
        f"""
        CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_append_only()
        """,
        f"""
        CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_append_only()
        """,
    ],
    "sqlite": [
        *(
            f"""
            CREATE TRIGGER {TABLE}_no_{event.lower()} BEFORE {event} ON {TABLE}
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
            """
            for event in ("UPDATE", "DELETE")
        ),
        # Without `recursive_triggers` INSERT OR REPLACE fires no trigger on what it deletes.
        *(
            f"""
            CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
            """  # noqa: S608 - the tables and columns are named below
            for table, same in (
                (EVENTS, "id = NEW.id"),
                (TABLE, "id = NEW.id OR previous = NEW.previous"),
            )
        ),
    ],
}
REMOVE = {
    "postgresql": [
        f"DROP TRIGGER {TABLE}_no_change ON {TABLE}",
        f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}",
        f"DROP FUNCTION {TABLE}_append_only()",
    ],
    "sqlite": [
        f"DROP TRIGGER {TABLE}_no_update",
        f"DROP TRIGGER {TABLE}_no_delete",
        f"DROP TRIGGER {TABLE}_no_replace",
        f"DROP TRIGGER {EVENTS}_no_replace",
    ],
}


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the database refuse to change, delete or replace a seal of the audit log."""
    for sql in INSTALL[schema_editor.connection.vendor]:
        schema_editor.execute(sql, params=None)


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away: backwards, and (in tests) to empty a database."""
    for sql in REMOVE[schema_editor.connection.vendor]:
        schema_editor.execute(sql, params=None)


def run_install(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Forward."""
    install(schema_editor)


def run_remove(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Backward."""
    remove(schema_editor)


class Migration(migrations.Migration):
    """Adds the seals and their triggers."""

    dependencies = [("school", "0007_support_desk")]
    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("previous", models.CharField(blank=True, max_length=64, unique=True)),
                ("sealed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lines", models.TextField()),
                ("count", models.PositiveIntegerField()),
                ("up_to", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(run_install, run_remove),
    ]
