"""THE policy: who may see and do what (S2, S3, S5, S7, C2, F5, F6, F7 to F10, K9, A1).

Every rule is a queryset, so that the list and the predicate are one thing: what
`allowed(viewer, action, Model)` holds, `can(viewer, action, obj)` permits (of several
actions, `permitted`), and `get(viewer, Model, pk, action)` loads. Decided at each call from
the database as it stands (A2). The rules stand in `places`, `content`, `people`, `codes`,
`families` and `support`; `policy` says which of them answers for what.
"""

from classkey.school.access.actions import Action
from classkey.school.access.asking import PreparedForViewer
from classkey.school.access.codes import makeable, readable_codes, visible_codes, visible_sheet_runs
from classkey.school.access.content import deleted_items, visible_attempts, visible_items
from classkey.school.access.families import is_closed_to, students_without_codes
from classkey.school.access.people import (
    attempts_on_profile,
    courses_on_profile,
    teachers_on_profile,
    visible_memberships,
    visible_profiles,
)
from classkey.school.access.places import visible_places
from classkey.school.access.policy import allowed, can, get, permitted, require

__all__ = [
    "Action",
    "PreparedForViewer",
    "allowed",
    "attempts_on_profile",
    "can",
    "courses_on_profile",
    "deleted_items",
    "get",
    "is_closed_to",
    "makeable",
    "permitted",
    "readable_codes",
    "require",
    "students_without_codes",
    "teachers_on_profile",
    "visible_attempts",
    "visible_codes",
    "visible_items",
    "visible_memberships",
    "visible_places",
    "visible_profiles",
    "visible_sheet_runs",
]
