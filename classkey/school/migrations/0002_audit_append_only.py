"""The audit log is append-only in the database itself (A1)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "school_auditevent"

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
        f"""
        CREATE TRIGGER {TABLE}_no_{event.lower()} BEFORE {event} ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
        for event in ("UPDATE", "DELETE")
    ],
}
REMOVE = {
    "postgresql": [
        f"DROP TRIGGER {TABLE}_no_change ON {TABLE}",
        f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}",
        f"DROP FUNCTION {TABLE}_append_only()",
    ],
    "sqlite": [f"DROP TRIGGER {TABLE}_no_{event}" for event in ("update", "delete")],
}


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the database refuse to change or delete a line of the audit log."""
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
    """Adds the triggers."""

    dependencies = [("school", "0001_initial")]
    operations = [
        migrations.RunPython(run_install, run_remove),
    ]
