"""A place as a student in it and as a parent would see it: the same as the real ones see."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classkey.accounts.models import Role, User
from classkey.school import access, publishing
from classkey.school.access import Action
from classkey.school.models import (
    Item,
    Membership,
    ParentLink,
    Permission,
    Place,
    WorkspaceGrant,
)
from classkey.school.publishing import Toggle
from classkey.school.viewer import Eyes, Preview, Viewer
from tests.web.browsing import at, browser_of, html, links, tags, words
from tests.world import School, make_user

# --- The same rules as the real ones ----------------------------------------------------
SEEING: list[tuple[type[Place] | type[Item], Action]] = [
    (Place, Action.SEE),
    (Place, Action.SEE_CONTENT),
    (Item, Action.SEE),
]


def seen(viewer: Viewer) -> dict[tuple[str, str], set[object]]:
    return {
        (model.__name__, action): set(
            access.allowed(viewer, action, model).values_list("pk", flat=True)
        )
        for model, action in SEEING
    }


def newcomer(place: Place) -> User:
    """A student who is a reader in this place and in those above it, and nowhere else (S3)."""
    student = make_user(Role.STUDENT, "Newcomer")
    for step in place.chain():
        read = Permission.READ
        Membership.objects.create(place=step, user=student, permission=read, given=read)
    return student


def their_parent(student: User, place: Place) -> Viewer:
    """A parent of this student, to whom the workspace is opened, if it is one (F7)."""
    parent = make_user(Role.PARENT, "Parent", address=f"{student.pk}@home.example")
    link = ParentLink.objects.create(parent=parent, student=student)
    if place.root.is_workspace:
        WorkspaceGrant.objects.create(link=link, place=place.root)
    return Viewer(parent, student)


def admins(north: School) -> Iterator[tuple[Viewer, Place]]:
    """Every active admin of every place."""
    rows = Membership.objects.live().admins().filter(place__in=north.places, user__is_active=True)
    for row in rows.select_related("user", "place__root"):
        yield Viewer(row.user), row.place


def runs_all_above(viewer: Viewer, place: Place) -> bool:
    return access.can(viewer, Action.PREVIEW, place.root)


def test_c2_a_student_is_shown_what_a_student_sees(north: School) -> None:
    for viewer, place in admins(north):
        preview = Viewer(viewer.user, preview=Preview(place, Eyes.STUDENT))
        assert seen(preview) == seen(Viewer(newcomer(place))), (viewer.user.given_name, place.name)


def test_c2_f7_a_parent_is_shown_what_a_parent_sees(north: School) -> None:
    partly = set()
    for viewer, place in admins(north):
        preview = seen(Viewer(viewer.user, preview=Preview(place, Eyes.PARENT)))
        real = seen(their_parent(newcomer(place), place))
        if not runs_all_above(viewer, place):
            # Who may not see a notice for parents above does not see it so either.
            real["Item", "see"] &= seen(viewer)["Item", "see"]
            partly.add(place.name)
        assert preview == real, (viewer.user.given_name, place.name)
    assert partly == {"Owls", "Chicks", "Nook"}


def test_nobody_sees_more_with_others_eyes_than_with_their_own(north: School) -> None:
    own = {viewer.user.pk: seen(viewer) for viewer, _place in admins(north)}
    for viewer, place in admins(north):
        for eyes in Eyes:
            for what, theirs in seen(Viewer(viewer.user, preview=Preview(place, eyes))).items():
                assert theirs <= own[viewer.user.pk][what], (what, place.name)


def test_a2_who_is_no_admin_of_a_place_sees_nothing_so(north: School) -> None:
    for person in north.people:
        for place in (north.maths, north.owls, north.den):
            if not access.can(Viewer(person), Action.PREVIEW, place):
                for eyes in Eyes:
                    preview = Viewer(person, preview=Preview(place, eyes))
                    assert not any(seen(preview).values()), (person.given_name, place.name)


# --- The pages --------------------------------------------------------------------------
def titles(response: Any) -> list[str]:
    """What stands in the rows of a page."""
    return re.findall(r'<span class="row-title">(.*?)</span>', html(response))


@pytest.mark.parametrize("name", ["chicks", "history"])
def test_the_pages_show_a_student_the_same_as_the_real_ones(north: School, name: str) -> None:
    place = getattr(north, name)
    mine, theirs = browser_of(north.tess), browser_of(newcomer(place))
    for step in place.chain():
        real = theirs.get(at("place", step))
        shown = mine.get(at("view_as_place", place, "student", step))
        assert titles(shown) == titles(real)
        assert words(shown) == words(real).replace(" Members ", " ", 1)
    for item in Item.objects.kept().filter(place__in=place.chain()):
        real = theirs.get(at("item", item))
        shown = mine.get(at("view_as_item", place, "student", item))
        if real.status_code == 200:
            assert titles(shown) == titles(real)
        else:
            assert "Students do not see this" in words(shown)


@pytest.mark.parametrize("name", ["chicks", "history"])
def test_the_pages_show_a_parent_the_same_as_the_real_ones(north: School, name: str) -> None:
    place = getattr(north, name)
    student = newcomer(place)
    mine, theirs = browser_of(north.tess), browser_of(their_parent(student, place).user)
    for step in place.chain():
        real = theirs.get(at("child_place", student, step))
        shown = mine.get(at("view_as_place", place, "parent", step))
        assert_same_for_parents(shown, real)
    for item in Item.objects.kept().filter(place__in=place.chain()):
        real = theirs.get(at("child_item", student, item))
        shown = mine.get(at("view_as_item", place, "parent", item))
        assert_same_for_parents(shown, real)


AWAITED = "What their child answered, parents read here once it is submitted."


def assert_same_for_parents(shown: Any, real: Any) -> None:
    if real.status_code == 200:
        assert titles(shown) == titles(real)
        read = words(real).removeprefix("My children Newcomer Tester ")
        read = read.replace("Your child has not submitted this test yet.", AWAITED)
        assert words(shown).removeprefix("A student here ") == read
    else:
        assert "Parents do not see this Not even its name" in words(shown)


def bar(response: Any) -> str:
    """What the bar above the page says."""
    found = re.search(r'<section class="preview-bar".*?</section>', html(response), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def test_every_page_says_whose_eyes_these_are_and_leads_back(north: School) -> None:
    client = browser_of(north.tess)
    page, owls = north.pages["maths: both"], north.owls
    for eyes, said in (("student", "a student"), ("parent", "a parent of a student")):
        for address, own in (
            (at("view_as", owls, eyes), at("place", owls)),
            (at("view_as_place", owls, eyes, north.maths), at("place", north.maths)),
            (at("view_as_item", owls, eyes, page), at("item", page)),
            (at("view_as_item", owls, eyes, north.draft), at("item", north.draft)),
        ):
            response = client.get(address)
            assert bar(response).startswith(f"You see “Owls” as {said} ")
            assert "You can only look." in bar(response)
            assert own in links(html(response))
            assert "<title>\n      Preview ·" in html(response)
            other = "parent" if eyes == "student" else "student"
            [switch] = [link for link in links(html(response)) if f"/as/{other}/" in link]
            assert client.get(switch).status_code == 200
    assert "preview-bar" not in html(client.get(at("place", owls)))


@pytest.mark.parametrize("eyes", Eyes)
def test_nothing_is_done_there_and_every_link_stays_there(north: School, eyes: Eyes) -> None:
    client, start = browser_of(north.tess), at("view_as", north.owls, eyes)
    ahead = [start]
    for address in ahead:
        main = html(client.get(address)).partition("<main")[2].partition("</main>")[0]
        found = tags(main)
        assert not {"form", "button", "input", "details"} & {tag for tag, _attributes in found}
        assert not [student for student in ("Anna", "Ben", "Cleo") if student in main], address
        for link in links(main):
            assert link.startswith(start), address
            if link not in ahead and not link.endswith("/file/"):
                ahead.append(link)
    assert len(ahead) > 12


def test_c4_a_place_that_is_not_open_yet(north: School) -> None:
    read = words(browser_of(north.tess).get(at("view_as", north.attic, "student")))
    assert "Your teacher has not opened this yet" in read
    assert "Attic: both" not in read
    read = words(browser_of(north.tess).get(at("view_as", north.attic, "parent")))
    assert "Attic: both" in read


def test_f5_parents_see_of_a_course_that_is_not_green_its_name(north: School) -> None:
    read = words(browser_of(north.pia).get(at("view_as", north.music, "parent")))
    assert "Parents see only its name: this place is not green." in read


def test_f5_and_nothing_of_a_group_that_is_not(north: School) -> None:
    read = words(browser_of(north.tess).get(at("view_as", north.chicks, "parent")))
    assert "Parents do not see this Not even its name." in read
    assert read.endswith("Hidden from parents")
    read = words(browser_of(north.tess).get(at("view_as", north.staffroom, "parent")))
    assert "Parents do not see this" in read


def test_it_says_why_something_is_hidden(north: School) -> None:
    client = browser_of(north.tess)
    hidden = north.pages["drawer: both"]
    read = words(client.get(at("view_as_item", north.maths, "student", hidden)))
    assert "Hidden from members because the folder “Drawer” is" in read
    read = words(client.get(at("view_as_item", north.maths, "parent", hidden)))
    assert "Hidden from parents because the folder “Drawer” is" in read


def test_c5_of_a_test_nobodys_answers_are_shown(north: School) -> None:
    client = browser_of(north.tess)
    read = words(client.get(at("view_as_item", north.maths, "student", north.quiz)))
    assert "2 questions" in read
    assert "Begin" not in read
    read += words(client.get(at("view_as_item", north.maths, "parent", north.quiz)))
    assert AWAITED in read
    assert "thinks so" not in read


def test_c6_a_file_is_sent_to_whom_it_would_be_sent(north: School) -> None:
    tess = Viewer(north.tess)
    upload = SimpleUploadedFile("plan.txt", b"Monday")
    [file] = publishing.make_files(tess, north.maths, None, [upload])
    client = browser_of(north.tess)
    as_student = at("view_as_file", north.maths, "student", file)
    as_parent = at("view_as_file", north.maths, "parent", file)
    assert as_student in html(client.get(at("view_as_item", north.maths, "student", file)))
    assert client.get(as_student).getvalue() == b"Monday"
    assert client.get(as_parent).status_code == 404
    publishing.flip(tess, file, Toggle.GREEN, on=True)
    assert client.get(as_parent).getvalue() == b"Monday"
    publishing.flip(tess, file, Toggle.BLUE, on=False)
    assert client.get(as_student).status_code == 404
    page = north.pages["maths: both"]
    assert client.get(at("view_as_file", north.maths, "parent", page)).status_code == 404


# --- For whom ---------------------------------------------------------------------------
@pytest.mark.parametrize("eyes", Eyes)
def test_it_is_for_the_admins_of_a_place_alone(north: School, eyes: Eyes) -> None:
    names = ("tess", "gwen", "ed", "anna", "vera", "paula", "ivan")
    browsers = {getattr(north, name): browser_of(getattr(north, name)) for name in names}
    for place in (north.owls, north.history, north.den):
        page = Item.objects.kept().filter(place=place).first()
        for person, client in browsers.items():
            viewer = Viewer(person)
            status = (
                200 if access.can(viewer, Action.PREVIEW, place) and person.is_active
                else 403 if access.can(viewer, Action.SEE, place)
                else 302 if not person.is_active
                else 404
            )  # fmt: skip
            for address in (
                at("view_as", place, eyes),
                at("view_as_place", place, eyes, place),
                at("view_as_item", place, eyes, page),
            ):
                assert client.get(address).status_code == status, (person.given_name, place.name)


def test_it_leads_no_further_than_the_place_and_those_above(north: School) -> None:
    client = browser_of(north.tess)
    for eyes in Eyes:
        for elsewhere in (north.chicks, north.attic, north.history, north.music):
            assert client.get(at("view_as_place", north.owls, eyes, elsewhere)).status_code == 404
        for title in ("chicks: both", "attic: both", "history: both", "music: both"):
            address = at("view_as_item", north.owls, eyes, north.pages[title])
            assert client.get(address).status_code == 404, title
    there = at("view_as", north.owls, "student").replace("student", "teacher")
    assert client.get(there).status_code == 404


def test_only_who_may_is_offered_it(north: School) -> None:
    def offered(person: User, place: Place) -> bool:
        ways = {at("view_as", place, eyes) for eyes in Eyes}
        return ways <= set(links(html(browser_of(person).get(at("place", place)))))

    assert offered(north.tess, north.maths)
    assert offered(north.tess, north.history), "also of a course that is archived"
    assert offered(north.gwen, north.owls)
    assert offered(north.anna, north.den)
    assert not offered(north.gwen, north.maths)
    assert not offered(north.ed, north.maths)
    assert not offered(north.anna, north.maths)
