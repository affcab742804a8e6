"""Who a name and a password stand for, and who a session stands for (P2)."""

import uuid
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from classkey.accounts import addresses, usernames
from classkey.accounts.models import User
from classkey.prepared import Prepared


class Backend(AuthenticationBackend):
    """allauth's, but an unproved address finds nobody, and proof is asked for at each request."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Find the person by proved address or by user name, and check the password.

        allauth would also look through unproved addresses, in both directions. A first
        password that is too old is a wrong one (P6).
        """
        # In its one spelling first: an "@" may be typed as a full-width one.
        login = usernames.normalise(credentials.get("email") or credentials.get("username") or "")
        if "@" in login:
            owner = addresses.proved_owner(login)
            # '' is nobody's name; the password is still hashed, to take the same time.
            username = owner.username if owner else ""
        else:
            username = login
        user: User | None = super().authenticate(
            request, username=username, password=credentials.get("password")
        )
        until = user.first_password_until if user else None
        return None if until and until < timezone.now() else user

    def get_user(self, user_id: Any) -> User | None:
        """The person a session stands for, in the one query that each request makes anyway.

        THE central guard of P2: an instructor, parent or administrator whose address
        is not (or no longer) proved is nobody, however they signed in.
        """
        return _able_person.first(uuid.UUID(str(user_id)))


@Prepared
def _able_person(pk: uuid.UUID) -> QuerySet[User]:
    return addresses.able(User.objects.filter(pk=pk))
