"""The years of a course: it ends, stays to be read, and begins anew as a copy (S4)."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from classkey.accounts.models import User
from classkey.school import access, clock, issuing, membership, publishing, redeeming, years
from classkey.school.access import Action
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft
from classkey.school.errors import Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    Assessment,
    Attempt,
    AuditAction,
    AuditEvent,
    Choice,
    Code,
    Item,
    ItemKind,
    Membership,
    Permission,
    Place,
    Question,
    QuestionKind,
    SheetRun,
)
from classkey.school.publishing import Shift, Toggle
from classkey.school.sheets import runs
from classkey.school.viewer import Viewer
from tests.world import School

THIS_YEAR = clock.school_year()


def archive(north: School, course: Place) -> None:
    years.archive(Viewer(north.tess), course)
    course.refresh_from_db()


def lines(action: AuditAction) -> list[Any]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk").values())


# --- An archived course (S4) ------------------------------------------------------
def capacities(north: School) -> list[Viewer]:
    return [
        *(Viewer(person) for person in north.people),
        Viewer(north.paula, north.anna),
        Viewer(north.quentin, north.ben),
    ]


def test_s4_an_archived_course_is_still_seen_by_its_people(north: School) -> None:
    def seen() -> list[set[Any]]:
        return [
            set(access.allowed(viewer, action, model).values_list("pk", flat=True))
            for viewer in capacities(north)
            for model, action in (
                (Place, Action.SEE),
                (Place, Action.SEE_CONTENT),
                (Place, Action.SEE_MEMBERS),
                (Item, Action.SEE),
                (Item, Action.SEE_RESULTS),
                (Attempt, Action.SEE),
            )
        ]

    before = seen()
    archive(north, north.maths)
    assert seen() == before


def test_s4_and_changed_by_nobody(north: School) -> None:
    archive(north, north.maths)
    in_it = {"root": north.maths}
    for viewer in capacities(north):
        for model, action in (
            (Place, Action.ADD_CONTENT),
            (Place, Action.MANAGE),
            (Place, Action.FLIP),
            (Place, Action.MAKE_CODE),
            (Place, Action.MAKE_SHEETS),
            (Item, Action.EDIT),
            (Item, Action.FLIP),
            (Item, Action.DELETE),
            (Item, Action.TAKE),
            (Item, Action.MARK),
        ):
            assert not access.allowed(viewer, action, model).filter(**in_it).exists()


def every_change(north: School) -> dict[str, Callable[[], object]]:
    """Each way to change something in a course, done by who could do it before."""
    tess, anna, ben = Viewer(north.tess), Viewer(north.anna), Viewer(north.ben)
    page, quiz, text = north.pages["maths: both"], north.quiz, ContentFile(b"Hm.", name="a.txt")
    first = quiz.assessment.questions.get(position=0)
    why = quiz.assessment.questions.get(position=1)
    easy = north.locked_test.assessment.questions.get(position=0)
    of_anna = quiz.assessment.attempts.get(student=north.anna)
    draft = QuestionDraft("Why not?")
    return {
        "make a page": lambda: publishing.make_item(
            tess, north.owls, None, kind=ItemKind.PAGE, title="New"
        ),
        "upload": lambda: publishing.make_files(tess, north.maths, None, [text]),
        "edit": lambda: publishing.edit_item(tess, page, version=page.version, title="New"),
        "move": lambda: publishing.move_item(tess, page, north.owls, None),
        "put before": lambda: publishing.shift_item(tess, page, Shift.UP),
        "delete": lambda: publishing.delete_item(tess, page),
        "restore": lambda: publishing.restore_item(tess, north.gone.pk),
        "flip an item": lambda: publishing.flip(tess, page, Toggle.GREEN, on=False),
        "flip the course": lambda: publishing.flip(tess, north.maths, Toggle.GREEN, on=False),
        "flip a group": lambda: publishing.flip(tess, north.owls, Toggle.BLUE, on=False),
        "rename": lambda: publishing.edit_place(tess, north.maths, name="New", description=""),
        "make a group": lambda: membership.make_group(tess, north.owls, "New"),
        "add by hand": lambda: membership.add_from_above(
            tess, north.owls, [north.ben], Permission.READ
        ),
        "change a member": lambda: membership.change_permission(
            tess, north.maths, north.ed, Permission.READ
        ),
        "remove a member": lambda: membership.remove(tess, north.maths, north.ben),
        "leave": lambda: membership.leave(ben, north.maths),
        "leave a group": lambda: membership.leave(anna, north.owls),
        "come in": lambda: redeeming.redeem(Viewer(north.zoe), north.for_students.text),
        "make a code": lambda: issuing.make_registration_code(tess, north.owls, Terms()),
        "make a parent code": lambda: issuing.make_parent_code(tess, north.nina, north.maths),
        "use a parent code": lambda: redeeming.redeem(
            Viewer(north.ursula), north.for_ninas_parents.text
        ),
        "ask for sheets": lambda: runs.start_run(tess, north.maths, runs.students_in(north.maths)),
        "make a test": lambda: writing.make_test(tess, north.maths, None, title="New"),
        "set a test": lambda: writing.change_settings(tess, quiz, writing.Settings(locked=True)),
        "add a question": lambda: writing.add_question(
            tess, north.locked_test, QuestionKind.LONG_TEXT, draft
        ),
        "change a question": lambda: writing.change_question(tess, quiz, why.pk, draft),
        "delete a question": lambda: writing.delete_question(tess, north.locked_test, easy.pk),
        "move a question": lambda: writing.move_question(tess, quiz, first.pk, 1),
        "begin": lambda: taking.begin(Viewer(north.cleo), quiz),
        "answer": lambda: taking.save_answers(ben, quiz, {why.pk: Given(["So"], seen=1)}),
        "submit": lambda: taking.submit(ben, quiz, {}),
        "mark": lambda: marking.mark(tess, quiz, of_anna.pk, why.pk, why.points, seen=1),
        "unlock": lambda: marking.unlock(tess, quiz, of_anna.pk),
    }


def rows() -> list[list[Any]]:
    """Everything that a course is made of."""
    models: list[type[Model]] = [
        Place, Item, Membership, Code, SheetRun, Assessment, Question, Choice, Attempt
    ]  # fmt: skip
    answers = Attempt.objects.values("answers__given", "answers__points").order_by("answers")
    return [*(list(model._base_manager.order_by("pk").values()) for model in models), list(answers)]


def test_s4_every_way_to_change_it_is_refused(north: School) -> None:
    archive(north, north.maths)
    before = rows()
    for name, change in every_change(north).items():
        with pytest.raises((PermissionDenied, Refused, Unseen)):
            change()
        assert rows() == before, name


def test_s4_and_each_is_possible_again_once_it_is_reopened(north: School) -> None:
    archive(north, north.maths)
    years.reopen(Viewer(north.tom), north.maths)
    before = rows()
    for name, change in every_change(north).items():
        with transaction.atomic():
            change()
            assert rows() != before, name
            transaction.set_rollback(True)


def test_s4_leaving_an_archived_course_says_why_it_cannot_be(north: School) -> None:
    with pytest.raises(Refused) as refused:
        membership.leave(Viewer(north.anna), north.history)
    assert "This course is archived." in str(refused.value.message)
    assert north.in_place(north.anna, north.history)


def test_k2_its_codes_are_dead_as_long_as_it_is_archived(north: School) -> None:
    def alive() -> set[Any]:
        codes = Code.objects.filter(place__root=north.maths)
        return set(access.makeable(codes).values_list("pk", flat=True))

    before = alive()
    assert {north.for_students.pk, north.for_ninas_parents.pk} <= before
    archive(north, north.maths)
    assert alive() == set()
    assert access.makeable(Code.objects.filter(pk=north.by_cleo_herself.pk)).exists()
    years.reopen(Viewer(north.tess), north.maths)
    assert alive() == before


def test_s7_nobody_teaches_in_an_archived_course(north: School) -> None:
    tess = Viewer(north.tess)
    assert access.can(tess, Action.SEE, north.anna)
    archive(north, north.maths)
    assert not access.can(tess, Action.SEE, north.anna)
    assert not access.can(tess, Action.MAKE_PARENT_CODE, north.anna)
    assert not access.courses_on_profile(tess, north.anna).exists()
    assert not access.attempts_on_profile(tess, north.anna).exists()


def test_a1_each_leaves_a_line_once(north: School) -> None:
    tess = Viewer(north.tess, origin="192.0.2.1")
    for _twice in range(2):
        years.archive(tess, north.maths)
    [line] = [each for each in lines(AuditAction.COURSE_ARCHIVED) if each["origin"]]
    assert (line["actor"], line["place"]) == (north.tess.pk, north.maths.pk)
    north.maths.refresh_from_db()
    since = north.maths.archived_at
    assert since is not None
    for _twice in range(2):
        years.reopen(tess, north.maths)
    [line] = lines(AuditAction.COURSE_REOPENED)
    assert (line["actor"], line["place"]) == (north.tess.pk, north.maths.pk)
    north.maths.refresh_from_db()
    assert north.maths.archived_at is None


STEPS: dict[str, Callable[[Viewer, Place], object]] = {
    "archive": years.archive,
    "reopen": years.reopen,
    "copy": lambda viewer, place: years.copy(viewer, place, name="New", school_year=THIS_YEAR),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("who", ["ed", "gwen", "anna", "ivan", "pia", "vera", "zoe"])
def test_s4_by_nobody_but_its_admins(north: School, step: str, who: str) -> None:
    before = rows()
    with pytest.raises(PermissionDenied):
        STEPS[step](Viewer(getattr(north, who)), north.maths)
    assert rows() == before


@pytest.mark.parametrize("step", STEPS)
def test_s4_and_of_courses_alone(north: School, step: str) -> None:
    for place in (north.owls, north.staffroom):
        with pytest.raises(PermissionDenied):
            STEPS[step](Viewer(north.tess), place)


# --- The year's end ---------------------------------------------------------------
def in_august(years_on: int) -> datetime.datetime:
    return datetime.datetime(THIS_YEAR + years_on, 8, 1, tzinfo=datetime.UTC)


def test_s4_when_its_year_is_over_a_course_is_there_to_be_archived(
    north: School, time_machine: Any
) -> None:
    def over(person: User) -> set[str]:
        return set(years.over(Viewer(person)).values_list("name", flat=True))

    assert over(north.tess) == set()
    time_machine.move_to(in_august(1) - datetime.timedelta(days=1))
    assert over(north.tess) == set()
    time_machine.move_to(in_august(1))
    assert over(north.tess) == over(north.tom) == {north.maths.name}
    assert over(north.pia) == {"Music"}
    for person in (north.gwen, north.ed, north.anna, north.vera, north.paula):
        assert over(person) == set()
    archive(north, north.maths)
    assert over(north.tess) == set()


def test_s4_a_copy_goes_into_this_year_or_the_next(north: School, time_machine: Any) -> None:
    tess = Viewer(north.tess)
    time_machine.move_to(in_august(1))
    assert years.years_to_copy_into() == [THIS_YEAR + 1, THIS_YEAR + 2]
    assert years.year_after(north.maths) == THIS_YEAR + 1
    for year in years.years_to_copy_into():
        copy = years.copy(tess, north.maths, name="New", school_year=year)
        assert copy.school_year == year
        assert years.year_after(copy) == THIS_YEAR + 2
    before = rows()
    for year in (THIS_YEAR, THIS_YEAR + 3):
        with pytest.raises(Refused):
            years.copy(tess, north.maths, name="New", school_year=year)
    assert rows() == before


def test_s4_a_year_has_a_name() -> None:
    assert clock.year_name(2026) == "2026/27"
    assert clock.year_name(1999) == "1999/00"


# --- The copy (S4) ----------------------------------------------------------------
def copy_of(north: School, course: Place, who: User | None = None) -> Place:
    viewer = Viewer(who or north.tess)
    return years.copy(viewer, course, name="Maths again", school_year=THIS_YEAR + 1)


def tree(root: Place) -> list[tuple[Any, ...]]:
    """All there is in a course as people know it: where it lies, what it holds, its toggles."""
    places = {place.pk: place for place in Place.objects.filter(root=root)}
    items = {item.pk: item for item in Item.objects.kept().filter(root=root)}

    def path(thing: Place | Item) -> tuple[str, ...]:
        if isinstance(thing, Place):
            above = path(places[thing.parent_id]) if thing.parent_id else ()
            return (*above, thing.name if thing.parent_id else "")
        above = path(items[thing.folder_id] if thing.folder_id else places[thing.place_id])
        return (*above, thing.title)

    found: list[tuple[Any, ...]] = [
        (path(place), place.description, place.members_see, place.parents_see or place == root)
        for place in places.values()
    ]
    found += [
        (path(item), item.kind, item.body, item.url, item.file_id, item.members_see,
         item.parents_see, of_test(item) if item.is_test else ())
        for item in items.values()
    ]  # fmt: skip
    return sorted(found, key=str)


def of_test(item: Item) -> tuple[Any, ...]:
    """A test's settings, questions and choices."""
    fixed = {"id", "item_id", "assessment_id", "question_id"}

    def known(row: Model) -> dict[str, Any]:
        names = [field.attname for field in row._meta.concrete_fields]
        return {name: getattr(row, name) for name in names if name not in fixed}

    questions = item.assessment.questions.all()
    return (
        known(item.assessment),
        [(known(each), [known(choice) for choice in each.choices.all()]) for each in questions],
    )


