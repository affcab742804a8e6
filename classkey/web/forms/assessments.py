"""Forms for making tests (C5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classkey.school.assessing import scoring
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft, Settings
from classkey.school.models import Assessment, Item, Question, QuestionKind
from classkey.web.forms.items import ItemForm


class TestForm(ItemForm):
    """Title and introduction of a new test."""

    class Meta:
        model = Item
        fields = ["title", "body"]
        labels = {"body": _("Introduction")}
        help_texts = {"body": _("What students read before they begin. May stay empty.")}
        widgets = {"body": forms.Textarea(attrs={"rows": 6})}


class SettingsForm(forms.ModelForm[Assessment]):
    """What is set for a whole test, in groups."""

    class Meta:
        model = Assessment
        fields = list(Settings.__dataclass_fields__)
        labels = {
            "passing_grade": _("Passing grade, in percent"),
            "show_points": _("Show how many points each question is worth"),
            "show_grade_to_students": _("Show students their points and grade"),
            "show_answers_to_students": _("Show students the right answers"),
            "show_grade_to_parents": _("Show parents their child's points and grade"),
            "show_answers_to_parents": _("Show parents the right answers"),
            "locked": _("Lock this test"),
        }
        widgets = {
            "passing_grade": forms.TextInput(attrs={"inputmode": "numeric", "class": "few"}),
        }

    def groups(self) -> list[tuple[str | Promise, str | Promise, list[BoundField]]]:
        """Return the fields under their headings, with what there is to know."""
        return [
            (title, told, [self[name] for name in names]) for title, told, names in SETTINGS_GROUPS
        ]

    def settings(self) -> Settings:
        """Return what was chosen; only of a valid form."""
        return Settings(**self.cleaned_data)


SETTINGS_GROUPS: list[tuple[str | Promise, str | Promise, list[str]]] = [
    (_("Points"), "", ["passing_grade", "show_points"]),
    (
        _("What students see"),
        _("After they have submitted. They always see their own answers."),
        ["show_grade_to_students", "show_answers_to_students"],
    ),
    (
        _("What parents see"),
        _(
            "Only while this test is green, and only after their own child has submitted: the "
            "questions and their child's answers. You choose whether they see more."
        ),
        ["show_grade_to_parents", "show_answers_to_parents"],
    ),
    (_("Lock"), "", ["locked"]),
]


class Number(forms.DecimalField):
    """A number as people type it: with a point or a comma."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "widget": forms.TextInput(attrs=dict(_NUMERIC))})

    def to_python(  # type: ignore[override] # the stubs take it for an IntegerField
        self, value: object
    ) -> Decimal | None:
        """Return the number, None if nothing was typed."""
        if value in self.empty_values:
            return None
        if (number := scoring.as_number(str(value))) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number

    def prepare_value(self, value: Any) -> Any:
        """Return what stands in the box."""
        return scoring.as_text(value) if isinstance(value, Decimal) else value


_NUMERIC = {"inputmode": "decimal", "autocomplete": "off", "class": "few"}


# --- Questions --------------------------------------------------------------------------
KINDS = [
    (QuestionKind.ONE_CHOICE, _("One answer of several is right. Marked by itself.")),
    (QuestionKind.SEVERAL_CHOICES, _("Students tick all that is right. Marked by itself.")),
    (QuestionKind.TRUE_FALSE, _("A statement to judge. Marked by itself.")),
    (QuestionKind.NUMBER, _("With a tolerance, if you like. Marked by itself.")),
    (QuestionKind.SHORT_TEXT, _("A word or two. Marked by itself if you list what is right.")),
    (QuestionKind.LONG_TEXT, _("Some sentences. You mark them.")),
]
"""The kinds of questions, with what there is to know before one chooses."""


class QuestionForm(forms.ModelForm[Question]):
    """A question; a long text has no more than this."""

    class Meta:
        model = Question
        fields = ["text", "points"]
        field_classes = {"points": Number, "number": Number, "tolerance": Number}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3}),
            "accepted": forms.Textarea(attrs={"rows": 3}),
        }

    def draft(self) -> QuestionDraft:
        """Return the question as it was written; only of a valid form."""
        return QuestionDraft(**self.cleaned_data)


class TrueFalseForm(QuestionForm):
    """What is true or false."""

    is_true = forms.TypedChoiceField(
        label=_("Right answer"),
        choices=[(True, _("True")), (False, _("False"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )

    class Meta(QuestionForm.Meta):
        fields = ["text", "is_true", "points"]


class NumberForm(QuestionForm):
    """What is answered by a number."""

    class Meta(QuestionForm.Meta):
        fields = ["text", "number", "tolerance", "points"]


class ShortTextForm(QuestionForm):
    """What is answered by a word or two."""

    class Meta(QuestionForm.Meta):
        fields = ["text", "accepted", "points"]


@dataclass
class ChoiceRow:
    """A choice as it stands in the form."""

    text: str = ""
    is_right: bool = False
    pk: str = ""
    error: str = ""

    def checked(self) -> ChoiceDraft | None:
        """Return the choice; None, and the `error` if there is one, for what is none."""
        try:
            text = forms.CharField(
                max_length=500,
                required=self.is_right,
                error_messages={"required": _("This is marked as right, but it is empty.")},
            ).clean(self.text)
            pk = forms.UUIDField(required=False).clean(self.pk)
        except ValidationError as error:
            self.error = " ".join(error.messages)
            return None
        return ChoiceDraft(text, self.is_right, pk) if text else None


ROWS = 4
MOST_ROWS = 50


class ChoicesForm(QuestionForm):
    """What is answered by ticking; the choices are rows beside Django's fields."""

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        written = [
            ChoiceRow(choice.text, choice.is_right, str(choice.pk))
            for choice in self.instance.choices.all()
        ]
        blank = [ChoiceRow() for _row in range(ROWS)]
        self.rows = (written or blank) if data is None else _typed_rows(data)

    @property
    def may_grow(self) -> bool:
        """Is there room for another choice?"""
        return len(self.rows) < MOST_ROWS

    def clean(self) -> None:
        """Check each choice; one that is empty and not right is left out."""
        self.choices = [draft for row in self.rows if (draft := row.checked())]
        if any(row.error for row in self.rows):
            self.add_error(None, _("Please look at the choices again."))

    def draft(self) -> QuestionDraft:
        """Return the question with its choices; only of a valid form."""
        return QuestionDraft(**self.cleaned_data, choices=self.choices)


def _typed_rows(data: QueryDict) -> list[ChoiceRow]:
    rights = set(data.getlist("right"))
    texts, pks = data.getlist("choice")[:MOST_ROWS], data.getlist("choice_pk")
    pks += [""] * len(texts)
    return [ChoiceRow(text, str(at) in rights, pks[at]) for at, text in enumerate(texts)]


FORMS: dict[str, type[QuestionForm]] = {
    QuestionKind.ONE_CHOICE: ChoicesForm,
    QuestionKind.SEVERAL_CHOICES: ChoicesForm,
    QuestionKind.TRUE_FALSE: TrueFalseForm,
    QuestionKind.NUMBER: NumberForm,
    QuestionKind.SHORT_TEXT: ShortTextForm,
    QuestionKind.LONG_TEXT: QuestionForm,
}


def with_one_more_row(data: QueryDict, question: Question) -> QuestionForm:
    """Return the form as it was typed, not judged yet, with another row for a choice."""
    form = ChoicesForm(instance=question, initial=data.dict())
    form.rows = _typed_rows(data)
    if form.may_grow:
        form.rows.append(ChoiceRow())
    return form
