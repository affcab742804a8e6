"""Filter, order and page of the Codes Management panel, from its address (K9)."""

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from classkey.school.code_text import CodeKind
from classkey.school.models import Code

KINDS = {"": _("All kinds"), CodeKind.REGISTRATION: _("Registration"), CodeKind.PARENT: _("Parent")}
ORDERS = {
    "newest": (_("Newest first"), ["-created_at"]),
    "expiry": (_("Next to expire"), ["expires_at"]),
    "place": (_("By place"), ["place__root__name", "place__name"]),
    "uses": (_("Most used"), ["-came_in"]),
}


class Filters:
    """What the panel's address asks for; what it does not know it passes over."""

    def __init__(self, query: QueryDict) -> None:
        self.kind = query.get("kind", "") if query.get("kind") in KINDS else ""
        self.order = query.get("order", "newest") if query.get("order") in ORDERS else "newest"
        self.number = query.get("page", "1")

    kinds = KINDS
    orders = {key: label for key, (label, _fields) in ORDERS.items()}

    def page_of(self, codes: QuerySet[Code]) -> Page[Code]:
        """Return the page that was asked for, 100 codes a page."""
        if self.kind:
            codes = codes.filter(kind=self.kind)
        ordered = codes.order_by(*ORDERS[self.order][1], "pk")
        return Paginator(ordered, 100).get_page(self.number)