def fill(north: School) -> None:
    """What the world's course does not have: a file, a link, every kind of question."""
    tess = Viewer(north.tess)
    upload = ContentFile(b"Graph paper.", name="Materials.txt")
    publishing.make_files(tess, north.maths, north.box, [upload])
    url = "https://example.org/"
    publishing.make_item(tess, north.maths, north.box, kind=ItemKind.LINK, title="Link", url=url)
    choices = [ChoiceDraft("Two", is_right=True), ChoiceDraft("Three")]
    for question, draft in {
        QuestionKind.SEVERAL_CHOICES: QuestionDraft("Which?", choices=choices),
        QuestionKind.TRUE_FALSE: QuestionDraft("So?", is_true=False),
        QuestionKind.NUMBER: QuestionDraft("How many?", number=clock.school_year(), tolerance=2),  # type: ignore[arg-type]
        QuestionKind.SHORT_TEXT: QuestionDraft("Who?", accepted="Gauß\nGauss"),
    }.items():
        writing.add_question(tess, north.locked_test, question, draft)
    publishing.edit_place(tess, north.owls, name="Owls", description="By night")


def test_s4_groups_content_tests_and_toggles_come_along(north: School) -> None:
    fill(north)
    copy = copy_of(north, north.maths)
    assert tree(copy) == tree(north.maths)
    assert (copy.name, copy.kind, copy.school_year) == ("Maths again", "course", THIS_YEAR + 1)
    assert copy.school_year_name == clock.year_name(THIS_YEAR + 1)
    assert {"Ed's draft", "Drawer", "drawer: off"} <= titles(copy), "also what others hid"
    of_file = Item.objects.filter(title="Materials").values_list("file", flat=True)
    assert len(of_file) == 2
    assert len(set(of_file)) == 1, "one file, in both years"


