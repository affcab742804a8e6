"""Forms for marking tests (C5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from classkey.school.assessing import scoring
from classkey.school.models import Answer
from classkey.web.forms.assessments import Number


class MarkForm(forms.Form):
    """Points and a remark for one answer; a page holds many."""

    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 1, "class": "remark"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ["points", "remark", "seen"]
    use_required_attribute = False  # of many, some may stay empty

    def __init__(self, answer: Answer, data: Mapping[str, Any] | None = None) -> None:
        given = {"points": answer.points, "remark": answer.remark, "seen": answer.version}
        sent = None if data is None else dict(data.items())
        super().__init__(sent, prefix=str(answer.pk), initial=given, label_suffix="")
        self.answer = answer
        self.has_changed_meanwhile = False
        most = scoring.as_text(answer.question.points)
        out = _("Give between 0 and %(most)s points.") % {"most": most}
        self.fields["points"] = Number(
            label=_("Points (of %(most)s)") % {"most": most},
            min_value=0,
            max_value=answer.question.points,
            max_digits=5,
            decimal_places=2,
            error_messages={"min_value": out, "max_value": out, "required": _("Give points, too.")},
        )
        self.order_fields(self.field_order)
        for name in ("points", "remark"):
            self.fields[name].widget.attrs["aria-describedby"] = f"state-{answer.pk}"

    @property
    def is_untouched(self) -> bool:
        """Was nothing typed, or what is there already? Of a form that was sent."""
        return set(self.changed_data) <= {"seen"}

    @property
    def says(self) -> str:
        """What is wrong, in a line; empty if nothing is, or nothing was sent."""
        return " ".join(str(each) for told in self.errors.values() for each in told)

    def knows(self, answer: Answer) -> None:
        """Note that whoever sent this has read the answer as it stands now."""
        self.answer = answer
        self.data = {**self.data, self.add_prefix("seen"): str(answer.version)}


def mark_forms(answers: Iterable[Answer], data: QueryDict) -> list[MarkForm]:
    """Return the forms that were sent, for those of the answers that they are about."""
    return [MarkForm(answer, data) for answer in answers if f"{answer.pk}-seen" in data]


def answers_named(data: QueryDict) -> list[int]:
    """Return the keys of the answers that a form was sent for."""
    names = (name.removesuffix("-seen") for name in data if name.endswith("-seen"))
    return [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 18]
