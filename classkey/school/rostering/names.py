"""Reading a pasted list of names (P6). Pure."""

import re
from dataclasses import dataclass

from classkey.accounts.names import tidy_name

MOST = 200
"""Names in one list: more than a class, less than a mistake."""

LONGEST = 100
"""Characters of a first or a family name."""


@dataclass(frozen=True)
class Name:
    """A student's name, as OneRoster has it: given and family."""

    given: str
    family: str

    @property
    def whole(self) -> str:
        """The name as people read it."""
        return f"{self.given} {self.family}".strip()


class Unreadable(ValueError):
    """A line of the list that is no name; `line` is that line."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


def read(text: str) -> list[Name]:
    """Return the names in a list, one a line, in its order; the same one twice only once.

    A line is "Ada Okafor", "Okafor, Ada" or, from a spreadsheet, two cells with the given name
    first. Numbers and bullets before a name are left out, and lines without a letter. Raises
    Unreadable for a line that no name can be, and ValueError for more than `MOST` names.
    """
    lines = [line for line in text.splitlines() if any(sign.isalpha() for sign in line)]
    names = list(dict.fromkeys(_name(line) for line in lines))
    if len(names) > MOST:
        raise ValueError(len(names))
    return names


def _name(line: str) -> Name:
    plain = re.sub(r"^[\W\d_]+", "", line)
    if "\t" in plain:
        given, _tab, family = plain.partition("\t")
    elif re.search("[,;，]", plain):
        family, given = re.split("[,;，]", plain, maxsplit=1)
    else:
        given, _space, family = tidy_name(plain).rpartition(" ")
        given, family = (given, family) if given else (family, "")
    name = Name(tidy_name(given), tidy_name(family))
    if not name.given or max(len(name.given), len(name.family)) > LONGEST or "@" in line:
        raise Unreadable(line.strip())
    return name