def titles(course: Place) -> set[str]:
    return set(Item.objects.filter(root=course).values_list("title", flat=True))


def test_s4_in_the_order_in_which_it_lies(north: School) -> None:
    publishing.shift_item(Viewer(north.tess), north.folder, Shift.UP)
    publishing.shift_item(Viewer(north.tess), north.folder, Shift.UP)
    Item.objects.filter(root=north.owls.root_id, place=north.owls).update(position=7)
    copy = copy_of(north, north.maths)
    for place in (north.maths, north.owls):
        there = Place.objects.get(root=copy, name=copy.name if place == north.maths else place.name)
        of = [Item.objects.kept().filter(place=each) for each in (place, there)]
        was, is_now = (list(items.values_list("title", flat=True)) for items in of)
        assert was == is_now


def test_s4_the_copier_alone_is_in_it_and_runs_all_of_it(north: School) -> None:
    copy = copy_of(north, north.maths, north.tom)
    members = Membership.objects.filter(place__root=copy)
    assert {row.user for row in members} == {north.tom}
    assert members.count() == Place.objects.filter(root=copy).count() == 4
    assert {(row.permission, row.given, row.ends_on, row.came_by) for row in members} == {
        (Permission.ADMIN, Permission.ADMIN, None, None)
    }
    for model in (Place, Item):
        here = model._base_manager.filter(root=copy)
        assert set(here.values_list("created_by", flat=True)) == {north.tom.pk}
        assert min(here.values_list("created_at", flat=True)) > north.run.requested_at
    for person in (north.tess, north.ed, north.anna, north.ivan):
        assert not access.can(Viewer(person), Action.SEE, copy)


