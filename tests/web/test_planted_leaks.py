"""Leaks of the kinds that get into an application, put in one at a time: the comparison by which a
parent learns nothing of another child (F6) notices each.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Avg, Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.template.loader import get_template
from django.template.loaders.locmem import Loader
from django.utils.http import http_date
from pytest_django import DjangoDbBlocker

from classkey.accounts.addresses import proved_owner
from classkey.accounts.models import User
from classkey.school import access, code_text, code_vault, mailing, noticing, second_lock
from classkey.school.errors import Unseen
from classkey.school.models import (
    Answer,
    Attempt,
    AuditEvent,
    Item,
    Membership,
    Notice,
    NoticeKind,
    ParentLink,
    Place,
    StoredFile,
)
from classkey.school.viewer import Viewer
from classkey.web import test_pages as pages_of_tests
from classkey.web.forms.accounts import AddressForm
from classkey.web.views import children, files, home, join
from tests.web.asking import PAULA, Ask, Sent, hidden
from tests.web.non_interference import Comparison, comparing, differing, forget, told_apart, undone
from tests.web.rest_of_the_world import Rest, do, do_all, look_around
from tests.world import Snapshot

pytestmark = pytest.mark.django_db

Planting = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Leak:
    """What leaks, how it is put in, and the names of the addresses that it shows on."""

    what: str
    plant: Planting
    pages: tuple[str, ...]


# --- How a leak is put in ---------------------------------------------------------------
def written(template: str, after: str, leak: str) -> Planting:
    """More in a template, after something that stands there."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        engine: Any = engines["django"].engine  # type: ignore[attr-defined]
        source = get_template(template).template.source  # type: ignore[attr-defined]
        assert source.count(after) == 1
        changed = Loader(engine, {template: source.replace(after, after + leak)})
        patch.setattr(engine, "template_loaders", [changed, *engine.template_loaders])

    return plant


