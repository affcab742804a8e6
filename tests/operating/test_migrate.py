"""`manage.py migrate` while a school works: nobody is refused, and nobody waits for long."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import IntegrityError, OperationalError, connection, transaction
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import issuing, redeeming
from classkey.school.issuing import Terms
from classkey.school.management.commands import migrate
from classkey.school.models import Membership
from classkey.school.viewer import Viewer
from tests.operating.last import LAST
from tests.operating.migration_policy import unsafe
from tests.operating.test_migration_policy import LOADER
from tests.school.test_races import Hand
from tests.world import School, World

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one machine, which stops to be updated"
)


@pytest.fixture
def north(committed_world: World) -> School:
    return committed_world.north


def run(*arguments: str) -> str:
    """Run the command; return what it says, on whichever stream."""
    said = io.StringIO()
    call_command("migrate", *arguments, stdout=said, stderr=said, no_color=True)
    return said.getvalue()


@contextmanager
def release(settings: Settings, name: str) -> Iterator[None]:
    """There is a next release; afterwards the database is as it was."""
    settings.MIGRATION_MODULES = {"school": f"tests.operating.{name}"}
    try:
        yield
    finally:
        run("school", LAST)


@pytest.fixture
def next_release(north: School, settings: Settings) -> Iterator[None]:
    with release(settings, "next_release"):
        yield


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are tenths."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.2)
    monkeypatch.setattr(migrate, "REST", 0.1)
    monkeypatch.setattr(migrate, "TRIES", 3)


class Holding(threading.Thread):
    """Somebody reads a table (or writes to it, ROW EXCLUSIVE), and does not end their transaction
    before they are told to.
    """

    def __init__(self, lock: str = "ACCESS SHARE") -> None:
        super().__init__(daemon=True)
        self.lock = lock
        self.reads, self.may_end = threading.Event(), threading.Event()
        self.start()
        assert self.reads.wait(10)

    def run(self) -> None:
        """Read, and wait."""
        try:
            with transaction.atomic():
                asked(f"LOCK TABLE school_membership IN {self.lock} MODE")
                self.reads.set()
                self.may_end.wait(60)
        finally:
            connection.close()

    def end(self) -> None:
        """Let go."""
        self.may_end.set()
        self.join(10)


def of_a_class(north: School, many: int) -> Callable[[], float]:
    """Return what lets the next of `many` students in, and tells how many seconds that took."""
    code = issuing.make_registration_code(Viewer(north.tess), north.maths, Terms())
    text = code.text
    students = iter(
        User.objects.bulk_create(
            User(role=Role.STUDENT, given_name=f"S{n}", username=f"s{n}") for n in range(many)
        )
    )

    def enter() -> float:
        began = time.monotonic()
        redeeming.redeem(Viewer(next(students)), text)
        return time.monotonic() - began

    return enter


# --- The last release goes on ---------------------------------------------------------------
@on_postgresql
@pytest.mark.usefixtures("next_release")
def test_a5_the_last_release_serves_while_the_next_ones_tables_are_made(north: School) -> None:
    enter, done = of_a_class(north, 2_000), threading.Event()
    went: list[float] = []

    def all_morning() -> None:
        while not done.is_set():
            went.append(enter())

    class_ = Hand(all_morning)
    while not went:
        assert class_.is_alive(), class_.result
        time.sleep(0.01)
    before = len(went)
    assert "9003_index... OK" in run("school")
    while len(went) < 2 * before + 10 and class_.is_alive():
        time.sleep(0.01)
    done.set()
    class_.join(30)
    assert class_.result is None, "none was refused"
    assert Membership.objects.filter(place=north.maths, user__username__startswith="s").count() > 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM school_membership GROUP BY note")
        assert cursor.fetchall() == [("",)]


@pytest.mark.usefixtures("next_release")
def test_a5_the_last_release_serves_when_the_next_ones_tables_are_there(north: School) -> None:
    enter = of_a_class(north, 2)
    assert "9003_index... OK" in run("school")
    enter()
    assert "Unapplying school.9001_expand... OK" in run("school", LAST)
    enter()


@on_postgresql
def test_a5_of_an_unsafe_release_it_would_be_refused(north: School, settings: Settings) -> None:
    """As the policy says, which is why it is looked at."""
    enter = of_a_class(north, 1)
    with release(settings, "unsafe_release"):
        run("school")
        with pytest.raises(IntegrityError):
            enter()


def test_a5_the_made_up_release_is_one_that_the_policy_takes() -> None:
    state = LOADER.project_state()
    for number, name in enumerate(("9001_expand", "9002_validate", "9003_index"), start=1):
        module = __import__(f"tests.operating.next_release.{name}", fromlist=["Migration"])
        migration = module.Migration(name, "school")
        assert unsafe(migration, state) == [], number
        state = migration.mutate_state(state)


# --- A table that is in use -----------------------------------------------------------------
@on_postgresql
@pytest.mark.usefixtures("hurried", "next_release")
def test_a5_a_table_in_use_is_not_waited_for_and_nobody_waits_behind(north: School) -> None:
    enter, somebody = of_a_class(north, 500), Holding()
    migrating = Hand(lambda: run("school"))
    slowest = 0.0
    while migrating.is_alive():
        slowest = max(slowest, enter())
        time.sleep(0.05)
    somebody.end()
    assert isinstance(migrating.result, CommandError)
    assert "Run migrate again" in str(migrating.result)
    assert slowest < 20, "it waited behind one try at the most"
    assert "9003_index... OK" in run("school")


@on_postgresql
@pytest.mark.usefixtures("hurried", "next_release")
def test_a5_it_is_tried_again_until_the_table_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "TRIES", 50)
    somebody, said = Holding(), io.StringIO()
    migrating = Hand(lambda: call_command("migrate", "school", stdout=said, stderr=said))
    while "A table is in use; trying again." not in said.getvalue():
        assert migrating.is_alive()
        time.sleep(0.01)
    somebody.end()
    migrating.join(30)
    assert "9003_index... OK" in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",), "the connection is as before"


@on_postgresql
def test_a5_other_trouble_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_options: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(Migrate, "handle", fails)
    with pytest.raises(OperationalError, match="lost"):
        run()


@on_postgresql
@pytest.mark.usefixtures("next_release")
def test_a5_an_index_that_was_left_unfinished_is_made_anew() -> None:
    run("school", "9002_validate")
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX by_day ON school_membership (joined_at)")
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_day'::regclass"
        )
    assert "9003_index... OK" in run("school")
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_day'::regclass")
        assert cursor.fetchone() == (True,)


@on_postgresql
def test_a5_an_index_that_somebody_is_making_is_left_alone() -> None:
    """It waits for a transaction to end, and is unfinished meanwhile."""
    somebody = Holding("ROW EXCLUSIVE")
    making = Hand(lambda: asked("CREATE INDEX CONCURRENTLY by_hand ON school_membership (given)"))
    is_made = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('by_hand')"
    while asked(is_made) != [(False,)]:
        assert making.is_alive(), making.result
        time.sleep(0.01)
    migrate._drop_unfinished_indexes(connection)  # noqa: SLF001 # a migration would wait for both
    somebody.end()
    making.join(30)
    assert asked(is_made) == [(True,)]
    asked("DROP INDEX by_hand")


def asked(sql: str) -> list[tuple[Any, ...]]:
    """Ask the database; return the rows, if there are any."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@on_postgresql
