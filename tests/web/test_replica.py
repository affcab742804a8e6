"""What may be a moment old is read from the standby; who may read it is not (A2)."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.db import InternalError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classkey.accounts import administrators
from classkey.accounts.models import User
from classkey.school import access, audit, audit_log, reach, replica, second_lock
from classkey.school.audit_log import Filter
from classkey.school.models import AuditAction, AuditEvent, Membership, ParentLink, Place
from classkey.school.viewer import Viewer
from tests.plugins.standby import Standby
from tests.web.browsing import at, browser_of, words
from tests.world import School, World

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no standby"),
    pytest.mark.django_db(transaction=True, databases=["default", "replica"]),
]

AN_HOUR = 3600.0


@pytest.fixture
def north(committed_world: World, standby: Standby, monkeypatch: pytest.MonkeyPatch) -> School:
    """Northside, with a standby that has all of it and may be an hour behind."""
    known = reach.Reach("standby", "reads go to the primary", replica._standby.errors)  # noqa: SLF001
    monkeypatch.setattr(replica, "_standby", known)
    monkeypatch.setattr(replica, "MOST_BEHIND", AN_HOUR)
    standby.catch_up()
    return committed_world.north


@pytest.fixture
def vera(north: School) -> Client:
    return browser_of(north.vera)


@pytest.fixture
def held(north: School, vera: Client, standby: Standby) -> Iterator[Standby]:
    """The standby, which hears of nothing that is written from now on."""
    standby.hold()
    yield standby
    standby.resume()


def write_a_line(north: School) -> None:
    audit.record(Viewer(north.tess), AuditAction.DATA_EXPORTED, detail="of-a-moment-ago")


def log(client: Client, action: AuditAction = AuditAction.DATA_EXPORTED) -> str:
    return words(client.get(at("desk_log"), {"action": action}))


# --- What is read from it ---------------------------------------------------------------
def test_the_log_is_read_from_the_standby(north: School, vera: Client, held: Standby) -> None:
    write_a_line(north)
    assert "of-a-moment-ago" not in log(vera)
    held.resume()
    assert "of-a-moment-ago" in log(vera)


def test_and_its_export(north: School, vera: Client, held: Standby) -> None:
    write_a_line(north)
    for name in ("desk_log_csv", "desk_log_json"):
        assert "of-a-moment-ago" not in vera.get(at(name)).getvalue().decode()
    held.resume()
    assert "of-a-moment-ago" in vera.get(at("desk_log_csv")).getvalue().decode()


def test_names_in_it_are_those_of_now(north: School, vera: Client, held: Standby) -> None:
    User.objects.filter(pk=north.tess.pk).update(given_name="Erased")
    read = log(vera, AuditAction.PLACE_MADE)
    assert "Erased Northside" in read
    assert "Tess Northside" not in read


def test_and_the_courses_of_the_years_before(north: School, held: Standby) -> None:
    Place.objects.filter(pk=north.history.pk).update(name="Histoire")
    assert "History" in words(browser_of(north.anna).get("/"))
    held.resume()
    assert "Histoire" in words(browser_of(north.anna).get("/"))


def test_what_is_done_with_them_is_the_primarys_again(north: School, held: Standby) -> None:
    [history] = replica.rows(Place.objects.filter(pk=north.history.pk))
    held.resume()
    assert history._state.db == "default"  # noqa: SLF001
    history.name = "Histoire"
    history.save()
    assert Place.objects.get(pk=history.pk).name == "Histoire"


def test_nothing_is_written_there(north: School, vera: Client, standby: Standby) -> None:
    with CaptureQueriesContext(connections["replica"]) as asked:
        log(vera)
        vera.get(at("desk_log_json")).getvalue()
        browser_of(north.anna).get("/")
    assert len(asked) > 5
    assert {query["sql"].split()[0] for query in asked} == {"SELECT"}
    with pytest.raises(InternalError, match="read-only"):
        Place.objects.using("replica").update(name="x")


def test_the_order_stays(north: School, standby: Standby) -> None:
    places = Place.objects.order_by("-name", "pk")
    assert replica.rows(places) == list(places)


# --- Who may read it --------------------------------------------------------------------
def test_a2_who_is_no_administrator_any_more_is_refused_at_once(
    north: School, vera: Client, held: Standby
) -> None:
    assert vera.get(at("desk_log")).status_code == 200
    administrators.dismiss(north.vera)
    for name in ("desk_log", "desk_log_csv", "desk_log_json"):
        assert vera.get(at(name)).status_code == 404


def test_a2_f9_lines_about_ones_own_child_are_closed_at_once(
    north: School, vera: Client, held: Standby
) -> None:
    about_zoe = "hold.put Vera Northside Zoe Northside"
    assert about_zoe in log(vera, AuditAction.HOLD_PUT)
    ParentLink.objects.create(parent=north.vera, student=north.zoe)
    assert about_zoe not in log(vera, AuditAction.HOLD_PUT)


def test_a2_s4_who_was_taken_out_of_an_old_course_reads_nothing_of_it(
    north: School, held: Standby
) -> None:
    held.resume()
    Place.objects.filter(pk=north.maths.pk).update(school_year=2020)
    held.hold()
    anna = browser_of(north.anna)
    assert "History" in words(anna.get("/"))
    Membership.objects.filter(user=north.anna, place=north.history).delete()
    page = words(anna.get("/"))
    assert north.maths.name in page
    assert "History" not in page


def test_a2_where_another_table_decides_the_standby_is_not_asked(
    north: School, standby: Standby
) -> None:
    links = ParentLink.objects.values("student")
    with pytest.raises(ValueError, match="ask the primary first"):
        replica.Lines(AuditEvent.objects.exclude(subject__in=links))
    assert replica.Lines(AuditEvent.objects.filter(actor__in=[]))[:9] == []


def test_f6_nothing_is_read_from_it_behind_the_second_lock(north: School, held: Standby) -> None:
    Place.objects.filter(pk=north.maths.pk).update(name="Mathematics")
    with second_lock.on(north.paula), CaptureQueriesContext(connections["replica"]) as asked:
        [maths] = replica.rows(Place.objects.filter(pk=north.maths.pk))
    assert (maths.name, len(asked)) == ("Mathematics", 0)


def test_nor_within_a_transaction_which_reads_what_it_wrote(north: School, held: Standby) -> None:
    with transaction.atomic():
        write_a_line(north)
        assert len(replica.Lines(AuditEvent.objects.filter(detail="of-a-moment-ago"))) == 1


# --- When it is away, or too far behind -------------------------------------------------
@pytest.fixture
def always_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no patience with a standby that has not everything."""
    monkeypatch.setattr(replica, "MOST_BEHIND", 0.0)


