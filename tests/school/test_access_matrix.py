"""Everybody, in every capacity, against everything, for every action of the policy.

What is expected is worked out below in plain Python from the rules of `docs/spec.md`:
from what was given and set, walking up the trees, never from what the domain derived.
"""

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Model

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.errors import Unseen
from classkey.school.models import (
    Assessment,
    Attempt,
    AuditEvent,
    Bar,
    Code,
    DataExport,
    Hold,
    Item,
    Membership,
    ParentLink,
    Permission,
    Place,
    RevocationRequest,
    SheetRun,
    WorkspaceGrant,
)
from classkey.school.viewer import Eyes, Preview, Viewer
from tests.world import School, World

Thing = Place | Item


class Rules:
    """The rules, stated over all rows of the world."""

    def __init__(self) -> None:
        self.all: dict[type[Model], list[Any]] = {
            model: list(model._base_manager.all())
            for model in (
                *(Place, Item, User, Code, SheetRun, Assessment, Attempt),
                *(ParentLink, RevocationRequest, Bar, Hold, AuditEvent, DataExport),
            )
        }
        self.place = {place.pk: place for place in self.all[Place]}
        self._above: dict[object, list[Place]] = {}
        self.user = {user.pk: user for user in self.all[User]}
        self.item = {item.pk: item for item in self.all[Item]}
        self.locked = {test.pk for test in self.all[Assessment] if test.locked}
        self.given = {
            (row.user_id, row.place_id): row.given
            for row in Membership.objects.all()
            if row.given is not None and row.is_live
        }
        self.live_links = {
            (link.parent_id, link.student_id): link.pk
            for link in ParentLink.objects.all()
            if link.ended_at is None and link.paused_at is None
        }
        self.ever_linked = {(link.parent_id, link.student_id) for link in self.all[ParentLink]}
        self.link_of = {link.pk: link for link in self.all[ParentLink]}
        self.grants = {(grant.link_id, grant.place_id) for grant in WorkspaceGrant.objects.all()}

    # --- Trees ---

    def above(self, place: Place) -> list[Place]:
        """A place and all above it."""
        if place.pk not in self._above:
            parent = [self.place[place.parent_id]] if place.parent_id else []
            self._above[place.pk] = [place, *(step for each in parent for step in self.above(each))]
        return self._above[place.pk]

    def on_all_the_way(self, thing: Thing, toggle: str) -> bool:
        """C2: only where the toggle is on for it and for everything above it."""
        if isinstance(thing, Item):
            container = (
                self.item[thing.folder_id] if thing.folder_id else self.place[thing.place_id]
            )
            return getattr(thing, toggle) and self.on_all_the_way(container, toggle)
        return all(getattr(step, toggle) for step in self.above(thing))

    def root(self, place: Place) -> Place:
        return self.above(place)[-1]

    # --- People in places ---

    def own(self, viewer: Viewer) -> bool:
        """Are these their own eyes (P5)?"""
        return viewer.child is None and viewer.preview is None

    def as_parent(self, viewer: Viewer) -> bool:
        """Are these a parent's eyes, or as if they were?"""
        preview = viewer.preview
        return viewer.child is not None or (preview is not None and preview.eyes == "parent")

    def previewed(self, viewer: Viewer, place: Place) -> bool:
        """An admin looks, with others' eyes, into a place of theirs and those above it."""
        assert viewer.preview is not None
        runs = self.permission(viewer.user, viewer.preview.place) == Permission.ADMIN
        return runs and place in self.above(viewer.preview.place)

    def permission(self, user: User, place: Place) -> int:
        """S2, S3: what they were given here, or admin if they are that above; 0 if not in it."""
        steps = [self.given.get((user.pk, step.pk), 0) for step in self.above(place)]
        return Permission.ADMIN if Permission.ADMIN in steps else steps[0]

    def writes(self, viewer: Viewer, place: Place, permission: Permission) -> bool:
        """S4: an archived course is read-only. P5: others' eyes only look."""
        return (
            self.own(viewer)
            and self.permission(viewer.user, place) >= permission
            and self.root(place).archived_at is None
        )

    def teaches_in(self, viewer: Viewer, place: Place) -> bool:
        """S7, of places."""
        return (
            viewer.user.role == "instructor"
            and self.root(place).kind == "course"
            and self.writes(viewer, place, Permission.ADMIN)
        )

    def enrol(self, viewer: Viewer, place: Place) -> bool:
        return place.kind == "course" and self.teaches_in(viewer, place)

    def teaches(self, viewer: Viewer, student: User) -> bool:
        """S7, of students."""
        return any(
            self.permission(student, place) and self.teaches_in(viewer, place)
            for place in self.all[Place]
        )

    def link(self, viewer: Viewer) -> Any:
        """The live link to an active child, if any."""
        if viewer.child is None or not viewer.child.is_active:
            return None
        return self.live_links.get((viewer.user.pk, viewer.child.pk))

    def parent_may_look(self, viewer: Viewer, place: Place) -> bool:
        """F5, F7: what the child has a place in; of workspaces only what a grant opens."""
        if viewer.preview is not None:
            return self.previewed(viewer, place)
        link, root = self.link(viewer), self.root(place)
        if link is None or viewer.child is None or not self.permission(viewer.child, place):
            return False
        return root.kind == "course" or (link, root.pk) in self.grants

    def member_may_look(self, viewer: Viewer, place: Place) -> bool:
        """S5: their own places; with a student's eyes those that the student would be in."""
        if viewer.preview is not None:
            return self.previewed(viewer, place)
        return self.permission(viewer.user, place) > 0

    # --- Places ---

    def see_place(self, viewer: Viewer, place: Place) -> bool:
        if not self.as_parent(viewer):
            return self.member_may_look(viewer, place)
        named = place.kind == "course" or self.on_all_the_way(place, "parents_see")
        return named and self.parent_may_look(viewer, place)

    def see_content(self, viewer: Viewer, place: Place) -> bool:
        if not self.see_place(viewer, place):
            return False
        if self.as_parent(viewer):
            return self.on_all_the_way(place, "parents_see")
        runs = self.permission(viewer.user, place) == Permission.ADMIN
        theirs = self.own(viewer) and (runs or place.created_by_id == viewer.user.pk)
        return self.on_all_the_way(place, "members_see") or theirs

    def see_members(self, viewer: Viewer, place: Place) -> bool:
        return self.own(viewer) and self.see_place(viewer, place)

    def add_content(self, viewer: Viewer, place: Place) -> bool:
        return self.writes(viewer, place, Permission.EDIT) and self.see_content(viewer, place)

    def run(self, viewer: Viewer, place: Place) -> bool:
        return self.writes(viewer, place, Permission.ADMIN)

    def run_or_ran(self, viewer: Viewer, place: Place) -> bool:
        """S4: an archived course is still looked at as before."""
        runs = self.permission(viewer.user, place) == Permission.ADMIN
        return self.own(viewer) and runs

    def run_course(self, viewer: Viewer, place: Place) -> bool:
        return place.kind == "course" and self.run_or_ran(viewer, place)

    # --- Items ---

    def see_item(self, viewer: Viewer, item: Item) -> bool:
        place = self.place[item.place_id]
        if item.deleted_at is not None:
            return False
        if self.as_parent(viewer):
            theirs = viewer.preview is None or self.see_item(Viewer(viewer.user), item)
            green = self.on_all_the_way(item, "parents_see")
            return theirs and green and self.parent_may_look(viewer, place)
        runs = self.permission(viewer.user, place) == Permission.ADMIN
        theirs = self.own(viewer) and (runs or item.created_by_id == viewer.user.pk)
        shown = self.on_all_the_way(item, "members_see") or theirs
        return shown and self.member_may_look(viewer, place)

    def edit(self, viewer: Viewer, item: Item) -> bool:
        """S2; C5: a test holds the right answers, which are its maker's and the admins'."""
        place = self.place[item.place_id]
        writes = self.see_item(viewer, item) and self.writes(viewer, place, Permission.EDIT)
        return writes and (item.kind != "test" or self.knows_the_key(viewer, item))

    def flip_item(self, viewer: Viewer, item: Item) -> bool:
        return self.edit(viewer, item) and self.run(viewer, self.place[item.place_id])

    def delete_item(self, viewer: Viewer, item: Item) -> bool:
        own = item.created_by_id == viewer.user.pk
        return self.edit(viewer, item) and (own or self.flip_item(viewer, item))

    # --- Tests ---

    def knows_the_key(self, viewer: Viewer, item: Item) -> bool:
        runs = self.permission(viewer.user, self.place[item.place_id]) == Permission.ADMIN
        return runs or item.created_by_id == viewer.user.pk

    def take(self, viewer: Viewer, item: Item) -> bool:
        """C5: students, where the test is shown to them and open, and its key is not theirs."""
        return (
            item.kind == "test"
            and viewer.user.role == "student"
            and self.see_item(viewer, item)
            and self.writes(viewer, self.place[item.place_id], Permission.READ)
            and not self.knows_the_key(viewer, item)
            and item.pk not in self.locked
        )

    def see_results(self, viewer: Viewer, item: Item) -> bool:
        runs = self.permission(viewer.user, self.place[item.place_id]) == Permission.ADMIN
        own = self.own(viewer) and runs
        return item.kind == "test" and own and self.see_item(viewer, item)

    def mark(self, viewer: Viewer, item: Item) -> bool:
        return self.see_results(viewer, item) and self.run(viewer, self.place[item.place_id])

    def see_attempt(self, viewer: Viewer, attempt: Attempt) -> bool:
        """C5, F6: of a child's, what is submitted; one's own; of students, who are here still."""
        item, student = self.item[attempt.assessment_id], self.user[attempt.student_id]
        if viewer.preview is not None or not self.see_item(viewer, item):
            return False
        if viewer.child is not None:
            return student == viewer.child and attempt.submitted_at is not None
        return student == viewer.user or (self.see_results(viewer, item) and student.is_active)

    # --- Profiles, codes, sheets ---

    def see_profile(self, viewer: Viewer, student: User) -> bool:
        if viewer.child is not None:
            return viewer.child == student and self.link(viewer) is not None
        return self.see_family(viewer, student)

    def see_family(self, viewer: Viewer, student: User) -> bool:
        if not self.own(viewer) or student.role != "student" or not student.is_active:
            return False
        return viewer.user.is_administrator or self.make_parent_code(viewer, student)

    def on_profile(self, viewer: Viewer, student: User, course: Place) -> bool:
        """F5, S7: all courses of the student for them, their parents and administrators; for a
        teacher those where they teach them.
        """
        if course.kind != "course" or not self.permission(student, course):
            return False
        everything = viewer.child is not None or viewer.user == student
        taught = any(
            self.teaches_in(viewer, place) and self.permission(student, place) > 0
            for place in self.all[Place]
            if self.root(place) == course
        )
        sees_all = everything or viewer.user.is_administrator
        return self.see_profile(viewer, student) and (sees_all or taught)

    def result_on_profile(self, viewer: Viewer, student: User, attempt: Attempt) -> bool:
        """C5, F8: what is submitted, in those courses, and theirs to look at."""
        item = self.item[attempt.assessment_id]
        return (
            attempt.student_id == student.pk
            and attempt.submitted_at is not None
            and item.deleted_at is None
            and self.on_profile(viewer, student, self.root(self.place[item.place_id]))
            and (
                (self.own(viewer) and viewer.user.is_administrator)
                or self.see_attempt(viewer, attempt)
            )
        )

    def bring_back(self, viewer: Viewer, item: Item) -> bool:
        """C1: an admin brings back anything, an editor what they deleted."""
        place = self.place[item.place_id]
        own = item.deleted_by_id == viewer.user.pk
        return item.deleted_at is not None and (
            self.writes(viewer, place, Permission.ADMIN)
            or (own and self.writes(viewer, place, Permission.EDIT))
        )

    def make_parent_code(self, viewer: Viewer, student: User) -> bool:
        if not self.own(viewer) or student.role != "student" or not student.is_active:
            return False
        return viewer.user == student or self.teaches(viewer, student)

    def teach_them(self, viewer: Viewer, student: User) -> bool:
        """F2, P6: what teachers alone do for a student, and no student for themself."""
        return viewer.user != student and self.make_parent_code(viewer, student)

    def see_code(self, viewer: Viewer, code: Code) -> bool:
        runs = code.place_id is not None and (
            self.permission(viewer.user, self.place[code.place_id]) == Permission.ADMIN
        )
        mine = code.created_by_id == viewer.user.pk
        if not self.own(viewer):
            return False
        if code.audience == "my-parents":
            return mine
        if code.student_id is None:
            return runs
        return (mine or runs) and self.make_parent_code(viewer, self.user[code.student_id])

    def read_code(self, viewer: Viewer, code: Code) -> bool:
        """P5: a colleague's parent code is not shown in full."""
        others = code.student_id is not None and code.created_by_id != viewer.user.pk
        return self.see_code(viewer, code) and not others

    def see_run(self, viewer: Viewer, run: SheetRun) -> bool:
        mine = run.requested_by_id == viewer.user.pk
        return mine and self.teaches_in(viewer, self.place[run.place_id])

    # --- Families and the support desk ---

    def see_link(self, viewer: Viewer, link: ParentLink) -> bool:
        """F8: of lasting links, who may know the family, and the child's own parents."""
        student, parent = self.user[link.student_id], self.user[link.parent_id]
        if link.ended_at is not None or not parent.is_active:
            return False
        if viewer.child is not None:
            return student == viewer.child and bool(self.link(viewer))
        return self.see_family(viewer, student)

    def see_link_or_judge(self, viewer: Viewer, link: ParentLink) -> bool:
        return self.see_link(viewer, link) or self.judge(viewer, link)

    def ask_to_end(self, viewer: Viewer, link: ParentLink) -> bool:
        """F9, F10: one's own link one ends oneself."""
        return link.parent_id != viewer.user.pk and self.see_link(viewer, link)

    def call_urgent(self, viewer: Viewer, link: ParentLink) -> bool:
        """F9: a teacher of the student, or support for a caller."""
        knows = self.ask_to_end(viewer, link)
        return knows and (
            self.administers(viewer) or self.teaches(viewer, self.user[link.student_id])
        )

    def end_link(self, viewer: Viewer, link: ParentLink) -> bool:
        """F10."""
        return bool(link.pk == self.link(viewer))

    def administers(self, viewer: Viewer) -> bool:
        return self.own(viewer) and bool(viewer.user.is_administrator)

    def support(self, viewer: Viewer, person: User) -> bool:
        """P1: not about themself or their own child, whether linked now or before."""
        me = viewer.user.pk
        own_child = (me, person.pk) in self.ever_linked
        return self.administers(viewer) and person.pk != me and not own_child

    def judge(self, viewer: Viewer, link: ParentLink) -> bool:
        """P1, F9."""
        student, parent = self.user[link.student_id], self.user[link.parent_id]
        return parent != viewer.user and self.support(viewer, student)

    def see_request(self, viewer: Viewer, request: RevocationRequest) -> bool:
        return self.judge(viewer, self.link_of[request.link_id])

    def decide(self, viewer: Viewer, request: RevocationRequest) -> bool:
        return request.decided_at is None and self.see_request(viewer, request)

    def lift(self, viewer: Viewer, bar: Bar) -> bool:
        return bar.lifted_at is None and self.support(viewer, self.user[bar.student_id])

    def release(self, viewer: Viewer, hold: Hold) -> bool:
        return hold.released_at is None and self.support(viewer, self.user[hold.student_id])

    def see_export(self, viewer: Viewer, export: DataExport) -> bool:
        return self.support(viewer, self.user[export.person_id])

    def read_line(self, viewer: Viewer, line: AuditEvent) -> bool:
        """A1, F9: none about an own child."""
        own_child = (viewer.user.pk, line.subject) in self.ever_linked
        return self.administers(viewer) and not own_child


