"""The support desk's pages (F8 to F10, A1)."""

import csv
import datetime
import io
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from classkey.accounts.administrators import appoint
from classkey.accounts.models import User
from classkey.school import directory, issuing, linking, membership, redeeming
from classkey.school.directory import Purpose
from classkey.school.errors import Refused
from classkey.school.models import (
    AuditEvent,
    Bar,
    DataExport,
    Hold,
    ParentLink,
    PlaceKind,
    RevocationRequest,
)
from classkey.school.personal_data import deactivating, exporting
from classkey.school.revoking import decisions
from classkey.school.viewer import Viewer
from tests.support_desk import things_of_support
from tests.web.browsing import at, browser_of, errors, html, links, routes, said, words
from tests.world import School

DESK = sorted(name for name in routes() if name == "desk" or name.startswith("desk_"))


SPECIAL = {"desk_export": 405, "desk_export_file": 404}
"""It takes a form; it is not made yet."""


@pytest.fixture
def vera(north: School) -> Client:
    return browser_of(north.vera)


def pages(north: School) -> dict[str, str]:
    """The address of every room of the desk."""
    takes = things_of_support(north)
    return {name: at(name, *takes.get(name, [])) for name in DESK}


def look_at(client: Client, person: User) -> Any:
    client.post(at("desk_person", person), {"purpose": Purpose.CALLER})
    return client.get(at("desk_person", person))


# --- The door ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", DESK)
def test_f9_only_administrators_with_a_second_factor_come_in(north: School, name: str) -> None:
    address = pages(north)[name]
    for person in (north.tess, north.anna, north.paula):
        assert browser_of(person).get(address).status_code == 404
        assert browser_of(person).post(address).status_code == 404
    assert browser_of(north.vera).get(address).status_code == SPECIAL.get(name, 200)
    Authenticator.objects.all().delete()
    for response in (browser_of(north.vera).get(address), browser_of(north.vera).post(address)):
        assert response.status_code == 403
        assert "second factor" in words(response)


def test_f9_an_administrator_without_one_is_shown_the_way_to_it(north: School) -> None:
    Authenticator.objects.all().delete()
    assert at("mfa_activate_totp") in html(browser_of(north.vera).get(at("desk")))


def test_f9_the_way_to_the_desk_tells_how_many_requests_wait(north: School, vera: Client) -> None:
    assert "Support desk 4 waiting" in " ".join(words_of_nav(vera.get("/")).split())
    assert "Support desk" not in words_of_nav(browser_of(north.tess).get("/"))


def words_of_nav(response: Any) -> str:
    markup = html(response)
    nav = markup[markup.index('<nav class="site-nav"') : markup.index("</nav>")]
    return " ".join(part.partition(">")[2] for part in nav.split("<"))


# --- Filing (F9) and leaving (F10) ------------------------------------------------------
def test_f9_a_student_asks_from_their_profile(north: School) -> None:
    anna, link = browser_of(north.anna), north.link(north.paula, north.anna)
    address = at("request_new", north.anna, link)
    assert address in html(anna.get(at("student", north.anna)))
    page = anna.get(address)
    assert "Paula Northside" in words(page)
    assert "urgent" not in html(page)
    response = anna.post(address, {"reason": "She moved out.", "urgent": "on"}, follow=True)
    assert said(response) == [
        "Support has your request. It decides within the working day, and tells you."
    ]
    filed = RevocationRequest.objects.get(link=link)
    assert (filed.reason, filed.urgent, filed.caller) == ("She moved out.", False, "")


def test_f9_a_teacher_may_say_that_it_is_urgent(north: School) -> None:
    tess, link = browser_of(north.tess), north.link(north.quentin, north.anna)
    address = at("request_new", north.anna, link)
    told = {"reason": "A court order.", "urgent": "on"}
    response = tess.post(address, told, follow=True)
    assert said(response)[0].startswith("The access is paused.")
    assert "paused until support decides" in words(response)
    assert browser_of(north.quentin).get(at("child", north.anna)).status_code == 404


