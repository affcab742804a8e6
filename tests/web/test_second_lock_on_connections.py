"""The second lock ends with its request: connections are used again, by whoever comes next (F6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.db import ProgrammingError, connection, transaction

from classkey.accounts.models import User
from classkey.school import linking, second_lock
from classkey.school.models import ParentLink
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, words
from tests.world import School, World

migration = import_module("classkey.school.migrations.0010_second_lock")

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no second lock"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def north(committed_world: World) -> Iterator[School]:
    connection.ensure_connection()
    # Statements are kept on the connection, as in production: what was planned for one role must
    # not answer another.
    connection.connection.prepare_threshold = 0
    yield committed_world.north
    connection.ensure_connection()
    connection.connection.prepare_threshold = None


def now() -> tuple[str, ...]:
    """Which connection this is, as whom it reads, and what the policies go by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()::text, current_user::text")
        found = list(cursor.fetchone())
        for setting in second_lock.SETTINGS:
            cursor.execute("SELECT COALESCE(current_setting(%s, true), '')", [setting])
            found += cursor.fetchone()
        return tuple(found)


@contextmanager
def another_role(rights: str = "") -> Iterator[None]:
    """For a while we are somebody with these rights on the server and none in this database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE somebody {rights}")
        cursor.execute("SET LOCAL ROLE somebody")
        yield
        transaction.set_rollback(True)


def test_f6_the_next_request_on_the_connection_reads_what_it_may(north: School) -> None:
    before = now()
    parent, teacher = browser_of(north.paula), browser_of(north.tess)
    for _time in range(2):
        assert parent.get(at("child", north.anna)).status_code == 200
        assert now() == before
        assert "Nina Northside" in words(teacher.get(at("members", north.maths)))
    assert now() == before


def test_f6_within_the_request_it_is_another(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, links_as_parent = [], linking.links_as_parent

    def links_and_a_look(viewer: Viewer) -> tuple[list[ParentLink], list[ParentLink]]:
        found.append(now())
        return links_as_parent(viewer)

    monkeypatch.setattr(linking, "links_as_parent", links_and_a_look)
    browser_of(north.paula).get(at("child", north.anna))
    [(_connection, role, parent, children, family)] = found
    assert (role, parent, children) == (
        second_lock.ROLE,
        str(north.paula.pk),
        f"{{{north.anna.pk}}}",
    )
    for person in (north.anna, north.paula, north.quentin, north.oscar):
        assert str(person.pk) in family
    assert now()[2:] == ("", "", "")


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "DELETE FROM school_answer", "SELECT 1"])
def test_f6_an_error_in_the_request_ends_it_too(
    north: School, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    def fails(_viewer: Viewer) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        raise ValueError

    before = now()
    client = browser_of(north.paula, raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(linking, "links_as_parent", fails)
        assert client.get(at("child", north.anna)).status_code == 500
    assert now() == before
    assert client.get(at("child", north.anna)).status_code == 200


def test_f6_what_is_not_there_and_what_is_forbidden_end_it_too(north: School) -> None:
    before, client = now(), browser_of(north.paula)
    assert client.get(at("child", north.ben)).status_code == 404
    assert client.get(at("students_new", north.maths)).status_code == 404
    assert now() == before


def test_a_file_is_sent_from_behind_it(north: School) -> None:
    response = browser_of(north.paula).get(at("child_file", north.anna, north.leaflet))
    assert now()[1] != second_lock.ROLE
    assert b"".join(response) == b"For Northside"


def kept() -> set[str]:
    """The statements that the connection has prepared."""
    connection.ensure_connection()
    names = "SELECT name FROM pg_prepared_statements"
    return {name for (name,) in connection.connection.execute(names, prepare=False)}


def test_what_the_connection_prepared_outlives_it(north: School) -> None:
    connection.connection.execute("DEALLOCATE ALL")  # of the tests before
    browser_of(north.tess).get(at("place", north.maths))
    before = kept()
    parent = browser_of(north.paula)
    parent.get(at("child", north.anna))
    between = kept()
    parent.get(at("child", north.anna))
    assert before < between == kept()


# --- Laying it ----------------------------------------------------------------------------
def lay(database_role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {database_role}")
        cursor.execute(migration.MAKE_ROLE)


def test_who_may_not_make_the_role_is_told_what_to_do(db: None) -> None:
    with (
        pytest.raises(ProgrammingError, match="GRANT classkey_parent TO somebody"),
        another_role(),
    ):
        lay("somebody")


@pytest.mark.parametrize("rights", ["CREATEROLE", f"IN ROLE {second_lock.ROLE}", "SUPERUSER"])
def test_who_may_make_the_role_or_was_given_it_lays_the_lock(db: None, rights: str) -> None:
    with another_role(rights), connection.cursor() as cursor:
        lay("somebody")
        cursor.execute(f"SET LOCAL ROLE {second_lock.ROLE}")
        assert now()[1] == second_lock.ROLE


def test_who_owns_no_table_reads_as_before(north: School) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody")
        cursor.execute("GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO somebody")
        everybody = User.objects.count()
        cursor.execute("SET LOCAL ROLE somebody")
        assert User.objects.count() == everybody
        assert User.objects.update(home_language="fr") == everybody
        transaction.set_rollback(True)


def test_it_can_be_taken_away_and_laid_again(north: School) -> None:
    with connection.schema_editor() as editor:
        migration.run_remove(None, editor)
    try:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            second_lock.on(north.paula),
        ):
            User.objects.count()
    finally:
        with connection.schema_editor() as editor:
            migration.run_install(None, editor)
    with second_lock.on(north.paula):
        assert User.objects.filter(role="student").count() == 1