def instead(of: type | ModuleType, name: str, wrap: Callable[..., Any]) -> Planting:
    """Another function, which is given the one that was there and its arguments."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        original = getattr(of, name)
        patch.setattr(of, name, lambda *args, **options: wrap(original, *args, **options))

    return plant


Render = Callable[..., HttpResponse]


def sent_with(**headers: Callable[[dict[str, Any]], object]) -> Planting:
    """More headers on the pages of children, of what the page is told."""

    def wrap(render: Render, request: HttpRequest, name: str, told: dict[str, Any]) -> HttpResponse:
        response = render(request, name, told)
        for header, value in headers.items():
            response[header.replace("_", "-")] = str(value(told))
        return response

    return instead(children, "render", wrap)


# --- Leaks ------------------------------------------------------------------------------
def kept_by_address(render: Render, request: HttpRequest, *told: object) -> HttpResponse:
    content = cache.get_or_set(request.path, lambda: render(request, *told).content)
    return HttpResponse(content)


def number_of_people(
    render: Render, request: HttpRequest, name: str, told: dict[str, Any]
) -> HttpResponse:
    response = render(request, name, told)
    response.content += f"1 of {User.objects.count()}".encode()
    return response


def number_of_hits(
    render: Render, request: HttpRequest, name: str, told: dict[str, Any]
) -> HttpResponse:
    response = render(request, name, told)
    hits = User.objects.filter(given_name=request.GET.get("q", "")).count()
    response.content += f"{hits} people found".encode()
    return response


def cookie_of_links(render: Render, *args: object) -> HttpResponse:
    response = render(*args)
    response.set_cookie("parents", str(ParentLink.objects.count()))
    return response


def newest_by_place(
    render: Render, request: HttpRequest, name: str, told: dict[str, Any]
) -> HttpResponse:
    def changed_there(item: Item) -> Any:
        return Item.objects.filter(place=item.place).aggregate(at=Max("changed_at"))["at"]

    if "newest" in told:
        told["newest"] = sorted(told["newest"], key=changed_there)
    return render(request, name, told)


def last_change(told: dict[str, Any]) -> str:
    times = Item.objects.filter(place=told.get("place")).aggregate(at=Max("changed_at"))
    return http_date(times["at"].timestamp()) if times["at"] else ""


def name_of_newest_file(send: Callable[..., Any], *args: object) -> Any:
    response = send(*args)
    newest = StoredFile.objects.latest("uploaded_at")
    response["Content-Disposition"] = f'attachment; filename="{newest.name}"'
    return response


def line_in_the_log(tell: Callable[..., dict[str, Any]], *args: object) -> dict[str, Any]:
    told = tell(*args)
    return told | {"refusal": f"{told['refusal']} (No. {AuditEvent.objects.latest('pk').pk})"}


def whose_code_it_was(
    tell: Callable[..., dict[str, Any]], refusal: object, typed: str
) -> dict[str, Any]:
    digests = code_vault.digests(code_text.read(typed))
    student = User.objects.filter(parent_codes__digest__in=digests).first()
    told = tell(refusal, typed)
    return told | {"title": f"{told['title']}: {student.full_name}"} if student else told


def forbidden(load: Callable[..., Viewer], request: Any, pk: uuid.UUID) -> Viewer:
    try:
        return load(request, pk)
    except Unseen as unseen:
        if User.objects.filter(pk=pk).exists():
            raise PermissionDenied from unseen
        raise


def mean(context: Callable[..., dict[str, Any]], viewer: Viewer, item: Item) -> dict[str, Any]:
    points = Answer.objects.filter(question__assessment=item.pk).aggregate(mean=Avg("points"))
    return context(viewer, item) | points


def anybodys(_attempts: object, _viewer: Viewer) -> QuerySet[Attempt]:
    return Attempt.objects.filter(submitted_at__isnull=False).order_by("-submitted_at")


def everybodys(_unread: object, _viewer: Viewer) -> QuerySet[Notice]:
    return Notice.objects.filter(kind=NoticeKind.PARENT_LINKED, person=None).order_by("-at")


def with_the_class(send: Callable[..., bool], user: User, subject: str, body: str) -> bool:
    student = ParentLink.objects.filter(parent=user).values("student")
    places = Membership.objects.filter(user__in=student).values("place")
    members = User.objects.filter(memberships__place__in=places).distinct()
    return send(user, subject, body + "\n".join(sorted(one.full_name for one in members)))


def any_place(_places: object, _viewer: Viewer) -> QuerySet[Any, Any]:
    return Place.objects.values("pk")


def taken(clean: Callable[[AddressForm], str], form: AddressForm) -> str:
    if proved_owner(form.cleaned_data["email"]):
        raise forms.ValidationError("This address is taken.")
    return clean(form)


def number_in_address(_redirect: object, to: str) -> HttpResponse:
    return redirect(f"/{to}/?of={Membership.objects.count()}")


def both(*plantings: Planting) -> Planting:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for each in plantings:
            each(patch)

    return plant


ITEM, PLACE = "web/children/item.html", "web/children/place.html"
PROFILE, ROWS = "web/children/profile.html", "web/children/rows.html"

LEAKS = [
    Leak(
        "how many are in a place",
        written(PLACE, "<h1>{{ place.name }}</h1>", "{{ place.memberships.count }}"),
        ("child_place",),
    ),
    Leak(
        "the student who wrote a page",
        written(ITEM, "<h1>{{ item.title }}</h1>", "{{ item.created_by.full_name }}"),
        ("child_item",),
    ),
    Leak(
        "the other adult's name",
        written(
            PROFILE,
            "{% for link in others %}",
            "{% for link in child.links_to_parents.all %}{{ link.parent.full_name }}{% endfor %}",
        ),
        ("child",),
    ),
    Leak(
        "a place among what is hidden",
        written(
            ROWS,
            '<span class="row-title">{{ branch.item.title }}</span>',
            "{{ branch.item.position }}",
        ),
        ("child_place",),
    ),
    Leak(
        "a group without the child", instead(Viewer, "childs_places", any_place), ("child_place",)
    ),
    Leak(
        "what is newest, by what is hidden",
        instead(children, "render", newest_by_place),
        ("child",),
    ),
    Leak(
        "the mean of the class",
        both(
            instead(pages_of_tests, "context", mean),
            written(ITEM, "<h1>{{ item.title }}</h1>", "{{ mean }}"),
        ),
        ("child_item",),
    ),
    Leak("another's answers", instead(access, "visible_attempts", anybodys), ("child_item",)),
    Leak("how many people there are", instead(children, "render", number_of_people), ("children",)),
    Leak("who is found by a name", instead(children, "render", number_of_hits), ("children",)),
    Leak("a page kept by its address", instead(children, "render", kept_by_address), ("children",)),
    Leak("when anything changed", sent_with(Last_Modified=last_change), ("child_place",)),
    Leak(
        "a tag of all that a page might show",
        sent_with(ETag=lambda _told: Item.objects.aggregate(Sum("version"))),
        ("child",),
    ),
    Leak("a number in a cookie", instead(children, "render", cookie_of_links), ("children",)),
    Leak("a number in an address", instead(home, "redirect", number_in_address), ("dashboard",)),
    Leak(
        "the newest file, in a header", instead(files, "send", name_of_newest_file), ("child_file",)
    ),
    Leak("a number of the audit log", instead(join, "_told", line_in_the_log), ("join",)),
    Leak("whose code it was", instead(join, "_told", whose_code_it_was), ("join_look",)),
    Leak(
        "that there is another child", instead(children, "parent_viewer_of", forbidden), ("child",)
    ),
    Leak("news of another child", instead(noticing, "unread", everybodys), ("children",)),
    Leak("the class, in a mail", instead(mailing, "_send", with_the_class), ("news",)),
    Leak("whose address it is", instead(AddressForm, "clean_email", taken), ("account_email",)),
]


# --- Each is noticed --------------------------------------------------------------------
@dataclass
class Worlds:
    """What is sent in the world as it was, by leak; the database is as others have changed it."""

    comparison: Comparison
    before: dict[str, Sent]


@pytest.fixture(scope="module")
def _rules_alone() -> Iterator[None]:
    """On PostgreSQL the second lock would keep some of the leaks from telling anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second_lock, "on", lambda *_who: nullcontext())
        yield


