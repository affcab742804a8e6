"""What stands on a student's profile, whoever looks at it."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from classkey.accounts.models import User
from classkey.school.access import Action, PreparedForViewer, allowed
from classkey.school.assessing import results
from classkey.school.assessing.results import ProfileResult
from classkey.school.models import Item
from classkey.school.viewer import Viewer
from classkey.web.paths import Paths


@dataclass(frozen=True)
class Line:
    """A test that a student has submitted, and the `address` at which the viewer reads more of it;
    '' if that is not theirs.
    """

    result: ProfileResult
    address: str

    @property
    def item(self) -> Item:
        """The test."""
        return self.result.attempt.assessment.item


def results_of(viewer: Viewer, student: User, paths: Paths) -> list[Line]:
    """Return the tests on a student's profile, newest first; each leads who marks it to the
    answers, the student and their parents to the test.
    """
    found = results.on_profile(viewer, student)
    marked = set(_marked(viewer, student.pk))
    is_family = viewer.is_parent or viewer.user == student

    def address(result: ProfileResult) -> str:
        item = result.attempt.assessment.item
        if item.pk in marked:
            return reverse("attempt", args=[item.pk, result.attempt.pk])
        return paths.to(item) if is_family else ""

    return [Line(result, address(result)) for result in found]


@PreparedForViewer
def _marked(viewer: Viewer, student: uuid.UUID) -> QuerySet[Item, uuid.UUID]:
    """Those tests that the student took whose results the viewer may read."""
    run = allowed(viewer, Action.SEE_RESULTS, Item)
    return run.filter(assessment__attempts__student=student).order_by().values_list("pk", flat=True)
