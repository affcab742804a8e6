"""What a parent sees of their child (F5, F6, F7)."""

import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from classkey.school import clock, membership, publishing
from classkey.school.assessing import marking, writing
from classkey.school.models import Item, ItemKind, ParentLink, Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, html, links, words
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


# --- Courses by year, results, and who can see them (F5, F8) ----------------------------
def profile(north: School, who: str = "paula") -> str:
    return words(browser_of(getattr(north, who)).get(at("child", north.anna)))


def test_f5_courses_stand_by_year_the_newest_first(north: School) -> None:
    year = clock.school_year()
    Place.objects.filter(pk=north.history.pk).update(school_year=year - 1)
    this_year, last_year = clock.year_name(year), clock.year_name(year - 1)
    expected = f"Courses {this_year} Maths Northside Music {last_year} History archived"
    assert expected in profile(north)


def test_c5_of_their_childs_tests_a_parent_reads_what_is_released(north: School) -> None:
    def results() -> str:
        return profile(north).partition("Test results")[2].partition("Workspaces")[0].strip()

    day = date_format(localtime(north.run.requested_at), "DATE_FORMAT")
    told = [
        f"{test.title} {course.name} · {day} submitted"
        for test, course in ((north.old_test, north.history), (north.owl_test, north.maths),
                             (north.quiz, north.maths))
    ]  # fmt: skip
    assert results() == " ".join(told)
    tess = Viewer(north.tess)
    attempt = north.quiz.assessment.attempts.get(student=north.anna)
    why = attempt.answers.get(points=None)
    marking.mark(tess, north.quiz, attempt.pk, why.question_id, Decimal(1), seen=1)
    assert results() == " ".join(told), "students see it; parents do not yet"
    settings = writing.Settings(show_grade_to_parents=True, passing_grade=50)
    writing.change_settings(tess, north.quiz, settings)
    assert results().endswith("60 % passed")
    publishing.flip(tess, north.quiz, Toggle.GREEN, on=False)
    assert north.quiz.title not in results()


def test_f6_results_lead_to_the_childs_own_pages(north: School) -> None:
    client = browser_of(north.paula)
    found = links(html(client.get(at("child", north.anna))))
    assert at("child_item", north.anna, north.quiz) in found
    for address in found:
        assert address.startswith(("/children/", "/join/", "/account/", "/")), address
        assert not address.startswith(("/students/", "/items/", "/places/")), address
        assert client.get(address, follow=True).status_code == 200, address


def test_c5_without_a_test_there_is_nothing_of_tests(north: School) -> None:
    read = words(browser_of(north.quentin).get(at("child", north.ben)))
    assert "Surprise" in read
    publishing.flip(Viewer(north.tess), north.surprise, Toggle.GREEN, on=False)
    assert "Test results" not in words(browser_of(north.quentin).get(at("child", north.ben)))


def test_f8_parents_see_each_other_as_another_adult_since_a_day(north: School) -> None:
    def since(parent: str) -> str:
        link = ParentLink.objects.get(parent=getattr(north, parent), student=north.anna)
        return date_format(localtime(link.linked_at), "DATE_FORMAT")

    ParentLink.objects.filter(parent=north.quentin).update(
        linked_at=timezone.now() - datetime.timedelta(days=400)
    )
    read = profile(north).partition("Who can see this")[2]
    assert f"You, since {since('paula')} End my link… Another adult, since {since('quentin')}" in (
        read
    )
    assert read.count("adult") == 1, "of Oscar, whose link has ended, nothing"
    for name in ("Quentin", "Oscar", "@", "Tess"):
        assert name not in read
    of_quentin = profile(north, "quentin").partition("Who can see this")[2]
    me, other = f"You, since {since('quentin')}", f"Another adult, since {since('paula')}"
    assert f"{me} End my link… {other}" in of_quentin


def test_p5_a_teacher_reads_of_their_own_child_as_a_parent_does(north: School) -> None:
    client = browser_of(north.pia)
    read = words(client.get(at("child", north.ben)))
    assert read.count("Another adult, since") == 2, "Quentin, and Petra whose link is paused"
    for name in ("Quentin", "Petra"):
        assert name not in read
    assert client.get(at("student", north.ben)).status_code == 404
