"""The second factor's secrets, useless to whoever steals the database."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps authenticator secrets and recovery codes encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code is not right, or was used already. Please type the one shown now."
        ),
    }

    def encrypt(self, text: str) -> str:
        """What is stored in place of `text`."""
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text again."""
        return _vault().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Under which name an authenticator app lists the account."""
        return settings.SCHOOL_NAME or "Classkey"


def has_second_factor(user: User) -> bool:
    """Does signing in take this person more than a password?"""
    return bool(is_mfa_enabled(user))


@transaction.atomic
def reseal(authenticator: Authenticator) -> None:
    """Bring what is kept of a second factor under the newest key, as the codes are."""
    held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    for name in ("secret", "seed"):
        if name in held.data:
            held.data[name] = _vault().rotate(held.data[name].encode()).decode()
    held.save(update_fields=["data"])


def _vault() -> MultiFernet:
    """One key for each cipher key, newest first, so that both rotate together.

    Derived, not the same: what was encrypted as a second factor can never be passed
    off as a code, or the other way round. Not from SECRET_KEY, which may change on any
    day and would lock everybody out.
    """
    return MultiFernet([Fernet(_derived(key)) for key in settings.CODE_CIPHER_KEYS])


def _derived(key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"classkey.accounts.second_factor")
    return base64.urlsafe_b64encode(made.derive(base64.urlsafe_b64decode(key)))