def test_f8_a_parent_asks_about_another_adult_and_learns_no_name(north: School) -> None:
    paula, link = browser_of(north.paula), north.link(north.quentin, north.anna)
    address = at("child_request_new", north.anna, link)
    profile = paula.get(at("child", north.anna))
    assert address in html(profile)
    page = paula.get(address)
    assert "another adult’s access to Anna Northside" in words(page)
    for response in (profile, page):
        assert "Quentin" not in html(response)
    assert paula.post(address, {"reason": "I do not know him."}).status_code == 302
    assert link.requests.filter(filed_by=north.paula).exists()


def test_f9_nothing_typed_is_lost_and_asking_twice_says_when_it_is_decided(
    north: School,
) -> None:
    anna = browser_of(north.anna)
    address = at("request_new", north.anna, north.link(north.quentin, north.anna))
    response = anna.post(address, {"reason": "Once more: he is my uncle."})
    assert "Once more: he is my uncle." in html(response)
    [problem] = errors(response)["__all__"]
    assert problem.startswith("You have asked for this already. Support decides by")
    assert errors(anna.post(address, {"reason": ""})) == {"reason": ["This field is required."]}


@pytest.mark.parametrize(
    ("who", "student", "status"),
    [
        ("tess", "anna", 200),
        ("tess", "ben", 404),
        ("dan", "anna", 404),
        ("anna", "ben", 404),
        ("ben", "ben", 404),
    ],
)
def test_f9_only_a_students_own_people_ask(
    north: School, who: str, student: str, status: int
) -> None:
    link = north.link(north.paula, north.anna)
    client = browser_of(getattr(north, who))
    assert client.get(at("request_new", getattr(north, student), link)).status_code == status


def test_f8_a_parent_asks_about_links_to_their_own_child_alone(north: School) -> None:
    quentin = browser_of(north.quentin)
    of_ben = north.link(north.pia, north.ben)
    assert quentin.get(at("child_request_new", north.ben, of_ben)).status_code == 200
    assert quentin.get(at("child_request_new", north.anna, of_ben)).status_code == 404
    own = north.link(north.quentin, north.ben)
    assert quentin.get(at("child_request_new", north.ben, own)).status_code == 403


def test_f10_a_parent_ends_their_own_link(north: School) -> None:
    paula = browser_of(north.paula)
    address = at("child_leave", north.anna)
    assert address in html(paula.get(at("child", north.anna)))
    assert "End your link to Anna Northside?" in words(paula.get(address))
    response = paula.post(address, follow=True)
    assert said(response) == ["You are no longer linked to Anna Northside."]
    for name in ("child", "child_leave"):
        assert paula.get(at(name, north.anna)).status_code == 404


# --- Deciding ---------------------------------------------------------------------------
def test_f9_the_desk_shows_what_waits_late_ones_first(north: School, vera: Client) -> None:
    assert "Nothing waits" not in words(vera.get(at("desk")))
    north.about_quentin.due_at = timezone.now() - datetime.timedelta(hours=3)
    north.about_quentin.save()
    page = words(vera.get(at("desk")))
    assert page.index("Quentin Northside’s access to Anna Northside") < page.index("Petra")
    assert "Late by 3 hours" in page.replace("\xa0", " ")
    assert "paused until you decide" in page


def test_f9_an_empty_desk_says_so(north: School, vera: Client) -> None:
    RevocationRequest.objects.all().delete()
    assert "Nothing waits." in words(vera.get(at("desk")))


def test_f9_a_request_is_read_and_the_access_left(north: School, vera: Client) -> None:
    address = at("desk_request", north.about_quentin)
    page = words(vera.get(address))
    assert "He is my uncle, not my father." in page
    response = vera.post(address, {"decision": "He is her guardian."}, follow=True)
    assert said(response) == ["Decided: the access stays as it is."]
    page = words(vera.get(address))
    assert "Decided by Vera Northside" in page
    assert "He is her guardian." in page
    again = vera.post(address, {"decision": "Twice."})
    assert again.status_code == 200
    north.about_quentin.refresh_from_db()
    assert north.about_quentin.decision == "He is her guardian."