RULES: dict[tuple[type[Model], Action], Callable[[Rules, Viewer, Any], bool]] = {
    (Place, Action.SEE): Rules.see_place,
    (Place, Action.SEE_CONTENT): Rules.see_content,
    (Place, Action.SEE_MEMBERS): Rules.see_members,
    (Place, Action.ADD_CONTENT): Rules.add_content,
    (Place, Action.MANAGE): Rules.run,
    (Place, Action.FLIP): Rules.run,
    (Place, Action.MAKE_CODE): Rules.run,
    (Place, Action.MAKE_SHEETS): Rules.teaches_in,
    (Place, Action.ENROL): Rules.enrol,
    (Place, Action.PREVIEW): Rules.run_or_ran,
    (Place, Action.ARCHIVE): Rules.run_course,
    (Place, Action.COPY): Rules.run_course,
    (Item, Action.SEE): Rules.see_item,
    (Item, Action.EDIT): Rules.edit,
    (Item, Action.FLIP): Rules.flip_item,
    (Item, Action.DELETE): Rules.delete_item,
    (Item, Action.TAKE): Rules.take,
    (Item, Action.SEE_RESULTS): Rules.see_results,
    (Item, Action.MARK): Rules.mark,
    (Attempt, Action.SEE): Rules.see_attempt,
    (User, Action.SEE): Rules.see_profile,
    (User, Action.SEE_FAMILY): Rules.see_family,
    (User, Action.MAKE_PARENT_CODE): Rules.make_parent_code,
    (User, Action.ISSUE_SIGN_IN): Rules.teach_them,
    (User, Action.SET_LANGUAGE): Rules.teach_them,
    (Code, Action.SEE): Rules.see_code,
    (Code, Action.READ): Rules.read_code,
    (Code, Action.DELETE): Rules.see_code,
    (SheetRun, Action.SEE): Rules.see_run,
    (User, Action.SUPPORT): Rules.support,
    (ParentLink, Action.SEE): Rules.see_link_or_judge,
    (ParentLink, Action.ASK_TO_END): Rules.ask_to_end,
    (ParentLink, Action.CALL_URGENT): Rules.call_urgent,
    (ParentLink, Action.END): Rules.end_link,
    (ParentLink, Action.REVOKE): Rules.judge,
    (RevocationRequest, Action.SEE): Rules.see_request,
    (RevocationRequest, Action.DECIDE): Rules.decide,
    (Bar, Action.SEE): Rules.lift,
    (Bar, Action.LIFT): Rules.lift,
    (Hold, Action.SEE): Rules.release,
    (Hold, Action.RELEASE): Rules.release,
    (AuditEvent, Action.SEE): Rules.read_line,
    (DataExport, Action.SEE): Rules.see_export,
}