def test_s4_what_was_done_in_the_old_year_stays_there(north: School) -> None:
    lines_before = AuditEvent.objects.filter(place=north.maths.pk).count()
    codes = Code.objects.count()
    copy = copy_of(north, north.maths)
    items = Item.objects.filter(root=copy)
    assert "Gone" not in titles(copy)
    assert not items.filter(deleted_at__isnull=False).exists()
    assert not Attempt.objects.filter(assessment__item__root=copy).exists()
    assert Code.objects.count() == codes
    assert set(items.values_list("version", flat=True)) == {1}
    assert not items.exclude(changed_by=None).exists()
    assert AuditEvent.objects.filter(place=north.maths.pk).count() == lines_before
    assert Attempt.objects.filter(assessment=north.quiz.pk).count() == 3


def test_s4_nothing_of_it_reaches_a_parent_until_a_teacher_turns_it_green(north: School) -> None:
    copy = copy_of(north, north.maths)
    membership.admit(Viewer(north.tess), north.anna, copy, Permission.READ)
    paula = Viewer(north.paula, north.anna)
    assert access.can(paula, Action.SEE, copy), "its name, without doing anything (F4, F5)"
    assert not access.visible_items(paula).filter(root=copy).exists()
    assert not Item.objects.filter(root=copy, shown_to_parents=True).exists()
    assert not Place.objects.filter(root=copy, shown_to_parents=True).exists()
    assert Item.objects.filter(root=copy, parents_see=True).exists(), "as it is set"
    publishing.flip(Viewer(north.tess), copy, Toggle.GREEN, on=True)

    def green(course: Place) -> set[str]:
        seen = access.visible_items(paula).filter(root=course, place__parent=None)
        return set(seen.values_list("title", flat=True))

    assert green(copy) == green(north.maths) != set()