def test_f9_revoking_shows_what_will_happen_and_asks_once(north: School, vera: Client) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    link = north.link(north.paula, north.anna)
    page = words(vera.get(at("desk_revoke", link)))
    for told in ("Anna's den", f"…{code.last_four}", "paula@northside.example"):
        assert told in page
    answer = {"decision": "A court order.", "hold": "on", "named": "aunt@home.example\n\n"}
    response = vera.post(at("desk_revoke", link), answer, follow=True)
    assert said(response)[0].startswith("Paula Northside no longer sees Anna Northside")
    assert browser_of(north.paula).get(at("child", north.anna)).status_code == 404
    assert Hold.objects.standing().get(student=north.anna).named.get().address == (
        "aunt@home.example"
    )


def test_f9_addresses_that_are_none_are_named_and_nothing_is_lost(
    north: School, vera: Client
) -> None:
    address = at("desk_revoke", north.link(north.paula, north.anna))
    response = vera.post(address, {"decision": "Why not.", "named": "a@b.example\nnobody"})
    assert errors(response)["named"] == ["“nobody” is no e-mail address. Write one on each line."]
    assert "Why not." in html(response)
    assert linking.live_link(north.paula, north.anna) is not None


def test_f9_bars_are_made_and_lifted(north: School, vera: Client) -> None:
    address = at("desk_bar", north.anna)
    refused = vera.post(address, {"address": "paula@northside.example"})
    assert errors(refused)["address"] == [
        "This person is linked to the student. Revoke their link instead."
    ]
    assert vera.post(address, {"address": "ursula@northside.example"}).status_code == 302
    made = Bar.objects.standing().get(person=north.ursula)
    page = words(look_at(vera, north.anna))
    assert "Ursula Northside" in page
    assert "stranger@northside.example" in page
    assert "Let Ursula Northside use codes" in words(vera.get(at("desk_lift", made)))
    assert vera.post(at("desk_lift", made)).status_code == 302
    assert not Bar.objects.standing().filter(person=north.ursula).exists()
    assert vera.post(at("desk_lift", made)).status_code == 404


def test_f9_holds_are_put_changed_and_released(north: School, vera: Client) -> None:
    address = at("desk_hold", north.nina)
    assert "Put Nina Northside on hold" in words(vera.get(address))
    assert vera.post(address, {"named": ""}).status_code == 302
    assert "nobody is named" in words(look_at(vera, north.nina))
    sheets = words(browser_of(north.tess).get(at("sheets_new", north.maths)))
    assert "No sheet can be made at the moment for Nina Northside" in sheets
    refused = browser_of(north.tess).post(at("parent_code_new"), {"student": str(north.nina.pk)})
    assert "can’t be made at the moment" in errors(refused)["__all__"][0]
    vera.post(address, {"named": "gran@home.example"})
    assert "gran@home.example" in html(vera.get(address))
    standing = Hold.objects.standing().get(student=north.nina)
    assert vera.post(at("desk_release", standing)).status_code == 302
    assert not Hold.objects.standing().filter(student=north.nina).exists()


@pytest.mark.parametrize("name", ["desk_hold", "desk_bar"])
def test_f9_only_students_are_held_and_kept_from(north: School, vera: Client, name: str) -> None:
    assert vera.get(at(name, north.paula)).status_code == 404


def test_f9_what_was_tried_stands_on_the_desk(north: School, vera: Client) -> None:
    code = issuing.make_parent_code(Viewer(north.ben), north.ben)
    with pytest.raises(Refused):
        redeeming.redeem(Viewer(north.petra), code.text)
    assert "Petra Northside tried a code for Ben Northside" in words(vera.get(at("desk")))
    assert "tried a code" in words(vera.get("/")), "and among the news"


def test_f9_support_files_a_request_for_a_caller(north: School, vera: Client) -> None:
    link = north.link(north.paula, north.anna)
    address = at("desk_request_new", link)
    told = {"caller": "Her grandmother, 555 0199", "reason": "She rang.", "urgent": "on"}
    assert vera.post(address, told).status_code == 302
    filed = RevocationRequest.objects.get(link=link)
    assert "for: Her grandmother, 555 0199" in words(vera.get(at("desk_request", filed)))
    assert errors(vera.post(address, {"reason": "x"}))["caller"] == ["This field is required."]