PEOPLE = """
    tess tom gwen sam ed pia vera ivan anna ben cleo dan nina rolf inka zoe
    paula quentin petra oscar ursula ines
"""
AS_PARENTS = """
    paula:anna paula:ben quentin:anna quentin:ben quentin:dan petra:ben oscar:anna ursula:anna
    ines:inka pia:ben pia:anna pia:dan tess:anna vera:anna ivan:ben ben:anna anna:anna
    paula:southern-anna pia:southern-ben
"""
EVERYBODY = [*product(PEOPLE.split(), [""]), *(pair.split(":") for pair in AS_PARENTS.split())]
PREVIEWS = """
    tess:maths tess:owls tess:chicks tess:attic tess:history tess:staffroom tom:owls sam:maths
    gwen:owls gwen:chicks pia:music anna:den anna:nook ben:nook
    gwen:maths ed:maths anna:maths ben:den vera:maths paula:maths tess:music tess:southern-maths
"""


@cache
def rules_of_the_world() -> Rules:
    """Worked out once: every test of this module begins with the same rows."""
    return Rules()


def test_the_lists_of_this_test_are_whole(north: School) -> None:
    assert [getattr(north, name) for name in PEOPLE.split()] == north.people


@pytest.mark.parametrize(
    ("name", "child"),
    EVERYBODY,
)
def test_the_policy_says_what_the_rules_say(world: World, name: str, child: str) -> None:
    school = world.south if child.startswith("southern") else world.north
    user = getattr(world.north, name)
    assert_policy(Viewer(user, getattr(school, child.rpartition("-")[2]) if child else None))


