"""On PostgreSQL, row-level security for parents' requests (F6): see classkey/school/second_lock.py.

The role `classkey_parent` reads of students those in the setting `classkey.children` alone, and
writes nothing. The tables' owner, as whom all else is run, is not concerned. The role belongs to
the whole server, so it stays when this is undone. It may read no table that is not named here: who
adds a table that parents' pages ask decides in their migration what of it is a parent's.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ROLE = "classkey_parent"
CHILDREN, FAMILY = (
    f"ANY ((SELECT current_setting('classkey.{name}', true)::uuid[])::uuid[])"
    for name in ("children", "family")
)
PARENT = "(SELECT current_setting('classkey.parent', true)::uuid)"

OPEN = [
    f"school_{name}" for name in ("place", "item", "storedfile", "assessment", "question", "choice")
]
"""Content, read in whole: what is green is the business of the rules alone."""

# In a policy's own questions the policies of the tables asked hold as well.
POLICIES = {
    "accounts_user": f"role = 'instructor' OR id = {FAMILY}",
    "school_parentlink": f"student_id = {CHILDREN}",
    "school_workspacegrant": "EXISTS (SELECT FROM school_parentlink WHERE id = link_id)",
    "school_membership": f"user_id = {CHILDREN}",
    "school_attempt": f"student_id = {CHILDREN}",
    "school_answer": "EXISTS (SELECT FROM school_attempt WHERE id = attempt_id)",
    "school_notice": f"recipient_id = {PARENT}",
    # Read by pages that every role may open, and empty for a parent.
    **dict.fromkeys(
        [
            f"school_{name}"
            for name in ("code", "redemption", "removal", "sheetrun", "sheetpart", "sheet")
        ],
        "false",
    ),
}

# A superuser may be any role. Two databases of one server may be made at once.
MAKE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        BEGIN
            CREATE ROLE {ROLE} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF current_setting('is_superuser') = 'off' THEN
        BEGIN
            EXECUTE format('GRANT {ROLE} TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN RAISE; END IF;
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE insufficient_privilege USING MESSAGE = format(
        'Classkey may not make the role {ROLE}, as which parents'' requests are read. Let '
        'a superuser of PostgreSQL say CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO %I; and '
        'run migrate again (docs/operating.md, "The second lock").', current_user);
END $$
"""


INSTALL = [MAKE_ROLE, *(f"GRANT SELECT ON {table} TO {ROLE}" for table in [*OPEN, *POLICIES])]
for table, rule in POLICIES.items():
    INSTALL += [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        # The owner needs no leave; a school may run Classkey as a role that owns no table.
        f"CREATE POLICY everybody ON {table} USING (true)",
        f"CREATE POLICY second_lock ON {table} AS RESTRICTIVE FOR SELECT TO {ROLE} USING ({rule})",
    ]
REMOVE = [f"REVOKE SELECT ON {table} FROM {ROLE}" for table in [*OPEN, *POLICIES]]  # noqa: S608 # of our own constants
for table in POLICIES:
    REMOVE += [
        f"DROP POLICY second_lock ON {table}",
        f"DROP POLICY everybody ON {table}",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


def run_install(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Forward: lay the lock."""
    _say(schema_editor, INSTALL)


def run_remove(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Backward: take the lock away, but for the role, which other databases may use."""
    _say(schema_editor, REMOVE)


def _say(schema_editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    for sql in statements if schema_editor.connection.vendor == "postgresql" else []:
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    """Lays the second lock."""

    dependencies = [
        ("accounts", "0003_home_language"),
        ("school", "0009_data_exports"),
    ]
    operations = [
        migrations.RunPython(run_install, run_remove),
    ]
