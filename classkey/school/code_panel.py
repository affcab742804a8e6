"""The Codes Management panel's lists (K9, K13)."""

import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school.access import Action, allowed, makeable
from classkey.school.models import Code, Redemption
from classkey.school.viewer import Viewer

REMEMBERED = datetime.timedelta(days=30)
"""How long the panel lists a dead code."""


def live_codes(viewer: Viewer) -> QuerySet[Code]:
    """Return the viewer's live codes, the newest first, with `came_in` and who came in."""
    return all_codes(viewer).filter(pk__in=_alive())


def recently_dead(viewer: Viewer) -> QuerySet[Code]:
    """Return the codes that died lately, the newest first."""
    since = timezone.now() - REMEMBERED
    dead = all_codes(viewer).exclude(pk__in=_alive())
    return dead.filter(Q(deleted_at__gte=since) | Q(deleted_at=None, expires_at__gte=since))


def _alive() -> QuerySet[Code, Any]:
    return makeable(Code.objects.live()).values("pk")


def all_codes(viewer: Viewer) -> QuerySet[Code]:
    """Return every code that the viewer may see, dead ones too, as the lists show them: with
    `came_in`, and whether it `is_readable` in full.
    """
    redemptions = Redemption.objects.select_related("user").order_by("-redeemed_at")
    return (
        allowed(viewer, Action.SEE, Code)
        .select_related("place__root", "student", "created_by")
        .annotate(
            came_in=Count("redemptions"),
            is_readable=Exists(allowed(viewer, Action.READ, Code).filter(pk=OuterRef("pk"))),
        )
        .prefetch_related(Prefetch("redemptions", redemptions))
        .order_by("-created_at", "pk")
    )


def cause_of_death(code: Code) -> str:
    """Say why a dead code is dead."""
    if code.deleted_at is not None:
        return _("Deleted")
    if code.is_expired:
        return _("Expired")
    if code.is_used_up:
        return _("Used up")
    return _("Its maker may not make it any more")