@pytest.mark.parametrize("eyes", Eyes)
@pytest.mark.parametrize("pair", PREVIEWS.split())
def test_the_policy_says_so_with_others_eyes(world: World, pair: str, eyes: Eyes) -> None:
    name, where = pair.split(":")
    school = world.south if where.startswith("southern") else world.north
    place = getattr(school, where.rpartition("-")[2])
    viewer = Viewer(getattr(world.north, name), preview=Preview(place, eyes))
    assert_policy(viewer)
    sees = access.can(viewer, Action.SEE, place)
    unseen = eyes == "parent" and where in {"chicks", "staffroom"}  # neither a course, nor green
    runs = access.can(Viewer(viewer.user), Action.PREVIEW, place)
    assert sees == (runs and not unseen)


def assert_policy(viewer: Viewer) -> None:
    """Hold every answer of the policy to the rules, for every row of the world."""
    rules = rules_of_the_world()
    for (model, action), rule in RULES.items():
        expected = {
            row.pk for row in rules.all[model] if viewer.user.is_active and rule(rules, viewer, row)
        }
        listed = list(access.allowed(viewer, action, model).values_list("pk", flat=True))
        assert len(listed) == len(set(listed)), (action, model)
        wrong = names(rules, model, expected.symmetric_difference(listed))
        assert not wrong, (action, model)
        for obj in some(rules.all[model], expected):
            assert access.can(viewer, action, obj) == (obj.pk in expected)
            assert_loads(rules, viewer, action, obj)


