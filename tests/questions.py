"""A question of each of the six kinds (C5), and tests of them that students can take."""

from collections.abc import Mapping
from decimal import Decimal

from classkey.accounts.models import User
from classkey.school import publishing
from classkey.school.assessing import writing
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft
from classkey.school.models import Item, Place, QuestionKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer

TWO, DEUX, THREE = (
    ChoiceDraft("Two", is_right=True),
    ChoiceDraft("Deux", is_right=True),
    ChoiceDraft("3"),
)
SIX = {
    QuestionKind.ONE_CHOICE: QuestionDraft("1 + 1?", Decimal(2), (TWO, THREE)),
    QuestionKind.SEVERAL_CHOICES: QuestionDraft("Again?", Decimal(2), (TWO, DEUX, THREE)),
    QuestionKind.TRUE_FALSE: QuestionDraft("Really?", is_true=True),
    QuestionKind.NUMBER: QuestionDraft("Half of 5?", number=Decimal("2.5")),
    QuestionKind.SHORT_TEXT: QuestionDraft("In French?", accepted="deux"),
    QuestionKind.LONG_TEXT: QuestionDraft("Why?", Decimal(3)),
}
"""Ten points together."""


def open_test(
    teacher: User, place: Place, drafts: Mapping[QuestionKind, QuestionDraft] = SIX
) -> Item:
    """Make a test that members see, and that nobody has begun."""
    viewer = Viewer(teacher)
    test = writing.make_test(viewer, place, None, title="Six")
    for kind, draft in drafts.items():
        writing.add_question(viewer, test, kind, draft)
    publishing.flip(viewer, test, Toggle.BLUE, on=True)
    return test
