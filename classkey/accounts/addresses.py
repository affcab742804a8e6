"""E-mail addresses: which are proved, and what an unproved one may not do (P2).

An address that somebody typed is a *claim* (an unverified `EmailAddress` row) until
the code mailed to it comes back. Any number of people may claim an address; one has
it, and proving it ends every other claim. Mail goes to proved addresses only.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from classkey.accounts.models import Role, User


def proved_address(user: User) -> str | None:
    """THE address to which mail for this person may go, if there is one (P2, F2)."""
    row = EmailAddress.objects.filter(user=user, verified=True).first()
    return str(row.email) if row else None


def proved_owner(address: str) -> User | None:
    """The person who has proved this address."""
    return User.objects.filter(
        emailaddress__email=address.strip().lower(), emailaddress__verified=True
    ).first()


def able(users: QuerySet[User]) -> QuerySet[User]:
    """Those of `users` who may do anything at all (P2, P7).

    Active, and with a proved address; a student needs none.
    """
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    return users.filter(Q(role=Role.STUDENT) | Exists(proved), is_active=True)


@transaction.atomic
def set_proved_address(user: User, address: str) -> None:
    """Give `user` an address that was proved elsewhere (an import, the demo); ends other claims."""
    address = address.strip().lower()
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    user.email = address
    user.save(update_fields=["email"])
    end_other_claims(user, address)


def end_other_claims(owner: User, address: str) -> None:
    """The address is `owner`'s now: nobody else's account carries it any more (P2)."""
    EmailAddress.objects.filter(email=address).exclude(user=owner).delete()
    User.objects.filter(email=address).exclude(pk=owner.pk).update(email="")


def has_claim(user: User) -> bool:
    """Is there an address of this person's still to be proved?"""
    return bool(EmailAddress.objects.filter(user=user, verified=False).exists())


@transaction.atomic
def drop_claims(user: User) -> None:
    """Forget the addresses that `user` typed and did not prove."""
    EmailAddress.objects.filter(user=user, verified=False).delete()
    user.email = proved_address(user) or ""
    user.save(update_fields=["email"])