def test_p1_there_is_nothing_of_ones_own_child_on_the_desk(north: School) -> None:
    appoint(north.pia)
    Authenticator.objects.create(user=north.pia, type=Authenticator.Type.TOTP, data={})
    pia = browser_of(north.pia)
    assert "Petra Northside" not in html(pia.get(at("desk")))
    assert pia.get(at("desk_request", north.about_petra)).status_code == 404
    assert pia.get(at("desk_person", north.ben)).status_code == 403
    assert pia.get(at("desk_person", north.pia)).status_code == 404
    assert "Nobody was found" in words(pia.get(at("desk_people"), {"q": "Ben Northside"}))


@pytest.mark.parametrize(
    ("filer", "told"),
    [
        ("tess", "Support has ended the access of Petra Northside to Ben Northside, as you asked."),
        ("quentin", "Support has ended the access to Ben Northside about which you asked."),
    ],
)
def test_f9_who_asked_reads_that_the_access_has_ended(north: School, filer: str, told: str) -> None:
    link = north.link(north.petra, north.ben)
    quentin = browser_of(north.quentin)
    quentin.post(at("child_request_new", north.ben, link), {"reason": "Please."})
    decisions.revoke(Viewer(north.vera), link, decisions.Verdict("Yes."))
    page = browser_of(getattr(north, filer)).get("/", follow=True)
    assert told in words(page)


@pytest.mark.parametrize(
    ("filer", "told"),
    [
        ("tess", "Support has left the access of Petra Northside to Ben Northside as it is."),
        ("quentin", "Support has left the access to Ben Northside about which you asked as it is."),
    ],
)
def test_f9_or_that_it_was_left(north: School, filer: str, told: str) -> None:
    link = north.link(north.petra, north.ben)
    quentin, vera = browser_of(north.quentin), browser_of(north.vera)
    quentin.post(at("child_request_new", north.ben, link), {"reason": "Please."})
    for asked in link.requests.open():
        vera.post(at("desk_request", asked), {"decision": "No."})
    assert told in words(browser_of(getattr(north, filer)).get("/", follow=True))


# --- People -----------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["anna north", "ANNA@NORTHSIDE", "Northside Anna"])
def test_f8_people_are_found_by_name_and_address(north: School, vera: Client, text: str) -> None:
    assert at("desk_person", north.anna) in html(vera.get(at("desk_people"), {"q": text}))


def test_f8_people_are_found_by_the_last_four_of_a_code(north: School, vera: Client) -> None:
    code = north.for_ninas_parents
    for text in (code.last_four, code.last_four.lower(), f"xx-{code.last_four}"):
        page = vera.get(at("desk_people"), {"q": text})
        assert at("desk_person", north.nina) in html(page)
        assert code.text not in html(page)
    page = vera.get(at("desk_people"), {"q": north.for_students.last_four})
    assert f"…{north.for_students.last_four} · Maths Northside made by Tess" in words(page)
    assert at("desk_person", north.tess) in html(page)
    for ending in (code.last_four, north.for_students.last_four):
        assert not directory.search(Viewer(north.tess), ending)
    assert not directory.search(Viewer(north.vera), "  ")
    assert "Nobody was found" in words(vera.get(at("desk_people"), {"q": "zzzz zzzz"}))


def test_a1_a_person_is_looked_at_with_a_reason_that_is_logged(north: School, vera: Client) -> None:
    address = at("desk_person", north.anna)
    assert "Why do you look" in words(vera.get(address))
    assert "Paula" not in html(vera.get(address))
    assert errors(vera.post(address, {"purpose": "curious"}))["purpose"]
    page = look_at(vera, north.anna)
    assert "Paula Northside" in words(page)
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.subject, line.detail) == (
        "person.looked-at",
        north.anna.pk,
        "caller",
    )
    assert "Why do you look" in words(vera.get(at("desk_person", north.ben))), "of each person"


def test_a1_a_reason_holds_for_half_an_hour(north: School, vera: Client, time_machine: Any) -> None:
    time_machine.move_to(timezone.now())
    look_at(vera, north.anna)
    time_machine.shift(29 * 60)
    assert "Why do you look" not in words(vera.get(at("desk_person", north.anna)))
    time_machine.shift(2 * 60)
    assert "Why do you look" in words(vera.get(at("desk_person", north.anna)))


@pytest.mark.parametrize("who", ["anna", "inka", "paula", "tess", "ivan", "ursula"])
def test_f8_everybodys_page_opens(north: School, vera: Client, who: str) -> None:
    person = getattr(north, who)
    assert person.username in words(look_at(vera, person))