def names(rules: Rules, model: type[Model], pks: set[object]) -> list[str]:
    """What the rows are called, so that a difference can be read."""
    return sorted(
        f"{getattr(row, 'name', '')}{getattr(row, 'title', '')}"
        f"{getattr(row, 'given_name', '')}{getattr(row, 'last_four', '')} {row.pk}"
        for row in rules.all[model]
        if row.pk in pks
    )


def some(rows: list[Any], expected: set[object]) -> list[Any]:
    """One row that is expected, and one that is not."""
    inside = [row for row in rows if row.pk in expected]
    outside = [row for row in rows if row.pk not in expected]
    return inside[:1] + outside[:1]


def assert_loads(rules: Rules, viewer: Viewer, action: Action, obj: Any) -> None:
    """`get` loads what is theirs, refuses what they only see, and knows nothing of the rest."""
    model = type(obj)
    active = viewer.user.is_active
    if active and RULES[model, action](rules, viewer, obj):
        assert access.get(viewer, model, obj.pk, action) == obj
        return
    seen = active and RULES[model, Action.SEE](rules, viewer, obj)
    with pytest.raises(PermissionDenied if seen else Unseen):
        access.get(viewer, model, obj.pk, action)


def test_k2_the_codes_whose_makers_may_still_make_them(world: World) -> None:
    """`makeable` asks for many makers at once what the rules say of each."""
    rules, north = rules_of_the_world(), world.north
    people = {user.pk: user for user in rules.all[User]}

    def may(code: Code) -> bool:
        maker = Viewer(people[code.created_by_id])
        place = rules.place[code.place_id] if code.place_id else None
        student = people[code.student_id] if code.student_id else None
        if not maker.user.is_active:
            return False
        if student is None:
            return place is not None and rules.run(maker, place)
        if place is None:
            return rules.make_parent_code(maker, student)
        there = rules.permission(student, place) > 0 and student.is_active
        return there and rules.teaches_in(maker, place)

    expected = {code.pk for code in rules.all[Code] if may(code)}
    assert {code.pk for code in access.makeable(Code.objects.all())} == expected
    assert north.for_students.pk in expected
    assert north.by_cleo_herself.pk in expected
    assert north.by_ivan.pk not in expected
    assert not {code.pk for code in rules.all[Code] if code.student_id == north.inka.pk} & expected
    assert not {code.pk for code in rules.all[Code] if code.place_id == north.history.pk} & expected


