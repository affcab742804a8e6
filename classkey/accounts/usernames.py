"""User names: what children type to sign in (P2). Any script, small letters, never an address."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.utils.translation import gettext_lazy as _

LONGEST = 60
_ROOM_FOR_A_NUMBER = 20

# Letters that do not fall apart into a plain letter and an accent.
_PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae", "þ": "th"}
)


def letters_and_digits(username: str) -> None:
    """Raise unless `username` is letters and digits of any script, with single . - _ between."""
    parts = re.split(r"[._-]", username)
    if not all(part and all(unicodedata.category(c)[0] in "LMN" for c in part) for part in parts):
        raise ValidationError(
            _(
                "Please use letters and digits only, with single dots, hyphens or underscores "
                "between them. A user name is not an e-mail address."
            ),
            code="username_letters",
        )


# allauth runs these on every user name that a person chooses.
validators: list[Callable[[str], None]] = [
    MinLengthValidator(2, _("Please choose a user name of at least 2 characters.")),
    MaxLengthValidator(LONGEST, _("Please choose a user name of at most 60 characters.")),
    letters_and_digits,
]


def normalise(text: str) -> str:
    """The one spelling under which a user name is kept and looked up: NFKC, small letters."""
    return unicodedata.normalize("NFKC", text.strip()).lower()


def free_username(given_name: str, family_name: str) -> str:
    """A user name nobody has, made from a name and never from an address, which is private.

    Plain letters and digits, so that it can be typed on any keyboard; a name that
    has none becomes "user" and a number.
    """
    base = ".".join(filter(None, (_plain(given_name), _plain(family_name))))
    users = get_user_model().objects
    candidates = _candidates(base[: LONGEST - _ROOM_FOR_A_NUMBER])
    return next(name for name in candidates if not users.filter(username=name).exists())


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    return re.sub(r"[^a-z0-9]", "", decomposed)


def _candidates(base: str) -> Iterator[str]:
    """`base` alone, then with a number; random, so a number tells nothing of how many there are."""
    if len(base) > 1:
        yield base
    digits = 2 if base else 4
    while True:
        yield f"{base or 'user'}{secrets.randbelow(10**digits):0{digits}}"
        digits += 1
