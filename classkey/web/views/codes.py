"""The Codes dialog and the Codes Management panel (K9)."""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.accounts.models import User
from classkey.school import code_panel, issuing, web_addresses
from classkey.school.access import Action, allowed, can
from classkey.school.errors import Refused, Unseen
from classkey.school.qr import qr_svg
from classkey.school.viewer import Viewer
from classkey.web.forms.codes import ParentCodeForm, RegistrationCodeForm
from classkey.web.panel import Filters
from classkey.web.requests import Request, viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Make a registration code; alone or in the dialog (K10)."""
    viewer = viewer_of(request)
    chosen = {"place": request.GET["place"]} if "place" in request.GET else {}
    form = RegistrationCodeForm(viewer, request.POST or None, initial=chosen)
    if form.is_valid():
        try:
            code = issuing.make_registration_code(viewer, form.cleaned_data["place"], form.terms())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("code", code.pk)
    return _dialog(request, "web/codes/new.html", {"form": form, "tab": "registration"})


@require_http_methods(["GET", "HEAD", "POST"])
def new_parent_code(request: Request) -> HttpResponse:
    """Make a parent code for one student (F1)."""
    viewer = viewer_of(request)
    students = _students(viewer)
    mine = request.user.pk if request.user.is_student else request.GET.get("student")
    form = ParentCodeForm(students, request.POST or None, initial={"student": mine})
    if form.is_valid():
        code = issuing.make_parent_code(viewer, form.cleaned_data["student"])
        return redirect("code", code.pk)
    return _dialog(request, "web/codes/new.html", {"form": form, "tab": "parent"})


def _students(viewer: Viewer) -> QuerySet[User]:
    students = allowed(viewer, Action.MAKE_PARENT_CODE, User)
    return students.order_by("family_name", "given_name", "pk")


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a code large, with its link and QR code, and who came in by it."""
    viewer = viewer_of(request)
    if code := code_panel.live_codes(viewer).filter(pk=pk).first():
        context: dict[str, object] = {"code": code}
        if can(viewer, Action.READ, code):
            context |= {
                "text": code.text,
                "link": web_addresses.join_link(code.text),
                "join_address": web_addresses.join_address_to_type(),
            }
    elif code := code_panel.all_codes(viewer).filter(pk=pk).first():
        context = {"code": code, "cause_of_death": code_panel.cause_of_death(code)}
    else:
        raise Unseen
    return _dialog(request, "web/codes/code.html", context)


@require_safe
def qr(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The QR code of a live code's link, as a picture; the address of the picture holds no code."""
    viewer = viewer_of(request)
    code = code_panel.live_codes(viewer).filter(pk=pk).first()
    if code is None or not can(viewer, Action.READ, code):
        raise Unseen
    return HttpResponse(qr_svg(web_addresses.join_link(code.text)), content_type="image/svg+xml")


@require_safe
def panel(request: Request) -> HttpResponse:
    """The Codes Management panel: live codes, and those that died lately."""
    viewer = viewer_of(request)
    filters = Filters(request.GET)
    dead = code_panel.recently_dead(viewer)[:50]
    context = {
        "filters": filters,
        "page": filters.page_of(code_panel.live_codes(viewer)),
        "dead": [(code, code_panel.cause_of_death(code)) for code in dead],
    }
    template = "web/codes/panel.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@require_POST
def delete(request: Request) -> HttpResponse:
    """Ask once, then delete one code or many (K2)."""
    viewer = viewer_of(request)
    try:
        pks = [uuid.UUID(pk) for pk in request.POST.getlist("code")]
    except ValueError as error:
        raise BadRequest from error
    if request.POST.get("confirmed"):
        gone = issuing.delete_codes(viewer, pks)
        messages.success(
            request, ngettext("%(count)s code is deleted.", "%(count)s codes are deleted.", gone)
            % {"count": gone},
        )  # fmt: skip
        return redirect("codes")
    codes = code_panel.live_codes(viewer).filter(pk__in=pks)
    return _dialog(request, "web/codes/delete.html", {"codes": codes})


def _dialog(request: Request, template: str, context: dict[str, object]) -> HttpResponse:
    """Render a whole page or, for the dialog, its main part alone."""
    return render(request, f"{template}#dialog" if request.htmx else template, context)
