"""What happens along with a change of account, and what others may hear of it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed
from django.contrib.auth import update_session_auth_hash
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from classkey.accounts.addresses import end_other_claims
from classkey.accounts.models import User

# Sent with `user` when somebody becomes or stops being an administrator, and `by` whom, if not by
# the server's command. The audit log listens: it is the school's, which this app knows nothing of.
administrator_changed = Signal()


@receiver(email_confirmed)
def give_to_one(email_address: EmailAddress, **_rest: Any) -> None:
    """The code came back: the address is one person's, and every other claim to it ends (P2)."""
    end_other_claims(email_address.user, email_address.email)


@receiver(email_changed)
def keep_only_this_session(request: HttpRequest, user: User, **_rest: Any) -> None:
    """A change of address ends every session but the one that made it (P2)."""
    if request.user == user:
        update_session_auth_hash(request, user)
