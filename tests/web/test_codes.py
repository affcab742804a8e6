"""The Codes dialog, a code's page, and the Codes Management panel (K2, K9, K10, K13)."""

import datetime
import re
import uuid
from html import escape
from typing import Any
from urllib.parse import unquote

import pytest
import zxingcpp
from django.test import Client
from django.utils import timezone
from django.utils.dateformat import format as written
from PIL import Image, ImageDraw

from classkey.school import clock, code_panel, issuing, web_addresses
from classkey.school.issuing import Terms
from classkey.school.models import Audience, Code, Permission, Place
from classkey.school.models.sheet_runs import Sheet
from classkey.school.viewer import Viewer
from classkey.web.templatetags.codes import dies, time_left
from tests.web.browsing import HTMX, at, browser_of, errors, html, said, tags, words
from tests.world import School, enter, kill

NOTHING = "00000000-0000-4000-8000-000000000000"
NEW, NEW_PARENT = "/codes/new/", "/codes/new/parent/"


def chosen(markup: str, name: str) -> str:
    """What stands chosen in a select."""
    found = re.search(rf'<select name="{name}".*?</select>', markup, re.DOTALL)
    assert found
    picked = re.search(r'<option value="([^"]*)" selected', found[0])
    return picked[1] if picked else ""


def offered(markup: str, name: str) -> list[str]:
    """What a select or a row of buttons offers."""
    select = re.search(rf'<select name="{name}".*?</select>', markup, re.DOTALL)
    if select:
        return re.findall(r'<option value="([^"]+)"', select[0])
    return re.findall(rf'type="radio" name="{name}" value="([^"]+)"', markup)


def ask(client: Client, place: object, **changes: object) -> Any:
    """Send the dialog, and follow to the code."""
    terms = {"place": str(getattr(place, "pk", place)), "audience": "students", "permission": "1"}
    return client.post(NEW, terms | changes, follow=True)


# --- The dialog (K9) --------------------------------------------------------------------
@pytest.mark.parametrize("address", [NEW, NEW_PARENT])
def test_k9_the_dialog_is_a_page_and_in_a_dialog_its_main_part(north: School, address: str) -> None:
    client = browser_of(north.tess)
    page, fragment = client.get(address), client.get(address, headers=HTMX)
    for answer in (page, fragment):
        assert words(answer).startswith("Codes Let people in Link a parent")
        assert words(answer).endswith("Manage Enter a code")
    assert "<html" in html(page)
    assert "<html" not in html(fragment)
    assert "csrfmiddlewaretoken" in html(fragment)


def test_k9_the_dialog_opens_from_every_page(north: School) -> None:
    client = browser_of(north.tess)
    here = at("place", north.maths)
    for address in ("/", "/codes/", "/account/", here, "/nowhere/"):
        header = html(client.get(address)).partition("</header>")[0]
        [button] = [each for tag, each in tags(header) if tag == "a" and "data-dialog" in each]
        assert button["href"] == NEW + (f"?place={north.maths.pk}" if address == here else "")


def test_k9_it_offers_the_places_of_mine_and_chooses_the_one_i_came_from(north: School) -> None:
    markup = html(browser_of(north.tess).get(NEW, {"place": str(north.owls.pk)}))
    assert chosen(markup, "place") == str(north.owls.pk)
    mine = [north.maths, north.owls, north.chicks, north.attic, north.staffroom]
    assert set(offered(markup, "place")) == {str(place.pk) for place in mine}
    assert f"{north.maths.name} › Owls" in markup


@pytest.mark.parametrize("place", ["nonsense", "", "\x00", NOTHING, "9" * 5000])
def test_k9_a_place_that_is_not_one_is_passed_over(north: School, place: str) -> None:
    response = browser_of(north.tess).get(NEW, {"place": place})
    assert response.status_code == 200
    assert chosen(html(response), "place") == ""
    response = browser_of(north.tess).get(NEW_PARENT, {"student": place})
    assert response.status_code == 200
    assert chosen(html(response), "student") == ""


def test_k9_without_a_place_or_student_it_says_what_to_do_first(north: School) -> None:
    assert "You have no place to let people into yet" in words(browser_of(north.zoe).get(NEW))
    assert "You have no students yet" in words(browser_of(north.vera).get(NEW_PARENT))