def test_c2_what_was_hidden_from_members_is_hidden_from_the_new_ones(north: School) -> None:
    copy = copy_of(north, north.maths)
    membership.admit(Viewer(north.tess), north.zoe, copy, Permission.READ)

    def seen(student: User, course: Place) -> set[str]:
        items = access.visible_items(Viewer(student)).filter(root=course)
        return set(items.values_list("title", flat=True))

    assert seen(north.zoe, copy) == seen(north.nina, north.maths)


def test_s4_a_copied_test_is_taken_anew(north: School) -> None:
    copy = copy_of(north, north.maths)
    membership.admit(Viewer(north.tess), north.anna, copy, Permission.READ)
    quiz = Item.objects.get(root=copy, title=north.quiz.title)
    choice = quiz.assessment.questions.get(position=0)
    right = choice.choices.get(is_right=True)
    attempt = taking.submit(Viewer(north.anna), quiz, {choice.pk: Given([str(right.pk)])})
    assert attempt.answers.get(question=choice).points == choice.points
    assert Attempt.objects.filter(student=north.anna, assessment=north.quiz.pk).count() == 1


def test_s4_links_from_page_to_page_lead_to_the_copies(north: School) -> None:
    tess, page, elsewhere = Viewer(north.tess), north.pages["box: both"], north.music
    body = (
        f"[A](/items/{north.quiz.pk}/) [B](/places/{north.owls.pk}/) [C](/places/{elsewhere.pk}/)"
    )
    publishing.edit_item(tess, page, version=1, title="Links", body=body)
    url = f"https://classkey.example/items/{page.pk}/"
    publishing.make_item(tess, north.maths, None, kind=ItemKind.LINK, title="There", url=url)
    copy = copy_of(north, north.maths)
    copied = {item.title: item for item in Item.objects.filter(root=copy)}
    owls = Place.objects.get(root=copy, name="Owls")
    assert copied["Links"].body == (
        f"[A](/items/{copied[north.quiz.title].pk}/) [B](/places/{owls.pk}/)"
        f" [C](/places/{elsewhere.pk}/)"
    )
    assert copied["There"].url == f"https://classkey.example/items/{copied['Links'].pk}/"


