"""Who is an administrator (P1)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.accounts.signals import administrator_changed


def appoint(user: User) -> None:
    """Make a teacher an administrator; ValidationError says why it cannot be."""
    if not user.is_instructor:
        raise ValidationError(_("Only teachers can be administrators."))
    if not user.is_active:
        raise ValidationError(_("This account is deactivated."))
    if not proved_address(user):
        raise ValidationError(_("This account has no proved e-mail address yet."))
    _set(user, administrator=True)


def dismiss(user: User) -> None:
    """Let an administrator be a teacher again."""
    _set(user, administrator=False)


def _set(user: User, *, administrator: bool) -> None:
    user.is_administrator = administrator
    user.save(update_fields=["is_administrator"])
    administrator_changed.send(sender=User, user=user)