def test_a5_of_a_lost_connection_the_first_word_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_options: object) -> None:
        with pytest.raises(OperationalError):
            asked("SELECT pg_terminate_backend(pg_backend_pid())")
        raise OperationalError("the server was told to stop")

    monkeypatch.setattr(Migrate, "handle", fails)
    with pytest.raises(OperationalError, match="told to stop"):
        run()
    connection.close()


@on_postgresql
def test_a5_nobody_migrates_through_pgbouncer(settings: Settings) -> None:
    """It lends a connection by the transaction: another would keep the lock of who migrates."""
    settings.PGBOUNCER = True
    with pytest.raises(CommandError, match="go past PgBouncer"):
        run()


# --- Several nodes --------------------------------------------------------------------------
@on_postgresql
@pytest.mark.usefixtures("hurried", "next_release")
def test_a5_of_two_nodes_one_migrates_and_the_other_finds_nothing_to_do() -> None:
    nodes = [Hand(lambda: run("school")) for _node in range(2)]
    for node in nodes:
        node.join(60)
    first, second = sorted((node.result for node in nodes), key=lambda said: "OK" not in said)
    assert first.count("9003_index... OK") == 1
    assert "Another node migrates; waiting for it." in second
    assert "No migrations to apply." in second


def test_a5_with_nothing_to_do_it_says_so() -> None:
    assert "No migrations to apply." in run()
