"""What a code looks like (K5): alphabet, minting, checking, writing. Pure."""

import re
import secrets
import unicodedata
from enum import StrEnum

from stdnum.iso7064 import mod_37_36

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, so no words; no 0 O 1 I L, so no look-alikes."""

LONGEST_TYPED = 1_000
"""Characters of typed text that are looked at: a message with a code in it. Longer text is none."""


class CodeKind(StrEnum):
    """What a code is for (K1)."""

    REGISTRATION = "registration"
    PARENT = "parent"


LENGTH = {CodeKind.REGISTRATION: 9, CodeKind.PARENT: 12}
ABOUT_A_CODE = 15
"""Characters of what is meant for a code, though mistyped; longer text is a sentence."""
GROUP = {CodeKind.REGISTRATION: 3, CodeKind.PARENT: 4}


def mint(kind: CodeKind) -> str:
    """Return the text of a new random code of `kind`, its check character last."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH[kind] - 1))
    return body + mod_37_36.calc_check_digit(body, alphabet=ALPHABET)


def normalise(typed: str) -> str:
    """Return what somebody typed, in capitals and without spaces, dashes and invisible signs (K4).

    Text too long to be a code comes back as '', whatever it holds, so that a
    megabyte costs no more than a word.
    """
    if len(typed) > LONGEST_TYPED:
        return ""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in folded if unicodedata.category(sign) not in _PASSED_OVER)


_PASSED_OVER = {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Pc"}


def read(typed: str) -> str:
    """Return the code in what somebody typed or pasted, normalised: the whole of it or, in a
    sentence or a link, the one well-formed code there (K4). Without one, all that was typed.
    """
    text = normalise(typed)
    if not text or kind_of(text):
        return text
    folded = "".join(
        " " if unicodedata.category(sign) in _PASSED_OVER else sign
        for sign in unicodedata.normalize("NFKC", typed).upper()
    )
    found = {
        plain
        for written in _WRITTEN
        for match in written.finditer(folded)
        if kind_of(plain := match[1].replace(" ", ""))
    }
    return found.pop() if len(found) == 1 else text


_WRITTEN = [
    # Looked for ahead: what is taken for one code does not hide another that begins in it.
    re.compile(rf"(?<![^\W_])(?=((?:[{ALPHABET}]{{{size}}} *){{{length // size}}})(?![^\W_]))")
    for size, length in ((GROUP[kind], LENGTH[kind]) for kind in CodeKind)
]
"""A code as it is written, in groups, with no letter or digit right before or after it."""


def kind_of(text: str) -> CodeKind | None:
    """Return the kind of a normalised, well-formed code; None where it is mistyped."""
    for kind, length in LENGTH.items():
        if len(text) == length and mod_37_36.is_valid(text, alphabet=ALPHABET):
            return kind
    return None


def impossible_sign(text: str) -> str:
    """Return the first character of normalised text that no code holds; '' if there is none."""
    return next((sign for sign in text if sign not in ALPHABET), "")


def display(text: str) -> str:
    """Return a normalised, well-formed code as it is written: XXX-XXX-XXX or XXXX-XXXX-XXXX."""
    kind = kind_of(text)
    if kind is None:
        raise ValueError("Not a well-formed code.")
    size = GROUP[kind]
    return "-".join(text[at : at + size] for at in range(0, len(text), size))