def test_an_action_that_the_policy_does_not_know_raises(north: School) -> None:
    viewer = Viewer(north.tess)
    samples = {
        Place: north.maths, Item: north.notes, User: north.anna, Code: north.for_students,
        SheetRun: north.run, Membership: north.in_place(north.tess, north.maths),
        Attempt: north.quiz.assessment.attempts.get(student=north.anna),
    }  # fmt: skip
    unknown = [pair for pair in product(samples, Action) if pair not in RULES]
    assert len(unknown) > 40
    for model, action in unknown:
        with pytest.raises(KeyError):
            access.allowed(viewer, action, model)
        with pytest.raises(KeyError):
            access.can(viewer, action, samples[model])  # type: ignore[arg-type]


def test_what_is_no_id_at_all_is_unseen(north: School) -> None:
    with pytest.raises(Unseen):
        access.get(Viewer(north.tess), Place, "no such thing")


def test_s5_members_are_known_to_the_members_of_a_place_only(north: School) -> None:
    def known(viewer: Viewer) -> set[tuple[str, str]]:
        rows = access.visible_memberships(viewer).select_related("user", "place")
        return {(row.user.given_name, row.place.name) for row in rows}

    maths, den = north.maths.name, north.den.name
    assert {("Cleo", maths), ("Sam", maths), ("Ben", den)} <= known(Viewer(north.anna))
    assert ("Ben", north.attic.name) not in known(Viewer(north.anna))
    assert known(Viewer(north.paula)) == set()
    assert known(Viewer(north.paula, north.anna)) == set()
    assert known(Viewer(north.vera)) == set()


