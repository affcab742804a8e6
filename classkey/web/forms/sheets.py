"""The form that asks for parent-code sheets (F2)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets.runs import Whom


class SheetsForm(forms.Form):
    """For whom, and on which paper."""

    whom = forms.TypedChoiceField(
        label=_("A sheet for"),
        choices=[
            (Whom.ALL, _("every student here")),
            (Whom.NOT_YET_LINKED, _("students with no linked parent yet")),
        ],
        coerce=Whom,
        initial=Whom.ALL,
        widget=forms.RadioSelect,
    )
    paper = forms.TypedChoiceField(
        label=_("Paper"), choices=PaperSize.choices, coerce=PaperSize, initial=PaperSize.A4
    )