# --- Registration codes (K10) -----------------------------------------------------------
def test_k9_the_new_code_is_shown_at_once(north: School) -> None:
    response = ask(browser_of(north.tess), north.maths)
    code = response.context["code"]
    assert response.redirect_chain == [(at("code", code), 302)]
    assert code.text in words(response)
    assert (code.place, code.audience, code.permission) == (north.maths, "students", 1)
    assert (code.max_uses, code.last_day, code.created_by) == (None, None, north.tess)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"audience": "both", "permission": "2"}, ("both", 2, None, False)),
        ({"audience": "instructors"}, ("instructors", 1, 1, False)),
        ({"audience": "instructors", "max_uses": "7"}, ("instructors", 1, 7, False)),
        ({"audience": "instructors", "permission": "3", "last_day": "soon"},
         ("instructors", 3, 1, True)),
        ({"max_uses": "30"}, ("students", 1, 30, False)),
    ],
)  # fmt: skip
def test_k10_a_code_is_made_on_these_terms(
    north: School, changes: dict[str, str], kept: tuple[object, ...]
) -> None:
    soon = clock.today() + datetime.timedelta(days=5)
    if "last_day" in changes:
        changes = changes | {"last_day": soon.isoformat()}
    code = ask(browser_of(north.tess), north.owls, **changes).context["code"]
    assert (code.audience, code.permission, code.max_uses, code.last_day == soon) == kept


def test_k10_a_student_makes_codes_for_students_and_their_parents_alone(north: School) -> None:
    client = browser_of(north.anna)
    markup = html(client.get(NEW))
    assert offered(markup, "audience") == ["students", "my-parents"]
    assert offered(markup, "permission") == ["1", "2"]
    assert "last_day" not in markup
    assert set(offered(markup, "place")) == {str(north.den.pk), str(north.nook.pk)}
    code = ask(client, north.den, audience="my-parents").context["code"]
    assert code.is_for_my_parents
    for sly in ({"audience": "instructors"}, {"permission": "3"}):
        assert list(errors(ask(client, north.den, **sly))) == list(sly)


def test_k10_of_places_run_by_others_nobody_makes_a_code(north: School, south: School) -> None:
    client = browser_of(north.tess)
    before = Code.objects.count()
    for place in (north.history, north.music, south.maths, uuid.uuid4(), "nonsense", "\x00", ""):
        response = ask(client, place)
        assert list(errors(response)) == ["place"]
        assert south.maths.name not in html(response)
    assert Code.objects.count() == before


YESTERDAY = (datetime.datetime.now(tz=datetime.UTC).date() - datetime.timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"permission": "3"}, "__all__", "Only a code for teachers alone can make admins."),
        ({"last_day": "2999-01-01"}, "__all__", "Only a code for teachers alone can have a last"),
        ({"audience": "instructors", "last_day": YESTERDAY}, "__all__", "The last day has passed."),
        ({"max_uses": "0"}, "max_uses", "greater than or equal to 1"),
        ({"max_uses": "100001"}, "max_uses", "less than or equal to 100000"),
        ({"max_uses": "many"}, "max_uses", "Enter a whole number."),
        ({"max_uses": "9" * 5000}, "max_uses", "Enter a whole number."),
        ({"audience": "instructors", "last_day": "tomorrow"}, "last_day", "Enter a valid date."),
        ({"audience": "everybody"}, "audience", "Select a valid choice."),
        ({"audience": "my-parents"}, "audience", "Select a valid choice."),
        ({"audience": ""}, "audience", "This field is required."),
        ({"permission": "4"}, "permission", "Select a valid choice."),
        ({"permission": "x"}, "permission", "Select a valid choice."),
    ],
)
def test_a4_wrong_terms_are_told_where_they_stand_and_kept(
    north: School, changes: dict[str, str], field: str, told: str
) -> None:
    before = Code.objects.count()
    response = ask(browser_of(north.tess), north.owls, **changes)
    assert told in errors(response)[field][0]
    assert chosen(html(response), "place") == str(north.owls.pk)
    for name in ("max_uses", "last_day"):
        if name in changes:
            assert f'name="{name}" value="{changes[name]}"' in html(response)
            assert field == "__all__" or re.search(r"<details\s+open", html(response))
    assert Code.objects.count() == before


# --- Parent codes (F1) ------------------------------------------------------------------
def test_f1_a_teacher_makes_a_code_for_a_students_parents(north: School) -> None:
    client = browser_of(north.tess)
    markup = html(client.get(NEW_PARENT, {"student": str(north.nina.pk)}))
    assert chosen(markup, "student") == str(north.nina.pk)
    students = [north.anna, north.ben, north.cleo, north.nina]
    assert offered(markup, "student") == [str(student.pk) for student in students]
    response = client.post(NEW_PARENT, {"student": str(north.nina.pk)}, follow=True)
    assert words(response).startswith("Parents of Nina Northside")
    code = response.context["code"]
    assert (code.student, code.max_uses, len(code.text)) == (north.nina, 2, 14)
    assert "Show to the class" not in html(response)