def test_one_that_is_too_far_behind_is_left_alone(
    north: School, vera: Client, held: Standby, always_near: None, caplog: pytest.LogCaptureFixture
) -> None:
    write_a_line(north)
    for _time in range(2):
        assert "of-a-moment-ago" in log(vera)
    said = [record.getMessage() for record in caplog.records if "standby" in record.getMessage()]
    assert said == ["The standby is out of reach (TooFarBehind); reads go to the primary."]


@pytest.fixture
def slow_clock(north: School) -> Iterator[None]:
    """A clock that is a day behind, for who looks for it in the schema first: the standby."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " RETURN pg_catalog.clock_timestamp() - interval '1 day'"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION public.clock_timestamp()")


def test_a_standby_whose_clock_is_behind_is_not_taken_for_near(
    north: School, vera: Client, slow_clock: None, held: Standby, always_near: None
) -> None:
    with connections["replica"].cursor() as cursor:
        cursor.execute("SET search_path TO public, pg_catalog")
        cursor.execute("SELECT clock_timestamp() < pg_catalog.clock_timestamp() - interval '1 h'")
        assert cursor.fetchone() == (True,)
    write_a_line(north)
    assert "of-a-moment-ago" in log(vera)
    connections["replica"].close()


def test_one_that_has_everything_is_near_however_long_nobody_wrote(
    north: School,
    vera: Client,
    standby: Standby,
    always_near: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reads_there() -> bool:
        standby.catch_up()
        monkeypatch.setattr(replica._standby, "rests_until", 0.0)  # noqa: SLF001
        with CaptureQueriesContext(connections["replica"]) as asked:
            log(vera)
        return any("school_auditevent" in query["sql"] for query in asked)

    # Again and again: PostgreSQL tidies as it reads, and the other worker writes on its server.
    assert any(reads_there() for _time in range(50))


def test_stopped_it_is_done_without_and_started_it_is_read_again(
    north: School,
    vera: Client,
    standby: Standby,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    log(vera)
    standby.stop()
    write_a_line(north)
    for _time in range(3):
        assert "of-a-moment-ago" in log(vera)
    assert "History" in words(browser_of(north.anna).get("/"))
    assert caplog.text.count("The standby is out of reach (OperationalError)") == 1
    standby.start()
    standby.catch_up()
    monkeypatch.setattr(replica._standby, "rests_until", 0.0)  # noqa: SLF001
    with CaptureQueriesContext(connections["replica"]) as asked:
        assert "of-a-moment-ago" in log(vera)
    assert asked
    assert "The standby is back." in caplog.text


@pytest.fixture
def dying(north: School, standby: Standby) -> Iterator[Standby]:
    """A standby that a test stops."""
    yield standby
    standby.start()
    standby.catch_up()


def test_a_page_that_it_does_not_live_to_give_is_the_primarys(
    north: School, dying: Standby
) -> None:
    lines = audit_log.lines(Viewer(north.vera), Filter())
    assert len(lines) > 20
    dying.stop()
    assert lines[:20] == list(
        access.allowed(Viewer(north.vera), access.Action.SEE, AuditEvent).order_by("-pk")[:20]
    )


def test_an_export_that_it_does_not_live_to_end_is_whole(
    north: School, dying: Standby, caplog: pytest.LogCaptureFixture
) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(action=AuditAction.DATA_EXPORTED) for _line in range(2 * replica.AT_ONCE)
    )
    dying.catch_up()
    lines = audit_log.export(Viewer(north.vera), Filter())
    some = [next(lines)]
    dying.stop()
    wanted = access.allowed(Viewer(north.vera), access.Action.SEE, AuditEvent).order_by("pk")
    assert [line["id"] for line in [*some, *lines]] == list(wanted.values_list("pk", flat=True))
    assert "The standby is out of reach" in caplog.text


def test_for_one_that_never_answers_one_request_waits_and_no_other(
    north: School, vera: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    standby = connections["replica"]
    standby.close()
    write_a_line(north)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setitem(standby.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(standby.settings_dict, "PORT", silent.getsockname()[1])
        begun = time.perf_counter()
        for _time in range(5):
            assert "of-a-moment-ago" in log(vera)
        waited = time.perf_counter() - begun
        silent.settimeout(0)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert waited > 2, "it was asked"
