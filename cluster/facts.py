"""Run with the cluster's settings, at the end: what is in the database, as JSON."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import django
from django.conf import settings


def main() -> None:
    """Write what is there of the newcomers, of their codes, and of the sheets."""
    from django.db.models import Count, Q

    from classkey.accounts.models import User
    from classkey.school.errors import Reason
    from classkey.school.models import (
        AuditAction,
        AuditEvent,
        Code,
        Membership,
        Redemption,
        SheetPart,
    )

    newcomers = User.objects.filter(username__startswith="newcomer-")
    memberships = Membership.objects.live().filter(user__in=newcomers)
    redemptions = Redemption.objects.filter(user__in=newcomers)
    limited = Code.objects.filter(pk__in=redemptions.values("code")).exclude(max_uses=None)
    lines = AuditEvent.objects.filter(actor__in=newcomers.values("pk"))
    entered = lines.filter(action=AuditAction.CODE_REDEEMED)
    wrong = lines.filter(action=AuditAction.CODE_REFUSED, detail=Reason.UNKNOWN)
    parts = SheetPart.objects.annotate(
        pages=Count("sheets", filter=Q(sheets__voided_at=None)),
        living=Count("sheets", filter=Q(sheets__code__in=Code.objects.live())),
    )
    found: dict[str, Any] = {
        "memberships": _pairs(memberships.values_list("user", "place")),
        "redemptions": _pairs(redemptions.values_list("user", "code")),
        "entered": _pairs(entered.values_list("actor", "place")),
        "uses": {str(code.pk): code.uses for code in limited},
        "wrong_codes": wrong.count(),
        "parts": [
            {
                "run": str(part.run_id),
                "message_id": f"<{part.pk}.{part.series}@{settings.HOST}>",
                "state": str(part.state),
                "in_doubt": part.in_doubt,
                "attempts": part.attempts,
                "pages": part.pages,
                "living": part.living,
            }
            for part in parts
        ],
    }
    json.dump(found, sys.stdout)


def _pairs(rows: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [(str(one), str(other)) for one, other in rows]


if __name__ == "__main__":
    django.setup()
    main()
