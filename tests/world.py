"""Two parallel schools, Northside and Southside, with the same named people in both.

Built through the domain's own actions. A test reads `north.tess` for a teacher and
`north.maths` for her course. What each person is stands beside them in `School`.
"""

import datetime
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from classkey.accounts.addresses import set_proved_address
from classkey.accounts.administrators import appoint
from classkey.accounts.models import Role, User
from classkey.school import clock, issuing, linking, membership, publishing, redeeming, years
from classkey.school.assessing import taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    Code,
    Item,
    ItemKind,
    Membership,
    Notice,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    QuestionKind,
    RevocationRequest,
)
from classkey.school.personal_data import exporting
from classkey.school.publishing import Toggle
from classkey.school.revoking import decisions, requests
from classkey.school.revoking.requests import Plea
from classkey.school.sheets import runs
from classkey.school.viewer import Viewer

COMBINATIONS = {"off": "", "blue": "b", "green": "g", "both": "bg"}
"""The four combinations of the toggles (C4), by the titles of pages and folders."""


def make_user(role: Role, given_name: str, family_name: str = "Tester", address: str = "") -> User:
    """Make a person, with a proved address if one is given."""
    user = User.objects.create_user(role=role, given_name=given_name, family_name=family_name)
    if address:
        set_proved_address(user, address)
    return user


def enter(user: User, code: Code) -> None:
    """Redeem a code as a person does."""
    redeeming.redeem(Viewer(user), code.text)


def kill(code: Code, **fields: object) -> Code:
    """Bring a code into a state that only time brings about."""
    Code.objects.filter(pk=code.pk).update(**fields)
    code.refresh_from_db()
    return code


def expire(code: Code) -> Code:
    """Let fourteen days and an hour pass for this code."""
    made = timezone.now() - datetime.timedelta(days=14, hours=1)
    return kill(code, created_at=made, expires_at=made + datetime.timedelta(days=14))