def test_f1_a_student_makes_one_for_themself_alone(north: School) -> None:
    client = browser_of(north.ben)
    markup = html(client.get(NEW_PARENT, {"student": str(north.anna.pk)}))
    assert offered(markup, "student") == [chosen(markup, "student")] == [str(north.ben.pk)]
    assert errors(client.post(NEW_PARENT, {"student": str(north.anna.pk)}))["student"]
    response = client.post(NEW_PARENT, {"student": str(north.ben.pk)}, follow=True)
    assert response.context["code"].created_by == north.ben


@pytest.mark.parametrize("student", ["nonsense", "", "\x00", "tess", "south", "zoe"])
def test_f1_for_nobody_else(north: School, south: School, student: str) -> None:
    whose = south.anna if student == "south" else getattr(north, student, None)
    typed = str(whose.pk) if whose else student
    response = browser_of(north.tess).post(NEW_PARENT, {"student": typed})
    assert list(errors(response)) == ["student"]


# --- The code's page (K9) ---------------------------------------------------------------
def test_k9_a_code_is_shown_large_with_copy_link_picture_and_full_screen(north: School) -> None:
    code = north.for_students
    response = browser_of(north.tess).get(at("code", code))
    markup = html(response)
    assert f'<code id="code-text">{code.text}</code>' in markup
    assert f'data-copy="{web_addresses.join_link(code.text)}"' in markup
    assert 'data-copy-from="#code-text"' in markup
    assert f'src="{at("code_qr", code)}"' in markup
    assert "Show to the class" in words(response)
    assert "testserver/join" in words(response)
    assert f"{dies(code)} Works until {exactly(code)}" in words(response)
    assert "Anna Northside, " in words(response) or "Anna Northside" in words(response)


def test_k9_the_dialog_gets_the_main_part_alone(north: School) -> None:
    fragment = browser_of(north.tess).get(at("code", north.for_students), headers=HTMX)
    assert "<html" not in html(fragment)
    assert north.for_students.text in words(fragment)


