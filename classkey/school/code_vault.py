"""What a code looks like at rest (K6): a digest to find it by, a ciphertext to show it again.

Neither is of use to a thief of the database: both keys are outside it. Keys rotate:
the newest comes first, older ones still find and open what they made.
"""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def digest(text: str) -> bytes:
    """Return the keyed digest (HMAC-SHA-256, 32 bytes) that a new code is stored under."""
    return digests(text)[0]


def digests(text: str) -> list[bytes]:
    """Return every digest that a code with this normalised text may be stored under."""
    return [
        hmac.digest(key.encode(), text.encode(), hashlib.sha256)
        for key in settings.CODE_DIGEST_KEYS
    ]


def seal(text: str) -> bytes:
    """Return the ciphertext of a code."""
    return _cipher().encrypt(text.encode())


def unseal(ciphertext: bytes) -> str:
    """Return the normalised code in a ciphertext; raises InvalidToken if no key opens it."""
    return _cipher().decrypt(ciphertext).decode()


def can_unseal(ciphertext: bytes) -> bool:
    """Tell whether one of the keys opens a ciphertext."""
    try:
        unseal(ciphertext)
    except InvalidToken:
        return False
    return True


def resealed(ciphertext: bytes) -> tuple[bytes, bytes]:
    """Return the digest and a ciphertext of a code under the newest keys; the ciphertext as it is
    where it is under the newest one already. Raises InvalidToken as `unseal`.
    """
    text = unseal(ciphertext)
    try:
        Fernet(settings.CODE_CIPHER_KEYS[0]).decrypt(ciphertext)
    except InvalidToken:
        ciphertext = seal(text)
    return digest(text), ciphertext


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CODE_CIPHER_KEYS])
