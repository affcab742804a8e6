"""The Codes Management panel's lists (K9, K13)."""

import datetime

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school.access import Action, allowed, makeable
from classkey.school.models import Code, Place, Redemption
from classkey.school.viewer import Viewer

REMEMBERED = datetime.timedelta(days=30)
"""How long the panel lists a dead code."""

_ALIVE = Q(is_alive=True)


def live_codes(viewer: Viewer) -> QuerySet[Code]:
    """Return the viewer's live codes, the newest first, as `all_codes` does."""
    return all_codes(viewer).filter(_ALIVE)


def recently_dead(viewer: Viewer) -> QuerySet[Code]:
    """Return the codes that died lately, the newest first."""
    since = timezone.now() - REMEMBERED
    dead = all_codes(viewer).exclude(_ALIVE)
    return dead.filter(Q(deleted_at__gte=since) | Q(deleted_at=None, expires_at__gte=since))


def all_codes(viewer: Viewer) -> QuerySet[Code]:
    """Return every code that the viewer may see, dead ones too, as the lists show them: with how
    many and who `came_in`, whether it `is_alive`, whether it `is_readable` in full, and the `run`
    of sheets that it was made in, if any (F2).
    """
    redemptions = Redemption.objects.select_related("user").order_by("-redeemed_at")
    alive = makeable(Code.objects.live())
    return (
        allowed(viewer, Action.SEE, Code)
        .select_related("place__root", "student", "created_by")
        .annotate(
            came_in=_how_many(Redemption.objects.filter(code=OuterRef("pk")), "code"),
            is_alive=Exists(alive.filter(pk=OuterRef("pk"))),
            is_readable=Exists(allowed(viewer, Action.READ, Code).filter(pk=OuterRef("pk"))),
            run=F("sheet__part__run"),
        )
        .prefetch_related(Prefetch("redemptions", redemptions))
        .order_by("-created_at", "pk")
    )


def _how_many(rows: QuerySet[Redemption], by: str) -> Coalesce:
    """Count beside the list instead of by grouping it, which would bar windows over it."""
    return Coalesce(rows.order_by().values(by).annotate(count=Count("pk")).values("count"), 0)


def cause_of_death(code: Code) -> str:
    """Say why a code of `all_codes` is dead, or of no use."""
    if code.deleted_at is not None:
        return _("Deleted")
    if code.is_expired:
        return _("Expired")
    if code.is_used_up:
        return _("Used up")
    if code.is_alive:  # type: ignore[attr-defined]  # annotated
        return _("The key that opens it is lost")
    return _("Its maker may not make it any more")


# --- What the panel finds, and how it lists it --------------------------------------


def places_of(codes: QuerySet[Code]) -> QuerySet[Place]:
    """Return the places that codes are of, each course or workspace with its groups after it."""
    places = Place.objects.filter(pk__in=codes.order_by().values("place")).select_related("root")
    return places.order_by("root__name", "root_id", F("parent").asc(nulls_first=True), "name")


def within(codes: QuerySet[Code], place: Place) -> QuerySet[Code]:
    """Return those of a place; of a course or workspace, all in it."""
    return codes.filter(Q(place=place) | Q(place__root=place))


def search(codes: QuerySet[Code], text: str) -> QuerySet[Code]:
    """Return those that all the words of `text` are found in: the names of place, student and
    maker, and the last four signs of the code. Never the code: it is not to be typed here (K6).
    """
    for word in text.split():
        codes = codes.filter(
            Q(place__name__icontains=word)
            | Q(place__root__name__icontains=word)
            | Q(student__given_name__icontains=word)
            | Q(student__family_name__icontains=word)
            | Q(created_by__given_name__icontains=word)
            | Q(created_by__family_name__icontains=word)
            | Q(last_four__iexact=word)
        )
    return codes


def folded(codes: QuerySet[Code]) -> QuerySet[Code]:
    """Return codes of `all_codes`, of each run of sheets only the one that dies first, with how
    many it stands for (`in_run`), and how many came in by those (`came_in_by_run`).
    """
    together = [Coalesce("run", "pk")]
    return codes.annotate(
        nth_in_run=Window(RowNumber(), partition_by=together, order_by=["expires_at", "pk"]),
        in_run=Window(Count("pk"), partition_by=together),
        came_in_by_run=Window(Sum("came_in"), partition_by=together),
    ).filter(nth_in_run=1)


# --- Who came in, live (K13) ----------------------------------------------------------


def entered_since(viewer: Viewer, since: datetime.datetime) -> QuerySet[Code]:
    """Return the codes, those dead by now too, that somebody came in by since then."""
    entered = Redemption.objects.filter(code=OuterRef("pk"), redeemed_at__gte=since)
    return all_codes(viewer).filter(Exists(entered))


def runs_entered_since(viewer: Viewer, since: datetime.datetime) -> QuerySet[Code]:
    """Return one code for each run of sheets that somebody came in by since then, as `folded`."""
    entered = entered_since(viewer, since).order_by()
    of_these = Q(run__in=entered.values("run"))  # type: ignore[misc]  # annotated
    return folded(live_codes(viewer).filter(of_these))