def asks_about(comparison: Comparison, leak: Leak) -> list[Ask]:
    out_of_sight = hidden(comparison.world.north, PAULA)
    pages = (*leak.pages, "nothing")
    return [
        *comparison.asks(PAULA, *leak.pages),
        *(ask for ask in out_of_sight if ask.page in pages),
    ]


def sent_with_leak(comparison: Comparison, leak: Leak, patch: pytest.MonkeyPatch) -> Sent:
    asks = asks_about(comparison, leak)
    leak.plant(patch)
    return comparison.sent(PAULA, asks)


@pytest.fixture(scope="module")
def worlds(
    _world_rows: None,
    _rules_alone: None,
    _snapshot: Snapshot,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Worlds]:
    with comparing(_snapshot, django_db_blocker) as comparison:
        before = {}
        for leak in LEAKS:
            forget()
            with pytest.MonkeyPatch.context() as patch:
                before[leak.what] = sent_with_leak(comparison, leak, patch)
        do_all(Rest(comparison.world, PAULA))
        yield Worlds(comparison, before)


def noticed(worlds: Worlds, leak: Leak, patch: pytest.MonkeyPatch) -> list[str]:
    """What the comparison finds with this leak in the application."""
    forget()
    with undone(), pytest.MonkeyPatch.context() as meanwhile:
        leak.plant(meanwhile)
        do(Rest(worlds.comparison.world, PAULA), look_around, 0, "")
    after = sent_with_leak(worlds.comparison, leak, patch)
    return [*differing(worlds.before[leak.what], after), *told_apart(after)]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.what)
def test_f6_a_leak_is_noticed(worlds: Worlds, leak: Leak, monkeypatch: pytest.MonkeyPatch) -> None:
    assert noticed(worlds, leak, monkeypatch)


def test_f6_without_a_leak_nothing_is(worlds: Worlds) -> None:
    comparison = worlds.comparison
    asks = comparison.asks(PAULA, *(page for leak in LEAKS for page in leak.pages))
    assert not differing(comparison.before(PAULA), comparison.sent(PAULA, asks))
    assert not told_apart(comparison.sent(PAULA, hidden(comparison.world.north, PAULA)))
