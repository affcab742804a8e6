"""The news that people find when they come (F8, K9, P6)."""

import datetime

import pytest
from django.utils import timezone

from classkey.school import issuing, noticing
from classkey.school.models import Code, Notice, NoticeKind
from classkey.school.rostering import sign_ins
from classkey.school.viewer import Viewer
from tests.web.browsing import browser_of, html, tags, words
from tests.world import School, enter

HOME = {"anna": "/", "tess": "/", "gwen": "/", "paula": "/children/"}


def news_of(north: School, who: str) -> str:
    return words(browser_of(getattr(north, who)).get(HOME[who]))


def link(north: School) -> None:
    enter(north.ursula, issuing.make_parent_code(Viewer(north.anna), north.anna))


def test_without_news_there_is_no_heading_for_it(north: School) -> None:
    assert not any("I have read this" in news_of(north, who) for who in HOME)


def test_f8_everybody_reads_of_a_new_link_what_they_may(north: School) -> None:
    link(north)
    assert "Ursula Northside is linked to you as a parent." in news_of(north, "anna")
    assert "Ursula Northside is linked to Anna Northside as a parent." in news_of(north, "tess")
    assert "Another adult is linked to Anna Northside." in news_of(north, "paula")
    assert "Ursula" not in html(browser_of(north.paula).get("/children/"))


def test_p5_a_teachers_news_are_not_among_their_children(north: School) -> None:
    link(north)
    assert "Ursula Northside is linked to Anna Northside" in words(browser_of(north.pia).get("/"))
    children = words(browser_of(north.pia).get("/children/"))
    assert "Ben Northside" in children
    assert "Anna" not in children


def test_f8_a_teacher_who_is_a_parent_is_told_on_their_own_first_page(north: School) -> None:
    enter(north.ursula, issuing.make_parent_code(Viewer(north.ben), north.ben))
    assert "Another adult is linked to Ben Northside." in words(browser_of(north.pia).get("/"))


def test_p6_other_teachers_read_of_a_sign_in(north: School) -> None:
    sign_ins.issue(Viewer(north.tess), north.cleo)
    assert "Tess Northside gave Cleo Northside a password for one sign-in." in news_of(
        north, "gwen"
    )


def test_k9_the_maker_reads_of_a_code_that_dies_soon(north: School) -> None:
    soon = timezone.now() + datetime.timedelta(days=1)
    Code.objects.filter(pk=north.for_students.pk).update(expires_at=soon)
    noticing.warn_of_dying_codes()
    assert "A code of yours for Maths Northside that people use dies on" in news_of(north, "tess")
    assert north.for_students.text not in html(browser_of(north.tess).get("/"))


def test_what_was_read_is_put_away_and_what_came_since_stays(north: School) -> None:
    link(north)
    client = browser_of(north.anna)
    page = client.get("/")
    [until] = [each["value"] for tag, each in tags(html(page)) if each.get("name") == "until"]
    enter(north.oscar, issuing.make_parent_code(Viewer(north.anna), north.anna))
    assert client.post("/news/read/", {"until": until})["Location"] == "/"
    left = words(client.get("/"))
    assert "Oscar Northside" in left
    assert "Ursula Northside is linked to you" not in left
    assert "Ursula" in news_of(north, "tess"), "another's news stay"


@pytest.mark.parametrize("until", ["", "soon", "2026-13-40T00:00", "2026-11-24T09:00:00", "\x00"])
def test_a4_a_time_that_is_none_puts_nothing_away(north: School, until: str) -> None:
    link(north)
    client = browser_of(north.anna)
    assert client.post("/news/read/", {"until": until}).status_code == 302
    assert "Ursula" in words(client.get("/"))


def test_only_the_newest_are_shown_and_how_many_more(north: School) -> None:
    Notice.objects.bulk_create(
        Notice(recipient=north.tess, kind="sign-in-issued", student=north.cleo, person=north.tom)
        for _number in range(13)
    )
    page = news_of(north, "tess")
    assert page.count("a password for one sign-in") == 10
    assert "and 3 more" in page


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"])
def test_a4_a_time_at_the_end_of_time_breaks_nothing(north: School, until: str) -> None:
    assert browser_of(north.anna).post("/news/read/", {"until": until}).status_code == 302


@pytest.mark.parametrize(("who", "reads"), [("quentin", True), ("petra", False)])
def test_a2_of_a_child_who_is_not_theirs_any_more_a_parent_has_no_news(
    north: School, who: str, *, reads: bool
) -> None:
    parent = getattr(north, who)
    Notice.objects.create(recipient=parent, kind=NoticeKind.PARENT_LINKED, student=north.ben)
    read = words(browser_of(parent).get("/children/"))
    assert ("Another adult is linked to Ben Northside." in read) is reads
    assert ("News" in read) is reads