class School:
    """One school: its people by first name, its places, its codes by what they are for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._people()
        self._places()
        self._members()
        self._families()
        self._content()
        self._tests()
        self._codes()
        self._support()
        self._time_passes()

    def _user(self, role: Role, given_name: str, *, address: bool = True) -> User:
        at = f"{given_name.lower()}@{self.name.lower()}.example" if address else ""
        return make_user(role, given_name, self.name, at)

    def _people(self) -> None:
        teacher, student, parent = Role.INSTRUCTOR, Role.STUDENT, Role.PARENT
        self.tess = self._user(teacher, "Tess")  # made maths and all in it
        self.tom = self._user(teacher, "Tom")  # a second admin of maths
        self.gwen = self._user(teacher, "Gwen")  # runs the group owls and nothing else
        self.sam = self._user(teacher, "Sam")  # a substitute in maths, for a week
        self.ed = self._user(teacher, "Ed")  # may edit in maths
        self.pia = self._user(teacher, "Pia")  # has a course, music; is Ben's mother (P5)
        self.vera = self._user(teacher, "Vera")  # an administrator, in no place
        self.ivan = self._user(teacher, "Ivan")  # ran maths; his account is not active
        self.anna = self._user(student, "Anna")  # in maths, owls, chicks, history; has a den
        self.ben = self._user(student, "Ben")  # in maths, the den and its nook
        self.cleo = self._user(student, "Cleo", address=False)  # young; in maths and owls
        self.dan = self._user(student, "Dan", address=False)  # in music only
        self.nina = self._user(student, "Nina")  # in maths; nobody is linked to her
        self.rolf = self._user(student, "Rolf")  # was removed from maths
        self.inka = self._user(student, "Inka")  # in maths; her account is not active
        self.zoe = self._user(student, "Zoe", address=False)  # in no place
        self.paula = self._user(parent, "Paula")  # linked to Anna, reads her den
        self.quentin = self._user(parent, "Quentin")  # linked to Anna and Ben
        self.petra = self._user(parent, "Petra")  # linked to Ben, paused by Tess's request
        self.oscar = self._user(parent, "Oscar")  # was linked to Anna, and ended it
        self.ursula = self._user(parent, "Ursula")  # linked to nobody
        self.ines = self._user(parent, "Ines")  # linked to Inka
        appoint(self.vera)
        secret = get_adapter().encrypt("of Vera's phone")
        Authenticator.objects.create(
            user=self.vera, type=Authenticator.Type.TOTP, data={"secret": secret}
        )

    def _places(self) -> None:
        tess, pia, anna = Viewer(self.tess), Viewer(self.pia), Viewer(self.anna)
        course, workspace = PlaceKind.COURSE, PlaceKind.WORKSPACE
        self.maths = membership.make_top_place(tess, course, f"Maths {self.name}")
        self.owls = membership.make_group(tess, self.maths, "Owls")
        self.chicks = membership.make_group(tess, self.owls, "Chicks")
        self.attic = membership.make_group(tess, self.maths, "Attic")  # blue off, green on
        self.history = membership.make_top_place(tess, course, "History")  # archived
        self.music = membership.make_top_place(pia, course, "Music")  # green off
        self.den = membership.make_top_place(anna, workspace, "Anna's den")
        self.nook = membership.make_group(anna, self.den, "Nook")
        self.staffroom = membership.make_top_place(tess, workspace, "Staff room")

    def _members(self) -> None:
        tess, anna = Viewer(self.tess), Viewer(self.anna)
        self.for_students = issuing.make_registration_code(tess, self.maths, Terms())
        self.for_owls = issuing.make_registration_code(tess, self.owls, Terms())
        self.for_admins = issuing.make_registration_code(
            tess, self.maths, Terms(Audience.INSTRUCTORS, Permission.ADMIN, max_uses=20)
        )
        self.for_editors = issuing.make_registration_code(
            tess, self.maths, Terms(Audience.INSTRUCTORS, Permission.EDIT, max_uses=20)
        )
        self.for_owl_keepers = issuing.make_registration_code(
            tess, self.owls, Terms(Audience.INSTRUCTORS, Permission.ADMIN, max_uses=20)
        )
        self.last_day = clock.today() + datetime.timedelta(days=7)
        self.for_substitutes = issuing.make_registration_code(
            tess,
            self.maths,
            Terms(Audience.INSTRUCTORS, Permission.ADMIN, max_uses=20, last_day=self.last_day),
        )
        self.for_staff = issuing.make_registration_code(
            tess, self.staffroom, Terms(Audience.BOTH, Permission.EDIT)
        )
        self.for_the_den = issuing.make_registration_code(anna, self.den, Terms())
        into_history = issuing.make_registration_code(tess, self.history, Terms())
        into_music = issuing.make_registration_code(Viewer(self.pia), self.music, Terms())
        for person in (self.tom, self.ivan):
            enter(person, self.for_admins)
        for person in (self.anna, self.ben, self.cleo, self.nina, self.rolf, self.inka):
            enter(person, self.for_students)
        enter(self.anna, into_history)
        enter(self.cleo, self.for_owls)
        enter(self.gwen, self.for_owl_keepers)
        enter(self.sam, self.for_substitutes)
        enter(self.ed, self.for_editors)
        enter(self.gwen, self.for_staff)
        enter(self.ben, self.for_the_den)
        for person in (self.dan, self.anna):
            enter(person, into_music)
        membership.add_from_above(tess, self.owls, [self.anna], Permission.READ)
        membership.add_from_above(tess, self.chicks, [self.anna], Permission.READ)
        membership.add_from_above(tess, self.attic, [self.ben, self.ed], Permission.EDIT)
        membership.add_from_above(anna, self.nook, [self.ben], Permission.ADMIN)
        membership.remove(tess, self.maths, self.rolf)

    def _families(self) -> None:
        tess, anna = Viewer(self.tess), Viewer(self.anna)
        self.for_annas_parents = issuing.make_parent_code(tess, self.anna, self.maths)
        for_bens = [issuing.make_parent_code(tess, self.ben, self.maths) for _ in range(2)]
        self.for_my_parents = issuing.make_registration_code(
            anna, self.den, Terms(Audience.MY_PARENTS)
        )
        enter(self.paula, self.for_annas_parents)
        enter(self.paula, self.for_my_parents)
        enter(self.quentin, self.for_annas_parents)  # the second of two adults: used up
        enter(self.quentin, for_bens[0])
        enter(self.pia, for_bens[0])
        enter(self.petra, for_bens[1])
        enter(self.oscar, issuing.make_parent_code(anna, self.anna))
        enter(self.ines, issuing.make_parent_code(tess, self.inka, self.maths))

    def _content(self) -> None:
        self.pages: dict[str, Item] = {}
        tess, ed, gwen = Viewer(self.tess), Viewer(self.ed), Viewer(self.gwen)
        anna, pia = Viewer(self.anna), Viewer(self.pia)
        for maker, place in (
            (tess, self.maths),
            (gwen, self.owls),
            (tess, self.chicks),
            (tess, self.attic),
            (tess, self.history),
            (pia, self.music),
            (anna, self.den),
            (anna, self.nook),
            (tess, self.staffroom),
        ):
            self._pages(maker, place, None, place.name)
        self.folder = self._item(tess, self.maths, None, "Both", ItemKind.FOLDER, "bg")
        self.drawer = self._item(tess, self.maths, None, "Drawer", ItemKind.FOLDER, "")
        self.box = self._item(tess, self.maths, self.folder, "Box", ItemKind.FOLDER, "bg")
        self._pages(tess, self.maths, self.folder, "folder")
        self._pages(tess, self.maths, self.drawer, "drawer")
        self._pages(tess, self.maths, self.box, "box")
        self.notes = self._item(ed, self.maths, None, "Ed's notes", ItemKind.PAGE, "b")
        self.plans = self._item(ed, self.attic, None, "Ed's plans", ItemKind.PAGE, "b")
        self.draft = self._item(ed, self.maths, None, "Ed's draft", ItemKind.PAGE, "")
        self.gone = self._item(ed, self.maths, None, "Gone", ItemKind.PAGE, "b")
        self.website = publishing.make_item(
            gwen, self.owls, None, kind=ItemKind.LINK, title="Website", url="https://owls.example/"
        )
        leaflet = ContentFile(f"For {self.name}".encode(), "leaflet.txt")
        [self.leaflet] = publishing.make_files(gwen, self.owls, None, [leaflet])
        publishing.flip(gwen, self.leaflet, Toggle.GREEN, on=True)
        publishing.delete_item(ed, self.gone)
        for place in (self.maths, self.owls, self.attic, self.history):
            publishing.flip(tess, place, Toggle.GREEN, on=True)
        publishing.flip(tess, self.attic, Toggle.BLUE, on=False)
        publishing.flip(anna, self.den, Toggle.GREEN, on=True)
        publishing.flip(anna, self.nook, Toggle.GREEN, on=True)
        publishing.flip(pia, self.music, Toggle.GREEN, on=False)
        publishing.flip(tess, self.staffroom, Toggle.GREEN, on=False)

    def _pages(self, maker: Viewer, place: Place, folder: Item | None, where: str) -> None:
        for title, toggles in COMBINATIONS.items():
            page = self._item(maker, place, folder, f"{where}: {title}", ItemKind.PAGE, toggles)
            self.pages[page.title.replace(self.name, "").replace(" :", ":").lower()] = page

    def _item(
        self,
        maker: Viewer,
        place: Place,
        folder: Item | None,
        title: str,
        kind: ItemKind,
        toggles: str,
    ) -> Item:
        made = publishing.make_item(maker, place, folder, kind=kind, title=title)
        # As set; `_content` ends by flipping something in each tree, which settles all of it.
        made.members_see, made.parents_see = "b" in toggles, "g" in toggles
        made.save(update_fields=["members_see", "parents_see"])
        return made

    def _tests(self) -> None:
        tess, ed, gwen = Viewer(self.tess), Viewer(self.ed), Viewer(self.gwen)
        anna, pia = Viewer(self.anna), Viewer(self.pia)
        self.quiz = self._test(tess, self.maths, "Quiz", "bg")
        self.surprise = self._test(tess, self.maths, "Surprise", "bg")  # hidden again below
        self.eds_test = self._test(ed, self.maths, "Ed's test", "b")
        self.locked_test = self._test(tess, self.maths, "Locked", "bg")
        self.owl_test = self._test(gwen, self.owls, "Owl test", "bg")
        self.old_test = self._test(tess, self.history, "Old test", "bg")
        self.music_test = self._test(pia, self.music, "Music test", "b")
        self.den_test = self._test(anna, self.den, "Den test", "bg")
        for student in (self.anna, self.inka):
            self._answer(student, self.quiz, submits=True)
        self._answer(self.ben, self.quiz, submits=False)
        self._answer(self.ben, self.surprise, submits=True)
        self._answer(self.anna, self.eds_test, submits=False)
        for student in (self.anna, self.cleo):
            self._answer(student, self.owl_test, submits=True)
        self._answer(self.anna, self.old_test, submits=True)
        self._answer(self.dan, self.music_test, submits=True)
        self._answer(self.ben, self.den_test, submits=True)
        publishing.flip(tess, self.surprise, Toggle.BLUE, on=False)
        locked = writing.Settings(locked=True)
        writing.change_settings(tess, self.locked_test, locked)

    def _test(self, maker: Viewer, place: Place, title: str, toggles: str) -> Item:
        made = writing.make_test(maker, place, None, title=f"{title} {self.name}")
        key = [ChoiceDraft("Two", is_right=True), ChoiceDraft("Three")]
        one = QuestionDraft("One and one?", points=Decimal(2), choices=key)
        writing.add_question(maker, made, QuestionKind.ONE_CHOICE, one)
        why = QuestionDraft("Why?", points=Decimal(3))
        writing.add_question(maker, made, QuestionKind.LONG_TEXT, why)
        made.members_see, made.parents_see = "b" in toggles, "g" in toggles
        made.save(update_fields=["members_see", "parents_see"])
        admin = Viewer(place.created_by)
        publishing.flip(admin, made, Toggle.BLUE, on="b" in toggles)  # settles it
        return made

    def _answer(self, student: User, test: Item, *, submits: bool) -> None:
        """The right choice, and a text in which the student is named."""
        choice, why = test.assessment.questions.all()
        given = {
            choice.pk: Given([str(choice.choices.get(is_right=True).pk)]),
            why.pk: Given([f"{student.given_name} thinks so"]),
        }
        (taking.submit if submits else taking.save_answers)(Viewer(student), test, given)

    def _codes(self) -> None:
        tess = Viewer(self.tess)
        terms = Terms()
        self.expired = expire(issuing.make_registration_code(tess, self.maths, terms))
        self.expired_parent_code = expire(issuing.make_parent_code(tess, self.nina, self.maths))
        self.deleted = issuing.make_registration_code(tess, self.maths, terms)
        self.deleted_parent_code = issuing.make_parent_code(tess, self.nina, self.maths)
        issuing.delete_codes(tess, [self.deleted.pk, self.deleted_parent_code.pk])
        self.deleted.refresh_from_db()
        self.deleted_parent_code.refresh_from_db()
        self.used_up = issuing.make_registration_code(tess, self.maths, Terms(max_uses=1))
        enter(self.zoe, self.used_up)
        membership.leave(Viewer(self.zoe), self.maths)
        self.used_up.refresh_from_db()
        self.for_annas_parents.refresh_from_db()
        self.used_up_parent_code = self.for_annas_parents
        self.for_ninas_parents = issuing.make_parent_code(tess, self.nina, self.maths)
        self.by_cleo_herself = issuing.make_parent_code(Viewer(self.cleo), self.cleo)
        self.by_ivan = issuing.make_registration_code(Viewer(self.ivan), self.maths, terms)
        self.run = runs.start_run(tess, self.maths, runs.students_in(self.maths))

    def _support(self) -> None:
        """What stands on the support desk, which is Vera's."""
        tess, anna, vera = Viewer(self.tess), Viewer(self.anna), Viewer(self.vera)
        self.about_petra = requests.file(
            tess, self.link(self.petra, self.ben), Plea("She may not come near him.", urgent=True)
        )
        self.about_quentin = requests.file(
            anna, self.link(self.quentin, self.anna), Plea("He is my uncle, not my father.")
        )
        self.barred = decisions.bar(vera, self.anna, f"stranger@{self.name.lower()}.example")
        self.held = decisions.hold(vera, self.zoe, [f"aunt@{self.name.lower()}.example"])
        self.export = exporting.ask(vera, self.anna)
        linking.end_own_link(Viewer(self.oscar, self.anna))

    def link(self, parent: User, student: User) -> ParentLink:
        """The link between the two that lasts."""
        return ParentLink.objects.get(parent=parent, student=student, ended_at=None)

    def _time_passes(self) -> None:
        """A year ends; and what no action of this version does yet."""
        years.archive(Viewer(self.tess), self.history)
        now = timezone.now()
        User.objects.filter(pk__in=[self.ivan.pk, self.inka.pk]).update(is_active=False)
        Notice.objects.update(read_at=now)  # everybody has read the news
        RevocationRequest.objects.update(reminded_at=now)  # and the reminders
        for thing in vars(self).values():
            if isinstance(thing, User | Place | Item):
                thing.refresh_from_db()
        for page in self.pages.values():
            page.refresh_from_db()

    @property
    def people(self) -> list[User]:
        """Everybody at this school."""
        return [thing for thing in vars(self).values() if isinstance(thing, User)]

    @property
    def places(self) -> list[Place]:
        """Every place of this school."""
        return [thing for thing in vars(self).values() if isinstance(thing, Place)]

    def in_place(self, user: User, place: Place) -> Membership | None:
        """How a person is in a place now."""
        return Membership.objects.live().filter(user=user, place=place).first()


