"""How a person's name is written down: any script, any language, no tricks."""

import unicodedata

# Persian and the languages of India spell with these two invisible joiners.
_JOINERS = {"\u200c", "\u200d"}


def tidy_name(text: str) -> str:
    """The name in one spelling: composed (NFC), single spaces, nothing invisible.

    Invisible characters can turn the reading order of a list or a sheet around,
    and let one name pass for another.
    """
    composed = unicodedata.normalize("NFC", text)
    visible = (
        " " if character.isspace() else character
        for character in composed
        if character in _JOINERS
        or character.isspace()
        or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs"}
    )
    return " ".join("".join(visible).split())
