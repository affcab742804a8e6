"""What happens along with a change of account, and what others may hear of it."""

from typing import Any

from allauth.account.signals import email_changed
from django.contrib.auth import update_session_auth_hash
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from classkey.accounts.models import User

# Sent with `user` when somebody becomes or stops being an administrator. The audit
# log listens: it is the school's, which this app knows nothing of.
administrator_changed = Signal()


@receiver(email_changed)
def keep_only_this_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A change of address ends every session but the one that made it (P2)."""
    if request.user == user:
        update_session_auth_hash(request, user)
