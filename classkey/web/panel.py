"""What the Codes Management panel's address asks for: filters, order and page (K9)."""

import uuid
from collections.abc import Sequence

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from classkey.school import code_panel, code_text
from classkey.school.code_text import CodeKind
from classkey.school.models import Code, Place

KINDS = {"": _("All kinds"), CodeKind.REGISTRATION: _("Registration"), CodeKind.PARENT: _("Parent")}
ORDERS = {
    "newest": (_("Newest first"), ["-created_at"]),
    "expiry": (_("Next to expire"), ["expires_at"]),
    "place": (_("By place"), ["place__root__name", "place__name"]),
    "uses": (_("Most used"), ["-came_in"]),
}
ROWS = 100
LONGEST_TEXT = 60

_LETTERS = code_text.ALPHABET + code_text.ALPHABET.lower()
NOT_A_CODE = rf"(?!\s*([{_LETTERS}][\s\-]*){{9,12}}$).*"
"""For a box whose text goes into an address, where a code must never be (K6)."""


class Filters:
    """What the panel's address asks for; what it does not know it passes over."""

    kinds = KINDS
    orders = {key: label for key, (label, _fields) in ORDERS.items()}
    longest_text, not_a_code = LONGEST_TEXT, NOT_A_CODE

    def __init__(self, query: QueryDict, places: Sequence[Place]) -> None:
        self.places = places
        self.kind = query.get("kind", "") if query.get("kind") in KINDS else ""
        self.place = next((p for p in places if str(p.pk) == query.get("place")), None)
        self.text = _searched(query.get("text", ""))
        self.order = query.get("order", "newest") if query.get("order") in ORDERS else "newest"
        self.run = _uuid(query.get("run", ""))
        self.number = query.get("page", "1")

    @property
    def query(self) -> str:
        """What they are in an address."""
        place = self.place.pk if self.place else None
        asked = {"kind": self.kind, "place": place, "text": self.text, "run": self.run}
        kept = {name: str(value) for name, value in asked.items() if value}
        return urlencode(kept | {"order": self.order})

    @property
    def narrow(self) -> bool:
        """Do they leave something out?"""
        return bool(self.kind or self.place or self.text or self.run)

    @property
    def fold(self) -> bool:
        """Do sheets of one run stand in one row? Not where only some of them may be found."""
        return not self.text and not self.run

    def page_of(self, codes: QuerySet[Code]) -> Page[Code]:
        """Return the page that was asked for."""
        if self.kind:
            codes = codes.filter(kind=self.kind)
        if self.place:
            codes = code_panel.within(codes, self.place)
        if self.run:
            codes = codes.filter(Q(run=self.run))
        codes = code_panel.search(codes, self.text)
        if self.fold:
            codes = code_panel.folded(codes)
        ordered = codes.order_by(*ORDERS[self.order][1], "pk")
        return Paginator(ordered, ROWS).get_page(self.number)


def _searched(text: str) -> str:
    text = text.replace("\0", "").strip()[:LONGEST_TEXT]
    code = code_text.read(text)
    return code[-4:] if code_text.kind_of(code) else text


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
