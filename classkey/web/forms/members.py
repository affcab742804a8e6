"""Forms of the members page (S2, S6)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.school.membership import permissions_for
from classkey.school.models import Permission, Place


def permission_field() -> forms.TypedChoiceField:
    """The choice of a permission."""
    return forms.TypedChoiceField(
        label=_("Permission"),
        choices=Permission.choices,
        coerce=lambda value: Permission(int(value)),
        initial=Permission.READ,
    )


class PermissionForm(forms.Form):
    """What a member may do."""

    permission = permission_field()


class People(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A choice of people."""

    def label_from_instance(self, obj: User) -> str:
        """The person's name."""
        return obj.full_name


class AddForm(forms.Form):
    """Members of the place above, to add to a group (S6).

    Offers the permissions that at least one of them can be given (S2).
    """

    people = People(
        label=_("Who?"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one person.")},
    )
    permission = permission_field()

    def __init__(self, place: Place, candidates: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = candidates  # type: ignore[attr-defined]
        for_some = {each for one in candidates for each in permissions_for(place, one)}
        if for_some:
            self.fields["permission"].choices = [  # type: ignore[attr-defined]
                (each.value, each.label) for each in Permission if each in for_some
            ]
