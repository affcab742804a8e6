"""What is struck out of a text before it is kept where only operators read: a log, the traceback of
a job that broke (K6). Exceptions are other libraries' words, and quote what they were given.
"""

import re

from classkey.school import code_text
from classkey.school.code_text import CodeKind

_SIGN = f"[{code_text.ALPHABET}{code_text.ALPHABET.lower()}]"
_BETWEEN = r"(?:(?:%(?:25)*[0-9A-Fa-f]{2}){1,3}|[-‐-―_.+ \u00a0])"
"""One sign that may stand between the groups of a code, behind an address percent-encoded."""

_LIKE_A_CODE = [
    # Looked for ahead: what looks like one does not hide another that begins in it.
    re.compile(
        r"(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))"
        rf"(?=({_SIGN}{{{size}}}(?:{_BETWEEN}?{_SIGN}{{{size}}}){{{length // size - 1}}})(?![\w-]))"
    )
    for size, length in ((code_text.GROUP[kind], code_text.LENGTH[kind]) for kind in CodeKind)
]

_APART = r"\s\"'<>()\[\]{},;:=@/"
_MAIL_ADDRESS = re.compile(
    rf"(?:(?<![^{_APART}])[^{_APART}](?:[^{_APART}]|'(?=[^{_APART}])){{0,319}}|\"[^\"\n]{{1,320}}\")"
    r"(?:@|%40)(?:\w(?:[\w.-]{0,254}\w)?|\[[^\]\s]{1,254}\])"
)
"""Bounded, and begun at the start of a word only: a long text takes no longer than it is long."""

_ROWS = re.compile(
    r"(?<![A-Z])(DETAIL|LINE \d+):.+?"
    r"(?=\n+(?:Traceback |The above |During handling |HINT:|CONTEXT:)|\Z)",
    re.DOTALL,
)
"""Where PostgreSQL quotes values: of a row (which may run over lines), or of the statement."""


def codes(text: str) -> str:
    """Return a text with each code in it struck out but for its last four characters: somebody may
    have put one where none belongs, such as behind our address.
    """
    for written in _LIKE_A_CODE:
        behind = len(text)
        for found in reversed(list(written.finditer(text))):
            plain = re.sub(_BETWEEN, "", found[1]).upper()
            if code_text.kind_of(plain):
                end = min(found.end(1), behind)
                behind = found.start(1)
                text = f"{text[:behind]}[code …{plain[-4:]}]{text[end:]}"
    return text


def all_of(text: str) -> str:
    """Return a text without codes, e-mail addresses, and the values that PostgreSQL quotes."""
    return codes(_MAIL_ADDRESS.sub("[address]", _ROWS.sub(r"\1: [struck out]", text)))