def test_f8_a_students_page_shows_all_courses_results_and_who_sees_them(
    north: School, vera: Client
) -> None:
    page = look_at(vera, north.anna)
    read = words(page)
    for course in (north.maths, north.history, north.music):
        assert course.name in read
    for test in (north.quiz, north.owl_test, north.old_test):
        assert test.title in read
    for teacher in (north.tess, north.tom, north.gwen, north.sam, north.pia):
        assert f"{teacher.full_name} teacher since" in read
    assert not [address for address in links(html(page)) if address.startswith("/items/")]


def test_f8_only_the_desk_looks_people_up(north: School) -> None:
    with pytest.raises(PermissionDenied):
        directory.look_at(Viewer(north.tess), north.anna, Purpose.HELP)


def test_f8_an_administrator_who_does_not_teach_a_student_goes_to_the_desk(
    north: School, vera: Client
) -> None:
    response = vera.get(at("student", north.anna))
    assert response.status_code == 302
    assert response["Location"] == at("desk_person", north.anna)
    appoint(north.tess)
    assert browser_of(north.tess).get(at("student", north.anna)).status_code == 200


# --- The log ----------------------------------------------------------------------------
def test_a1_the_log_is_shown_with_names_and_filtered(north: School, vera: Client) -> None:
    page = words(vera.get(at("desk_log"), {"who": "Vera Northside", "action": "hold.put"}))
    assert "1 line" in page
    assert "hold.put Vera Northside Zoe Northside 1 named" in page
    made = {"action": "code.made", "code": f"xxx-{north.for_students.last_four.lower()}"}
    assert "…" + north.for_students.last_four in words(vera.get(at("desk_log"), made))
    today = timezone.localdate().isoformat()
    assert " lines" in words(vera.get(at("desk_log"), {"first": today, "last": today}))
    for nothing in ({"last": "2020-01-01"}, {"first": "2999-01-01"}, {"who": "nobody"}):
        assert "No line of the log is like that" in words(vera.get(at("desk_log"), nothing))
    assert errors(vera.get(at("desk_log"), {"first": "soon"}))["first"]


def test_a1_the_log_is_read_page_by_page(north: School, vera: Client) -> None:
    first = vera.get(at("desk_log"), {"who": "northside"})
    assert "who=northside&amp;page=2" in html(first)
    second = vera.get(at("desk_log"), {"who": "northside", "page": "2"})
    assert "Newer" in words(second)
    assert not set(first.context["page"]) & set(second.context["page"])


def test_a8_who_was_erased_stands_in_the_log_by_id(north: School, vera: Client) -> None:
    gone = north.zoe.pk
    ParentLink.objects.filter(student=north.zoe).delete()
    north.zoe.delete()
    assert str(gone) in words(vera.get(at("desk_log"), {"action": "hold.put"}))


def test_a1_the_log_is_exported_as_csv_and_as_json_lines(north: School, vera: Client) -> None:
    wanted = {"who": "vera northside", "action": "hold.put"}
    for_csv = vera.get(at("desk_log_csv"), wanted)
    rows = list(csv.DictReader(io.StringIO(for_csv.getvalue().decode("utf-8-sig"))))
    for_json = vera.get(at("desk_log_json"), wanted)
    lines = [json.loads(line) for line in for_json.getvalue().decode().splitlines()]
    assert [row["subject"] for row in rows] == [str(north.zoe.pk)]
    assert lines[0] == {**rows[0], "id": int(rows[0]["id"])}
    assert "Zoe" not in for_csv.getvalue().decode()
    assert "attachment" in for_csv["Content-Disposition"]
    assert AuditEvent.objects.filter(action="log.exported", actor=north.vera.pk).count() == 2
    assert vera.get(at("desk_log_csv"), {"first": "soon"}).status_code == 400


# --- A person's data (A8, P7) -----------------------------------------------------------
def test_a8_an_archive_is_asked_for_made_and_downloaded(north: School, vera: Client) -> None:
    look_at(vera, north.anna)
    response = vera.post(at("desk_export", north.anna), follow=True)
    assert said(response) == ["The archive is being made. It appears here in a moment."]
    assert "being made" in words(response)
    export = DataExport.objects.filter(person=north.anna).latest("asked_at")
    assert vera.get(at("desk_export_file", export)).status_code == 404
    exporting.gather(export)
    address = at("desk_export_file", export)
    assert address in html(vera.get(at("desk_person", north.anna)))
    archive = vera.get(address)
    assert archive.getvalue().startswith(b"PK")
    assert archive["Content-Disposition"] == 'attachment; filename="personal-data.zip"'


