"""What a parent sees of their child (F5, F6, F7)."""

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from classkey.school import membership, publishing
from classkey.school.models import Item, ItemKind, ParentLink, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, html, words
from tests.world import School


def test_f5_a_parent_comes_home_to_their_children(north: School) -> None:
    response = browser_of(north.quentin).get("/", follow=True)
    assert response.redirect_chain == [("/children/", 302)]
    assert words(response).startswith("My children Anna Northside Ben Northside Enter a code")
    nav = html(response).partition('<nav class="site-nav"')[2].partition("</nav>")[0]
    assert "My children" in nav
    assert "Home" not in nav, "it is the same page"


def test_f1_without_a_child_it_says_how_to_link_one(north: School) -> None:
    read = words(browser_of(north.ursula).get("/children/"))
    assert "No child linked yet Type the parent code from the school's sheet" in read


def test_f5_the_profile_has_this_years_and_past_courses(north: School) -> None:
    read = words(browser_of(north.paula).get(at("child", north.anna)))
    for name in (north.maths.name, "History", "Music", "Anna's den", north.maths.school_year_name):
        assert name in read
    assert "Workspaces your child opened to you Anna's den" in read
    assert "Staff room" not in read
    read = words(browser_of(north.quentin).get(at("child", north.anna)))
    assert "den" not in read


def test_f5_new_for_you_is_green_and_the_newest_first(north: School) -> None:
    tess = Viewer(north.tess)
    for number in range(12):
        page = publishing.make_item(
            tess, north.maths, None, kind=ItemKind.PAGE, title=f"Letter {number}."
        )
        publishing.flip(tess, page, Toggle.GREEN, on=True)
    news = words(browser_of(north.paula).get(at("child", north.anna))).partition("Courses")[0]
    assert "New for you" in news
    told = [number for number in range(12) if f"Letter {number}." in news]
    assert told == list(range(2, 12))
    assert news.index("Letter 11.") < news.index("Letter 2.")


def test_f5_new_for_you_says_when_and_nothing_of_an_archived_course(north: School) -> None:
    page = north.pages["maths: green"]
    day = timezone.now() - datetime.timedelta(days=40)
    Item.objects.filter(pk=page.pk).update(changed_at=day)
    of_two = Item.objects.filter(pk__in=[page.pk, north.pages["history: green"].pk])
    Item.objects.exclude(pk__in=of_two).update(shown_to_parents=False)
    client = browser_of(north.paula)
    news = words(client.get(at("child", north.anna))).partition("Courses")[0]
    written = date_format(localtime(day), "DATE_FORMAT")
    assert f"New for you {page.title} {north.maths.name} · {written}" in news
    assert "History" not in news
    assert (
        client.get(at("child_item", north.anna, north.pages["history: green"])).status_code == 200
    )


def test_f5_a_course_shows_what_is_green_in_it(north: School) -> None:
    read = words(browser_of(north.paula).get(at("child_place", north.anna, north.maths)))
    for title in ("Maths Northside: green", "Maths Northside: both", "Both", "Box", "box: green"):
        assert title in read
    for title in (": off", ": blue", "Drawer", "drawer", "Ed's", "Attic", "Gone"):
        assert title not in read
    assert "Owls" in read


def test_f5_of_a_course_that_is_not_green_the_name(north: School) -> None:
    read = words(browser_of(north.paula).get(at("child_place", north.anna, north.music)))
    assert "Nothing for parents here yet" in read
    assert "Music:" not in read


def test_f5_a_folder_and_a_page(north: School) -> None:
    client = browser_of(north.paula)
    read = words(client.get(at("child_item", north.anna, north.folder)))
    assert read.startswith("My children Anna Northside Maths Northside Both Both Box")
    page = north.pages["box: green"]
    publishing.edit_item(Viewer(north.tess), page, version=1, title="Trip", body="On **Monday**")
    response = client.get(at("child_item", north.anna, page))
    assert "<strong>Monday</strong>" in html(response)
    assert "Tess" not in html(response)


def test_f5_a_green_folder_with_nothing_green_in_it(north: School) -> None:
    tess = Viewer(north.tess)
    folder = publishing.make_item(tess, north.maths, None, kind=ItemKind.FOLDER, title="Soon")
    publishing.flip(tess, folder, Toggle.GREEN, on=True)
    read = words(browser_of(north.paula).get(at("child_item", north.anna, folder)))
    assert "Nothing for parents here yet" in read


def test_f6_the_way_up_names_only_what_a_parent_may_know(north: School) -> None:
    tess = Viewer(north.tess)
    publishing.flip(tess, north.chicks, Toggle.GREEN, on=True)
    response = browser_of(north.paula).get(at("child_place", north.anna, north.chicks))
    assert words(response).startswith("My children Anna Northside Maths Northside Owls Chicks")
    publishing.flip(tess, north.owls, Toggle.GREEN, on=False)
    response = browser_of(north.paula).get(at("child_place", north.anna, north.chicks))
    assert response.status_code == 404


def test_f5_a_child_in_no_course_yet(north: School) -> None:
    ParentLink.objects.create(parent=north.ursula, student=north.zoe)
    read = words(browser_of(north.ursula).get(at("child", north.zoe)))
    assert "Your child is in no course yet. Courses appear here by themselves." in read
    course = membership.make_top_place(Viewer(north.pia), PlaceKind.COURSE, "Art")
    membership.admit(Viewer(north.zoe), north.zoe, course, 1)  # type: ignore[arg-type]
    assert "Art" in words(browser_of(north.ursula).get(at("child", north.zoe)))


def test_a2_a_link_that_ends_ends_at_the_next_request(north: School) -> None:
    client = browser_of(north.paula)
    addresses = [
        at("child", north.anna),
        at("child_place", north.anna, north.maths),
        at("child_item", north.anna, north.pages["maths: both"]),
    ]
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    link = ParentLink.objects.get(parent=north.paula)
    link.paused_at = timezone.now()
    link.save()
    assert [client.get(address).status_code for address in addresses] == [404] * 3


def test_a2_what_turns_green_or_not_does_so_at_the_next_request(north: School) -> None:
    client = browser_of(north.paula)
    address = at("child_item", north.anna, north.pages["box: both"])
    assert client.get(address).status_code == 200
    publishing.flip(Viewer(north.tess), north.folder, Toggle.GREEN, on=False)
    assert client.get(address).status_code == 404