def test_s5_who_is_not_active_is_not_listed(north: School) -> None:
    listed = access.visible_memberships(Viewer(north.tess)).filter(place=north.maths)
    assert not listed.filter(user__in=[north.ivan, north.inka]).exists()


def test_f5_s7_whose_courses_are_on_a_profile(north: School) -> None:
    def courses(viewer: Viewer) -> set[str]:
        on_it = access.courses_on_profile(viewer, north.anna)
        return set(on_it.values_list("name", flat=True))

    everything = {north.maths.name, "History", "Music"}
    assert courses(Viewer(north.anna)) == everything
    assert courses(Viewer(north.vera)) == everything
    assert courses(Viewer(north.paula, north.anna)) == everything
    assert courses(Viewer(north.tess)) == {north.maths.name}
    assert courses(Viewer(north.gwen)) == {north.maths.name}
    assert courses(Viewer(north.pia)) == {"Music"}
    # Maths is Ben's course too, which tells nobody that Anna is in it (F6).
    for nobody in (Viewer(north.petra, north.ben), Viewer(north.pia, north.ben)):
        assert courses(nobody) == set()
    for nobody in (Viewer(north.ben), Viewer(north.paula), Viewer(north.ed)):
        assert courses(nobody) == set()


def test_who_may_bring_back_what_was_deleted(north: School) -> None:
    for person in north.people:
        back = access.deleted_items(Viewer(person)).exists()
        assert back == (person in (north.tess, north.tom, north.sam, north.ed)), person.given_name
    assert not access.deleted_items(Viewer(north.pia, north.ben)).exists()