def drawn(svg: str) -> Image.Image:
    """The picture, as a telephone sees it."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \d+"', svg)[0])
    picture = Image.new("1", (size * 4, size * 4), 1)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1H", svg):
        left, top = int(x) * 4, int(y) * 4
        ImageDraw.Draw(picture).rectangle((left, top, left + int(length) * 4 - 1, top + 3), fill=0)
    return picture


@pytest.mark.parametrize("name", ["for_students", "for_ninas_parents"])
def test_k3_the_picture_is_the_link_with_the_code_in_its_fragment(north: School, name: str) -> None:
    code = getattr(north, name)
    response = browser_of(north.tess).get(at("code_qr", code))
    assert response["Content-Type"] == "image/svg+xml"
    [found] = zxingcpp.read_barcodes(drawn(html(response)))
    assert found.text == web_addresses.join_link(code.text)
    assert found.text.partition("#")[2] == code.text.replace("-", "")
    assert code.text.replace("-", "") not in at("code_qr", code).upper()


@pytest.mark.parametrize(
    ("name", "cause"),
    [("expired", "Expired"), ("deleted", "Deleted"), ("used_up", "Used up"),
     ("deleted_parent_code", "Deleted"), ("used_up_parent_code", "Used up")],
)  # fmt: skip
def test_k2_a_dead_code_says_why_and_is_not_shown(north: School, name: str, cause: str) -> None:
    code = getattr(north, name)
    response = browser_of(north.tess).get(at("code", code))
    assert cause in words(response)
    assert "Make a new one with one click." in words(response)
    assert code.text not in html(response)
    assert code.text.replace("-", "") not in html(response)
    query = f"student={code.student_id}" if code.is_parent_code else f"place={code.place_id}"
    assert f"?{query}" in html(response)


def test_k9_the_facts_of_a_code(north: School) -> None:
    response = browser_of(north.tess).get(at("code", north.for_substitutes))
    day = written(north.last_day, "N j, Y")
    assert (
        f"For Teachers Permission admin Uses 1 of 20 Last day {day} Came in Sam Northside"
        in words(response)
    )
    response = browser_of(north.tess).get(at("code", north.for_ninas_parents))
    assert "Uses 0 of 2 Came in Nobody yet" in words(response)


# --- The panel (K9, K13) ----------------------------------------------------------------
def exactly(code: Code) -> str:
    """When a code dies, to the minute."""
    return written(timezone.localtime(code.expires_at), "N j, Y, P")


def listed(response: Any) -> list[str]:
    """The codes in the panel, from the top."""
    live = html(response).partition('id="dead"')[0]
    return re.findall(r'<a class="code"[^>]*>([^<]+)</a>', live)


def test_k9_the_panel_lists_mine_and_those_of_places_i_run(north: School) -> None:
    by_tom = issuing.make_registration_code(Viewer(north.tom), north.chicks, Terms())
    mine = listed(browser_of(north.tess).get("/codes/"))
    assert {north.for_students.text, north.for_ninas_parents.text, by_tom.text} <= set(mine)
    assert set(mine).isdisjoint({north.for_the_den.text, north.by_cleo_herself.text})
    assert listed(browser_of(north.gwen).get("/codes/")).count(by_tom.text) == 1
    assert north.for_students.text not in listed(browser_of(north.gwen).get("/codes/"))
    assert listed(browser_of(north.cleo).get("/codes/")) == [north.by_cleo_herself.text]


def test_k9_it_says_what_each_opens_on_which_terms_by_whom_until_when(north: School) -> None:
    read = words(browser_of(north.tess).get("/codes/?kind=registration"))
    assert (
        f"{north.for_owls.text} {north.maths.name} › Owls Students, can read Tess Northside "
        f"{dies(north.for_owls)} {exactly(north.for_owls)} 1 Cleo Northside"
    ) in read


def test_k13_it_says_live_who_came_in(north: School) -> None:
    client = browser_of(north.tess)
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms(max_uses=3))
    assert f"{code.text} " in words(client.get("/codes/"))
    assert "0 of 3 Nobody yet" in words(client.get("/codes/", headers=HTMX))
    enter(north.zoe, code)
    assert "1 of 3 Zoe Northside" in words(client.get("/codes/", headers=HTMX))
    assert "Zoe Northside" in words(client.get(at("code", code)))


def test_k9_the_rows_alone_come_to_the_open_panel(north: School) -> None:
    fragment = browser_of(north.tess).get("/codes/?kind=parent", headers=HTMX)
    assert "<html" not in html(fragment)
    assert set(map(len, listed(fragment))) == {14}


@pytest.mark.parametrize(("kind", "length"), [("parent", 14), ("registration", 11)])
def test_k9_it_filters_by_kind(north: School, kind: str, length: int) -> None:
    response = browser_of(north.tess).get("/codes/", {"kind": kind})
    assert set(map(len, listed(response))) == {length}
    assert chosen(html(response).replace("<select id=", "<select name=").replace(
        'name="filter-kind" name', "name"), "kind") in {kind, ""}  # fmt: skip


def test_k9_it_orders(north: School) -> None:
    client = browser_of(north.tess)
    now = timezone.now()
    first, second = north.for_students, north.for_owls
    kill(first, expires_at=now + datetime.timedelta(hours=1), created_at=now)
    kill(second, created_at=now - datetime.timedelta(days=3))

    def order(name: str) -> list[str]:
        return listed(client.get("/codes/", {"order": name}))

    assert order("newest")[0] == first.text
    assert order("newest")[-1] == second.text
    assert order("expiry")[0] == first.text
    assert order("uses")[0] == first.text
    assert order("place")[-1] in {north.for_staff.text, *order("place")}
    assert sorted(order("place")) == sorted(order("newest"))
    by_place = order("place")
    assert (
        by_place.index(first.text)
        < by_place.index(second.text)
        < by_place.index(north.for_staff.text)
    )


@pytest.mark.parametrize(
    "query",
    [{"kind": "x"}, {"order": "x"}, {"page": "x"}, {"page": "-1"}, {"page": "9" * 5000},
     {"kind": "\x00", "order": "'; --", "page": ""}],
)  # fmt: skip
def test_k9_what_the_address_does_not_know_is_passed_over(
    north: School, query: dict[str, str]
) -> None:
    client = browser_of(north.tess)
    assert listed(client.get("/codes/", query)) == listed(client.get("/codes/"))


def test_k9_hundreds_of_codes_come_by_the_page(north: School) -> None:
    client, tess = browser_of(north.tess), Viewer(north.tess)
    before = len(listed(client.get("/codes/?kind=registration")))
    for _number in range(105 - before):
        issuing.make_registration_code(tess, north.chicks, Terms())
    first = client.get("/codes/?kind=registration")
    assert len(listed(first)) == 100
    assert "Page 1 of 2" in words(first)
    assert "Previous" not in words(first)
    second = client.get("/codes/?kind=registration&order=newest&page=2")
    assert '?kind=registration&amp;order=newest&amp;page=2"' in html(first)
    assert len(listed(second)) == 5
    assert ">Next<" not in html(second)
    assert not set(listed(first)) & set(listed(second))


def test_k9_it_remembers_the_recently_dead_and_why(north: School) -> None:
    read = words(browser_of(north.tess).get("/codes/")).partition("Dead codes of the last 30 days")[
        2
    ]
    for code, cause in ((north.expired, "Expired"), (north.deleted, "Deleted"),
                        (north.used_up, "Used up")):  # fmt: skip
        row = re.search(rf"…{code.last_four} [^…]*? came in (\w+( up)?)", read)
        assert row, code.last_four
        assert row[1] == cause
        assert code.text not in read


def test_k9_but_not_for_ever(north: School) -> None:
    long_ago = timezone.now() - datetime.timedelta(days=31)
    kill(north.deleted, deleted_at=long_ago)
    kill(north.expired, expires_at=long_ago)
    read = words(browser_of(north.tess).get("/codes/"))
    assert f"…{north.deleted.last_four}" not in read
    assert f"…{north.expired.last_four}" not in read


def test_k9_an_empty_panel_says_how_to_begin(north: School) -> None:
    assert "No live code Make one with the Codes button" in words(
        browser_of(north.zoe).get("/codes/")
    )


# --- Deleting (K2) ----------------------------------------------------------------------
def delete(client: Client, *codes: object, **also: str) -> Any:
    pks = [str(getattr(code, "pk", code)) for code in codes]
    return client.post("/codes/delete/", {"code": pks, **also})


def is_live(code: Code) -> bool:
    return Code.objects.get(pk=code.pk).is_live


def test_k2_deleting_asks_once(north: School) -> None:
    client = browser_of(north.tess)
    asked = delete(client, north.for_students)
    assert "Delete this code? A deleted code is dead at once" in words(asked)
    assert is_live(north.for_students)
    done = delete(client, north.for_students, confirmed="1")
    assert done["Location"] == "/codes/"
    assert said(client.get("/codes/")) == ["1 code is deleted."]
    assert not is_live(north.for_students)


def test_k9_many_are_deleted_at_once(north: School) -> None:
    client = browser_of(north.tess)
    codes = [north.for_students, north.for_owls, north.for_ninas_parents]
    asked = delete(client, *codes)
    assert "Delete these 3 codes?" in words(asked)
    for code in codes:
        assert code.text in words(asked)
        assert f'<input type="hidden" name="code" value="{code.pk}">' in html(asked)
    delete(client, *codes, confirmed="1")
    assert said(client.get("/codes/")) == ["3 codes are deleted."]
    assert not any(map(is_live, codes))


def test_k9_what_is_not_theirs_is_passed_over(north: School, south: School) -> None:
    client = browser_of(north.gwen)
    others = [north.for_students, south.for_owls, north.by_cleo_herself, uuid.uuid4()]
    asked = delete(client, north.for_owls, *others)
    assert "Delete this code?" in words(asked)
    assert north.for_students.text not in html(asked)
    delete(client, north.for_owls, *others, confirmed="1")
    assert said(client.get("/codes/")) == ["1 code is deleted."]
    assert not is_live(north.for_owls)
    assert is_live(north.for_students)
    assert is_live(south.for_owls)
    assert is_live(north.by_cleo_herself)


def test_k2_twice_deleted_is_deleted_once(north: School) -> None:
    client = browser_of(north.tess)
    delete(client, north.deleted, north.deleted, confirmed="1")
    assert said(client.get("/codes/")) == ["0 codes are deleted."]


def test_k9_none_chosen_says_so(north: School) -> None:
    for response in (
        delete(browser_of(north.tess)),
        delete(browser_of(north.tess), north.deleted),
        delete(browser_of(north.paula), north.for_students),
    ):
        assert "No code chosen Tick the codes" in words(response)


@pytest.mark.parametrize("wrong", ["x", "", "\x00", "9" * 40, "'; --"])
@pytest.mark.parametrize("confirmed", ["", "1"])
def test_k9_what_is_no_code_is_not_understood(north: School, wrong: str, confirmed: str) -> None:
    response = delete(browser_of(north.tess), north.for_students, wrong, confirmed=confirmed)
    assert response.status_code == 400
    assert is_live(north.for_students)


def test_k9_asking_fits_into_the_dialog(north: School) -> None:
    client = browser_of(north.tess)
    fragment = client.post("/codes/delete/", {"code": str(north.for_owls.pk)}, headers=HTMX)
    assert "<html" not in html(fragment)
    assert "Delete this code?" in words(fragment)


def test_k10_terms_read_in_words(north: School) -> None:
    tess = Viewer(north.tess)
    for permission, read in ((Permission.EDIT, "can edit"), (Permission.READ, "can read")):
        code = issuing.make_registration_code(
            tess, north.staffroom, Terms(Audience.BOTH, permission)
        )
        assert f"For Students and teachers Permission {read}" in words(
            browser_of(north.tess).get(at("code", code))
        )


def test_p5_a_colleagues_parent_code_shows_its_last_four_alone(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tess), north.nina)
    client = browser_of(north.tom)
    for address in (at("code", code), "/codes/"):
        read = html(client.get(address))
        assert code.last_four in read
        assert code.text not in read
    assert "Only Tess Northside, who made it, sees it in full" in words(
        client.get(at("code", code))
    )
    assert client.get(at("code_qr", code)).status_code == 404
    asked = client.post("/codes/delete/", {"code": code.pk})
    assert code.text not in html(asked)


# --- Shown to the class (K9, K13) ---------------------------------------------------------
def test_k9_the_class_sees_the_code_the_address_how_many_came_and_how_long(north: School) -> None:
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms())
    client = browser_of(north.tess)
    address = at("code_to_class", code)
    assert f'href="{address}"' in html(client.get(at("code", code)))
    page = client.get(address)
    assert "<html" in html(page)
    assert f"Chicks {code.text} Type it at testserver/join 0 came in" in words(page)
    assert f"Works for {time_left(code)}" in words(page)
    assert f'src="{at("code_qr", code)}"' in html(page)
    assert 'role="timer" aria-live="off"' in html(page)


def test_k13_the_number_goes_up_by_itself_and_names_nobody(north: School) -> None:
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms(max_uses=2))
    client = browser_of(north.tess)
    address = at("code_to_class", code)
    assert f'data-poll="{address}"' in html(client.get(address))
    enter(north.zoe, code)
    now = client.get(address, headers=HTMX)
    assert words(now).startswith("1 of 2 came in Works for")
    assert code.text not in html(now)
    for answer in (now, client.get(address)):
        assert "Zoe" not in html(answer)


def test_k2_a_code_that_dies_on_the_wall_is_taken_off_it_and_asks_no_more(north: School) -> None:
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms(max_uses=1))
    client = browser_of(north.tess)
    enter(north.zoe, code)
    for answer in (
        client.get(at("code_to_class", code), headers=HTMX),
        client.get(at("code_to_class", code)),
    ):
        assert 'id="class-stage"' in html(answer)
        assert "Used up" in words(answer)
        assert f'action="{at("code_again", code)}"' in html(answer)
        assert "data-poll" not in html(answer)
        assert code.text not in html(answer)
    dead = client.get(at("code", code))
    assert "data-poll" not in html(dead)


def test_k9_only_codes_for_students_are_shown_to_a_class(north: School) -> None:
    both = issuing.make_registration_code(Viewer(north.tess), north.owls, Terms(Audience.BOTH))
    assert browser_of(north.tess).get(at("code_to_class", both)).status_code == 200
    for who, code in (
        (north.tess, north.for_admins),
        (north.tess, north.for_ninas_parents),
        (north.anna, north.for_my_parents),
        (north.gwen, north.for_students),
        (north.paula, north.for_students),
    ):
        client = browser_of(who)
        assert client.get(at("code_to_class", code)).status_code == 404
        assert at("code_to_class", code) not in html(client.get(at("code", code)))


# --- A successor (K2) ---------------------------------------------------------------------
def test_k2_a_new_code_with_the_same_settings_is_one_click(north: School) -> None:
    client = browser_of(north.tom)
    panel = html(client.get("/codes/"))
    assert f'action="{at("code_again", north.used_up)}"' in panel
    response = client.post(at("code_again", north.used_up), follow=True)
    code = response.context["code"]
    assert response.redirect_chain == [(at("code", code), 302)]
    assert code.text in words(response)
    assert code != north.used_up
    assert code.created_by == north.tom
    assert (code.place, code.audience, code.permission, code.max_uses, code.uses) == (
        *(north.maths, "students", 1),
        *(1, 0),
    )


def test_k2_who_may_no_longer_make_it_is_told_so(north: School) -> None:
    kill(north.for_owls, expires_at=timezone.now())
    Place.objects.filter(pk=north.maths.pk).update(archived_at=timezone.now())
    client, before = browser_of(north.tess), Code.objects.count()
    for headers in ({}, HTMX):
        response = client.post(at("code_again", north.for_owls), headers=headers)
        assert "You may no longer make codes for Owls. Its admins can, until" in words(response)
        assert f'action="{at("code_again", north.for_owls)}"' not in html(response)
    assert Code.objects.count() == before


def test_k2_nobody_makes_a_successor_of_what_they_do_not_see(north: School, south: School) -> None:
    before = Code.objects.count()
    for who, code in ((north.gwen, north.deleted), (north.tess, south.deleted),
                      (north.paula, north.deleted)):  # fmt: skip
        assert browser_of(who).post(at("code_again", code)).status_code == 404
    assert Code.objects.count() == before


# --- Found in the panel (K9) --------------------------------------------------------------
def test_k9_it_filters_by_place_and_all_that_is_in_it(north: School) -> None:
    client = browser_of(north.tess)
    found = {
        place: listed(client.get("/codes/", {"place": str(place.pk)}))
        for place in (north.maths, north.owls, north.staffroom)
    }
    assert north.for_owls.text in found[north.owls]
    assert north.for_students.text not in found[north.owls]
    assert set(found[north.owls]) < set(found[north.maths])
    assert found[north.staffroom] == [north.for_staff.text]
    markup = html(client.get("/codes/", {"place": str(north.owls.pk)}))
    assert f'<option value="{north.owls.pk}" selected' in " ".join(markup.split())
    places = code_panel.places_of(code_panel.live_codes(Viewer(north.tess)))
    assert list(places) == [north.maths, north.owls, north.staffroom]


@pytest.mark.parametrize(
    ("text", "found"),
    [("owls", ["for_owls", "for_owl_keepers"]), ("staff ROOM", ["for_staff"]),
     ("nina northside", ["for_ninas_parents"]), ("tess staff", ["for_staff"]),
     ("  nina  owls", []), ("100%", []), ("\x00", None)],
)  # fmt: skip
def test_k9_it_finds_by_names(north: School, text: str, found: list[str] | None) -> None:
    client = browser_of(north.tess)
    response = client.get("/codes/", {"text": text})
    if found is None:
        assert listed(response) == listed(client.get("/codes/"))
    else:
        assert set(listed(response)) == {getattr(north, name).text for name in found}
    assert ("No live code like that Show all codes" in words(response)) is (found == [])


def test_k6_the_last_four_find_a_code_and_the_whole_code_is_kept_out_of_the_address(
    north: School,
) -> None:
    client, code = browser_of(north.tess), north.for_owls
    assert code.text in listed(client.get("/codes/", {"text": code.last_four.lower()}))
    markup = html(client.get("/codes/"))
    [pattern] = re.findall(r'pattern="([^"]*)"', markup)
    fits = re.compile(pattern).fullmatch
    for typed in (code.text, code.text.lower(), code.text.replace("-", " "),
                  north.for_ninas_parents.text, f" {code.text.replace('-', '')} "):  # fmt: skip
        assert not fits(typed)
    for typed in ("", "Owls", code.last_four, "Nina Northside", "Rhythm 7b"):
        assert fits(typed)
    response = client.get("/codes/", {"text": code.text.lower()})
    assert code.text in listed(response)
    assert f'value="{code.last_four}"' in html(response)


def test_k9_all_that_is_shown_is_chosen_without_scripts_too(north: School) -> None:
    client = browser_of(north.tess)
    plain, chosen_all = (
        client.get("/codes/?kind=parent"),
        client.get("/codes/?kind=parent&chosen=all"),
    )
    assert '<noscript><a href="?kind=parent&amp;order=newest&amp;page=1&amp;chosen=all">' in html(
        plain
    )

    def boxes(response: Any) -> list[bool]:
        return ["checked" in box for tag, box in tags(html(response))
                if tag == "input" and box.get("form") == "delete-codes"]  # fmt: skip

    assert boxes(plain)
    assert not any(boxes(plain))
    assert len(boxes(chosen_all)) == len(boxes(plain))
    assert all(boxes(chosen_all))


# --- Sheets of one run in one row (K9, F2) --------------------------------------------------
def make_sheets(north: School) -> list[Code]:
    """What a worker does with the run: a code for each of its students."""
    codes = []
    sheets = Sheet.objects.filter(part__run=north.run, student__is_active=True)
    for sheet in sheets.select_related("student"):
        sheet.code = issuing.make_parent_code(Viewer(north.tess), sheet.student, north.maths)
        sheet.save(update_fields=["code"])
        codes.append(sheet.code)
    return codes


def test_k9_the_parent_codes_of_one_run_are_one_row_that_opens(north: School) -> None:
    client = browser_of(north.tess)
    before = listed(client.get("/codes/"))
    codes = make_sheets(north)
    assert len(codes) > 2
    response = client.get("/codes/")
    assert f"{len(codes)} parent codes of one run of sheets" in words(response)
    assert listed(response) == before
    inside = {"run": str(north.run.pk)}
    fragment = client.get("/codes/", inside, headers=HTMX)
    assert "<html" not in html(fragment)
    assert "All of them" not in words(fragment)
    page = client.get("/codes/", inside)
    for answer in (fragment, page):
        assert set(listed(answer)) == {code.text for code in codes}
    assert "The parent codes of one run of sheets. Show all codes" in words(page)


def test_k9_a_name_is_found_though_its_sheet_is_folded_away(north: School) -> None:
    make_sheets(north)
    response = browser_of(north.tess).get("/codes/", {"text": "nina"})
    assert "one run of sheets" not in words(response)
    assert len(listed(response)) == 2
    assert words(response).count("Parents of Nina Northside") >= 2


def test_k9_one_code_left_of_a_run_is_a_row_of_its_own(north: School) -> None:
    first, *rest = make_sheets(north)
    issuing.delete_codes(Viewer(north.tess), [code.pk for code in rest])
    response = browser_of(north.tess).get("/codes/")
    assert first.text in listed(response)
    assert "one run of sheets" not in words(response)


def test_k9_a_whole_run_is_deleted_at_once(north: School) -> None:
    codes = make_sheets(north)
    client = browser_of(north.tess)
    asked = client.post("/codes/delete/", {"run": str(north.run.pk), "code": north.for_owls.pk})
    assert f"Delete these {len(codes) + 1} codes?" in words(asked)
    assert all(is_live(code) for code in codes)
    delete(client, *codes, confirmed="1")
    assert not any(map(is_live, codes))
    nothing = browser_of(north.gwen).post("/codes/delete/", {"run": str(north.run.pk)})
    assert "No code chosen" in words(nothing)


def test_k9_hundreds_of_sheets_open_by_the_page(north: School, monkeypatch: Any) -> None:
    make_sheets(north)
    monkeypatch.setattr("classkey.web.panel.ROWS", 2)
    fragment = browser_of(north.tess).get("/codes/", {"run": str(north.run.pk)}, headers=HTMX)
    assert len(listed(fragment)) == 2
    assert "All of them" in words(fragment)


# --- Who came in, live (K13) ------------------------------------------------------------------
def came_in(client: Client, since: str) -> dict[str, str]:
    """What is put where, by the ids on the page."""
    answer = client.get("/codes/came-in/", {"since": since})
    found = re.findall(r'<span id="([^"]*)">(.*?)</span>', html(answer), re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


def test_k13_an_open_page_is_told_who_came_in_since(north: School) -> None:
    client = browser_of(north.tess)
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms(max_uses=1))
    pages = [html(client.get(address)) for address in ("/codes/", at("code", code))]
    asks, _later = (
        re.findall(r'data-poll="/codes/came-in/\?since=([^"]*)"', page)[0] for page in pages
    )
    for page in pages:
        for part in ("came-in", "who-came-in"):
            assert page.count(f'id="{part}-{code.pk}"') == 1
    assert came_in(client, unquote(asks)) == {}
    enter(north.zoe, code)  # which uses the code up
    assert came_in(client, unquote(asks)) == {
        f"came-in-{code.pk}": "1 of 1",
        f"who-came-in-{code.pk}": "Zoe Northside",
    }
    assert came_in(browser_of(north.gwen), unquote(asks)) == {
        f"came-in-{code.pk}": "1 of 1",
        f"who-came-in-{code.pk}": "Zoe Northside",
    }
    assert came_in(browser_of(north.pia), unquote(asks)) == {}


def test_k13_the_row_of_a_run_counts_them_all(north: School) -> None:
    codes = make_sheets(north)
    since = timezone.now().isoformat()
    of_nina = next(code for code in codes if code.student == north.nina)
    enter(north.ursula, of_nina)
    told = came_in(browser_of(north.tess), since)
    assert told[f"came-in-{north.run.pk}"] == "1"
    assert told[f"who-came-in-{of_nina.pk}"] == "Ursula Northside"


@pytest.mark.parametrize("since", ["", "x", "0001-01-01T00:00+23:00", "\x00"])
def test_k13_since_when_is_a_time(north: School, since: str) -> None:
    response = browser_of(north.tess).get("/codes/came-in/", {"since": since})
    assert response.status_code == 400


def test_k9_after_deleting_one_is_back_where_one_was(north: School) -> None:
    client = browser_of(north.tess)
    back = "/codes/?kind=parent&order=newest"
    assert f'name="back" value="{escape(back)}"' in html(client.get(back))
    asked = delete(client, north.for_ninas_parents, back=back)
    assert html(asked).count(escape(back)) == 2
    done = delete(client, north.for_ninas_parents, back=back, confirmed="1")
    assert done["Location"] == back
    away = delete(client, north.for_owls, back="https://elsewhere.example/", confirmed="1")
    assert away["Location"] == "/codes/"
