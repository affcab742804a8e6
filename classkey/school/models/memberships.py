"""Who is in which place, with which permission (S2, S3)."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school import clock
from classkey.school.models.codes import Redemption
from classkey.school.models.places import Place


class Permission(models.IntegerChoices):
    """What a member may do; each includes the ones before it (S2)."""

    READ = 1, _("can read")
    EDIT = 2, _("can edit")
    ADMIN = 3, _("admin")


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships."""

    def live(self) -> "MembershipQuerySet":
        """Those that have not ended by themselves (K10)."""
        return self.filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=clock.today()))

    def admins(self) -> "MembershipQuerySet":
        """Those of admins."""
        return self.filter(permission=Permission.ADMIN)


class Membership(models.Model):
    """A person in a place.

    `given` is the permission given to them here; it is empty where they are here only
    as an admin of a place above. `permission` is the one in effect. Kept by
    `membership` alone.
    """

    place = models.ForeignKey(Place, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", db_index=False
    )
    permission = models.PositiveSmallIntegerField(choices=Permission)
    given = models.PositiveSmallIntegerField(choices=Permission, null=True)
    came_by = models.ForeignKey(Redemption, models.SET_NULL, null=True, related_name="memberships")
    joined_at = models.DateTimeField(default=timezone.now)
    ends_on = models.DateField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="one_membership_each"),
        ]
        indexes = [models.Index(fields=["place", "permission"], name="membership_place_permission")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_live(self) -> bool:
        """Has this membership not ended by itself?"""
        return self.ends_on is None or self.ends_on >= clock.today()


class Removal(models.Model):
    """Somebody was put out of a place: only a code made later lets them back in (K12)."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="removals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="removals")
    removed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="one_removal_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