def test_s4_an_archived_course_is_copied_too_and_stays_archived(north: School) -> None:
    copy = copy_of(north, north.history)
    assert copy.archived_at is None
    north.history.refresh_from_db()
    assert north.history.archived_at is not None
    publishing.make_item(Viewer(north.tess), copy, None, kind=ItemKind.PAGE, title="New")


def test_a1_a_copy_leaves_one_line_that_says_of_what(north: School) -> None:
    before = AuditEvent.objects.count()
    copy = copy_of(north, north.maths)
    [line] = lines(AuditAction.COURSE_COPIED)
    assert (line["actor"], line["place"], line["thing"]) == (
        north.tess.pk, copy.pk, north.maths.pk,
    )  # fmt: skip
    assert AuditEvent.objects.count() == before + 1


WHAT_BECOMES_OF_EACH_FIELD: dict[type[Model], str] = {
    Place: """
        id new; kind kept; name given; description kept; parent copied; root copied;
        created_by copier; created_at now; school_year given; archived_at empty;
        members_see kept; parents_see kept; shown_to_members settled; shown_to_parents settled
    """,
    Item: """
        id new; kind kept; place copied; root copied; folder copied; position kept; title kept;
        body kept; url kept; file kept; version new; created_by copier; created_at now;
        changed_at now; changed_by empty; deleted_at empty; deleted_by empty;
        members_see kept; parents_see kept; shown_to_members settled; shown_to_parents settled
    """,
    Assessment: """
        item copied; passing_grade kept; show_points kept; show_grade_to_students kept;
        show_answers_to_students kept; show_grade_to_parents kept; show_answers_to_parents kept;
        locked kept
    """,
    Question: """
        id new; assessment copied; position kept; kind kept; text kept; points kept; is_true kept;
        number kept; tolerance kept; accepted kept
    """,
    Choice: "id new; question copied; position kept; text kept; is_right kept",
}


@pytest.mark.parametrize("model", WHAT_BECOMES_OF_EACH_FIELD)
def test_s4_somebody_thought_of_every_field(model: type[Model]) -> None:
    """A field that is added later stays behind until it is decided, here and in `years`."""
    thought_of = {each.split()[0] for each in WHAT_BECOMES_OF_EACH_FIELD[model].split(";")}
    assert {field.name for field in model._meta.concrete_fields} == thought_of


# --- All or nothing, whatever its size --------------------------------------------
@pytest.mark.parametrize("table", ["membership", "item", "choice", "auditevent"])
def test_s4_a_copy_is_whole_or_is_not(north: School, table: str) -> None:
    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(f'INSERT INTO "school_{table}"'):
            raise DatabaseError("The disk is full.")
        return execute(sql, *rest)

    before = rows()
    with connection.execute_wrapper(fail), pytest.raises(DatabaseError):
        copy_of(north, north.maths)
    assert rows() == before


def grow(course: Place, teacher: Viewer) -> None:
    """Ten more of everything, hidden things too."""
    for number in range(10):
        group = membership.make_group(teacher, course, f"Group {number}")
        folder = publishing.make_item(teacher, group, None, kind=ItemKind.FOLDER, title="Folder")
        publishing.make_item(teacher, group, folder, kind=ItemKind.PAGE, title="Page")
        made = writing.make_test(teacher, course, None, title="Test")
        choices = [ChoiceDraft("Yes", is_right=True), ChoiceDraft("No")]
        draft = QuestionDraft("Is it?", choices=choices)
        writing.add_question(teacher, made, QuestionKind.ONE_CHOICE, draft)


def test_s4_a_large_course_is_copied_by_as_many_queries(north: School) -> None:
    counts = []
    for _size in range(2):
        with CaptureQueriesContext(connection) as queries:
            copy_of(north, north.music, north.pia)
        counts.append(len(queries))
        grow(north.music, Viewer(north.pia))
    assert counts[0] == counts[1]
    assert counts[0] < 30
