"""PostgreSQL as a second lock (F6): for a parent's request the database itself leaves out other
people's children, whatever the rules in `access` say or a view forgets to ask.

The block runs as the role `classkey_parent`, which can only read, and only what the row-level
security of `migrations/0010_second_lock` lets through. Nobody else's requests have it in their way.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from classkey.accounts.models import User

ROLE = "classkey_parent"
SETTINGS = ("classkey.parent", "classkey.children", "classkey.family")
"""What the policies go by, ids all: who reads, the students of whom they may, and these people with
the other adults who are or were linked to the children.
"""

# What a live link is, this says by itself, apart from the rules: two locks, two keys.
_TURN = """
    WITH child AS (
        SELECT student_id FROM school_parentlink
        WHERE parent_id = %(parent)s AND ended_at IS NULL AND paused_at IS NULL
            AND (%(child)s::uuid IS NULL OR student_id = %(child)s::uuid)
    )
    SELECT set_config('classkey.parent', %(parent)s::text, true),
        set_config('classkey.children', ARRAY(TABLE child)::text, true),
        set_config('classkey.family', ARRAY(
            TABLE child UNION ALL SELECT %(parent)s::uuid UNION ALL
            SELECT parent_id FROM school_parentlink JOIN child USING (student_id)
        )::text, true),
        set_config('role', %(role)s, true)
"""


@contextmanager
def on(parent: User, child: uuid.UUID | None = None) -> Iterator[None]:
    """Let the block read, of students, this person's own children alone (F6): the one `child`, or
    without it all of them; none to whom no live link goes.

    For what only reads: writing raises django.db.ProgrammingError. On SQLite it does nothing.
    """
    if connection.vendor != "postgresql":
        yield
        return
    is_within_another = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TURN, {"parent": parent.pk, "child": child, "role": ROLE})
        yield
        # Role and settings end with their transaction; within another, with what is rolled back.
        # Nothing was written, so it need not be: psycopg forgets what it prepared at a rollback.
        if is_within_another:
            transaction.set_rollback(True)