def test_p7_deactivating_shows_what_ends_and_who_takes_over(north: School, vera: Client) -> None:
    address = at("desk_deactivate", north.tess)
    page = words(vera.get(address))
    assert "Places that nobody else runs History Staff room" in page
    assert errors(vera.post(address, {}))["successor"] == ["This field is required."]
    assert errors(vera.post(address, {"successor": str(north.anna.pk)}))["successor"]
    response = vera.post(address, {"successor": str(north.gwen.pk)}, follow=True)
    assert said(response) == ["The account is deactivated."]
    again = vera.post(address, {"successor": str(north.gwen.pk)})
    assert errors(again)["__all__"] == ["This account is deactivated already."]


def test_p7_nobody_is_asked_for_where_nothing_is_left(north: School, vera: Client) -> None:
    assert "takes them over" not in words(vera.get(at("desk_deactivate", north.ed)))
    assert vera.post(at("desk_deactivate", north.ed)).status_code == 302


def test_a8_erasing_asks_for_the_user_name_typed(north: School, vera: Client) -> None:
    zoe = Viewer(north.zoe)
    membership.make_top_place(zoe, PlaceKind.WORKSPACE, "Diary")
    address = at("desk_erase", north.zoe)
    assert "Nobody else is in the workspace “Diary”" in words(vera.get(address))
    wrong = vera.post(address, {"username": north.anna.username})
    assert errors(wrong)["username"] == ["This is not the user name of the person on this page."]
    response = vera.post(address, {"username": north.zoe.username.upper()}, follow=True)
    assert said(response) == ["The person is erased."]
    assert "Nobody was found" in words(vera.get(at("desk_people"), {"q": "Zoe Northside"}))


def test_a8_erasing_a_teacher_names_who_takes_over(north: School, vera: Client) -> None:
    address = at("desk_erase", north.pia)
    typed = {"username": north.pia.username}
    assert errors(vera.post(address, typed))["successor"] == ["This field is required."]
    assert vera.post(address, typed | {"successor": str(north.tess.pk)}).status_code == 302
    north.pia.refresh_from_db()
    assert north.pia.full_name == "Erased account"


@pytest.mark.parametrize("name", ["desk_deactivate", "desk_erase"])
def test_p7_what_changed_meanwhile_is_said_and_loses_nothing(
    north: School, vera: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last admin beside them left after the page was shown."""
    real = deactivating.left_without_admin
    asked: list[User] = []

    def first_nothing(person: User) -> Any:
        asked.append(person)
        found = real(person)
        return found.none() if len(asked) == 1 else found

    monkeypatch.setattr(deactivating, "left_without_admin", first_nothing)
    response = vera.post(at(name, north.pia), {"username": north.pia.username})
    assert errors(response)["__all__"] == [
        "Choose a teacher who takes over the places that nobody else runs."
    ]


# --- Administrators (P1) ----------------------------------------------------------------
def test_p1_an_administrator_makes_another_and_unmakes_them(north: School, vera: Client) -> None:
    address = at("desk_administrator", north.ed)
    assert "Make Ed Northside an administrator?" in words(vera.get(address))
    assert vera.post(address).status_code == 302
    north.ed.refresh_from_db()
    assert north.ed.is_administrator
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.actor, line.subject) == (
        "administrator.changed",
        north.vera.pk,
        north.ed.pk,
    )
    assert "administrator" in words(look_at(vera, north.ed))
    assert "Let Ed Northside be a teacher again?" in words(vera.get(address))
    vera.post(address)
    north.ed.refresh_from_db()
    assert not north.ed.is_administrator


def test_p1_only_teachers_and_never_oneself(north: School, vera: Client) -> None:
    refused = vera.post(at("desk_administrator", north.anna))
    assert "Only teachers can be administrators." in words(refused)
    assert vera.post(at("desk_administrator", north.vera)).status_code == 404