class World:
    """Both schools."""

    def __init__(self) -> None:
        self.north = School("Northside")
        self.south = School("Southside")


@dataclass(frozen=True)
class Snapshot:
    """A world, and all its rows, ready to be put back."""

    world: bytes
    rows: list[tuple[type[Model], list[Model]]]

    def restore(self) -> None:
        """Insert the rows."""
        for model, rows in self.rows:
            model._base_manager.bulk_create(rows)

    def people_and_places(self) -> World:
        """Return the world that the rows are; each call returns another copy."""
        world: World = pickle.loads(self.world)  # noqa: S301 # our own, of a moment ago
        return world


def _all_rows() -> list[tuple[type[Model], list[Model]]]:
    """Every row of our tables, table by table."""
    ours = [
        model
        for app in ("accounts", "account", "mfa", "school")
        for model in apps.get_app_config(app).get_models()
    ]
    return [(model, list(model._base_manager.all())) for model in ours]


@pytest.fixture(scope="session")
def _snapshot(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Snapshot:
    """Both schools, built once in a run."""
    with django_db_blocker.unblock(), transaction.atomic():
        snapshot = Snapshot(pickle.dumps(World()), _all_rows())
        transaction.set_rollback(True)
    return snapshot


@pytest.fixture(scope="module")
def _world_rows(_snapshot: Snapshot, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Both schools, put back once for a module; what a test changes is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        _snapshot.restore()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(_world_rows: None, _snapshot: Snapshot, db: None) -> World:
    """Both schools, as new for each test. Not in a module that has transactional tests."""
    return _snapshot.people_and_places()


@pytest.fixture
def committed_world(_snapshot: Snapshot, transactional_db: None) -> World:
    """Both schools, committed, for tests with several connections."""
    with transaction.atomic():
        _snapshot.restore()
    return _snapshot.people_and_places()


@pytest.fixture
def north(world: World) -> School:
    """The school that most tests are about."""
    return world.north


@pytest.fixture
def south(world: World) -> School:
    """The other school."""
    return world.south