def test_k10_the_substitute_is_out_when_the_last_day_is_over(
    north: School, time_machine: Any
) -> None:
    viewer = Viewer(north.sam)
    time_machine.move_to(north.last_day, tick=False)
    assert access.can(viewer, Action.MANAGE, north.maths)
    time_machine.shift(86_400)
    assert not access.can(viewer, Action.SEE, north.maths)
    assert not access.visible_items(viewer).exists()
    assert not access.can(viewer, Action.SEE, north.anna)


def test_a2_access_is_decided_as_the_database_stands(north: School) -> None:
    viewer = Viewer(north.paula, north.anna)
    page = north.pages["maths: both"]
    assert access.can(viewer, Action.SEE, page)
    ParentLink.objects.filter(parent=north.paula).update(paused_at=north.run.requested_at)
    assert not access.can(viewer, Action.SEE, page)


@pytest.mark.parametrize(("name", "child"), EVERYBODY)
def test_profiles_and_what_was_deleted_follow_the_rules(
    world: World, name: str, child: str
) -> None:
    school = world.south if child.startswith("southern") else world.north
    user = getattr(world.north, name)
    if not user.is_active:
        return  # they get no further than `allowed`, which is asked first (P7)
    viewer = Viewer(user, getattr(school, child.rpartition("-")[2]) if child else None)
    rules = rules_of_the_world()
    for student in (user for user in world.north.people if user.is_student):
        courses = access.courses_on_profile(viewer, student)
        assert {course.pk for course in courses} == {
            place.pk for place in rules.all[Place] if rules.on_profile(viewer, student, place)
        }, student.given_name
        results = access.attempts_on_profile(viewer, student)
        assert {attempt.pk for attempt in results} == {
            row.pk for row in rules.all[Attempt] if rules.result_on_profile(viewer, student, row)
        }, student.given_name
    back = {item.pk for item in access.deleted_items(viewer)}
    assert back == {item.pk for item in rules.all[Item] if rules.bring_back(viewer, item)}


@pytest.mark.parametrize("eyes", Eyes)
def test_s5_others_eyes_know_no_members_profiles_or_deleted_things(
    north: School, eyes: Eyes
) -> None:
    for place in north.places:
        viewer = Viewer(place.created_by, preview=Preview(place, eyes))
        assert not access.visible_memberships(viewer).exists()
        assert not access.deleted_items(viewer).exists()
        for student in (north.anna, north.ben):
            assert not access.courses_on_profile(viewer, student).exists()
            assert not access.attempts_on_profile(viewer, student).exists()
            assert not access.teachers_on_profile(viewer, student).exists()


def test_s7_c5_whose_results_stand_on_a_profile(north: School) -> None:
    def tests(viewer: Viewer, student: User) -> set[str]:
        attempts = access.attempts_on_profile(viewer, student)
        titles = attempts.values_list("assessment__item__title", flat=True)
        return {title.removesuffix(f" {north.name}") for title in titles}

    everything = {"Quiz", "Owl test", "Old test"}
    assert tests(Viewer(north.anna), north.anna) == everything
    assert tests(Viewer(north.vera), north.anna) == everything
    assert tests(Viewer(north.tess), north.anna) == {"Quiz", "Owl test"}, "history is over (S7)"
    assert tests(Viewer(north.gwen), north.anna) == {"Owl test"}
    assert tests(Viewer(north.paula, north.anna), north.anna) == everything
    assert tests(Viewer(north.tess), north.ben) == {"Surprise"}
    assert tests(Viewer(north.ben), north.ben) == set(), "it is hidden again"
    assert tests(Viewer(north.quentin, north.ben), north.ben) == {"Surprise"}
    assert tests(Viewer(north.pia), north.anna) == set()
    for nobody in (
        Viewer(north.ben),
        Viewer(north.ed),
        Viewer(north.paula),
        Viewer(north.quentin, north.ben),
        Viewer(north.tess, preview=Preview(north.maths, Eyes.PARENT)),
    ):
        assert tests(nobody, north.anna) == set()
