"""Who is an administrator (P1)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.accounts.signals import administrator_changed


def appoint(user: User, by: User | None = None) -> None:
    """Make a teacher an administrator, by another one or, without `by`, by the server's command
    (P1); ValidationError says why it cannot be.
    """
    if not user.is_instructor:
        raise ValidationError(_("Only teachers can be administrators."))
    if not user.is_active:
        raise ValidationError(_("This account is deactivated."))
    if not proved_address(user):
        raise ValidationError(_("This account has no proved e-mail address yet."))
    _set(user, by, administrator=True)


def dismiss(user: User, by: User | None = None) -> None:
    """Let an administrator be a teacher again."""
    _set(user, by, administrator=False)


def _set(user: User, by: User | None, *, administrator: bool) -> None:
    user.is_administrator = administrator
    user.save(update_fields=["is_administrator"])
    administrator_changed.send(sender=User, user=user, by=by)
