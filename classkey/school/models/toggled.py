"""The two toggles (C2), as set and in effect."""

from django.db import models


class Toggled(models.Model):
    """Something with a blue and a green toggle.

    `members_see` and `parents_see` are as set; `shown_to_…` hold where the toggle is on
    here and on everything above, and are kept by `publishing` alone.
    """

    members_see = models.BooleanField(default=True)
    parents_see = models.BooleanField(default=False)
    shown_to_members = models.BooleanField(default=True, editable=False)
    shown_to_parents = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def blue_is_blocked(self) -> bool:
        """Is blue on here, but not in effect, because it is off above?"""
        return self.members_see and not self.shown_to_members

    @property
    def green_is_blocked(self) -> bool:
        """Is green on here, but not in effect, because it is off above?"""
        return self.parents_see and not self.shown_to_parents
