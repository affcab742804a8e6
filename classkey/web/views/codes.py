"""The Codes dialog and the Codes Management panel (K9)."""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.accounts.models import User
from classkey.school import code_panel, issuing, web_addresses
from classkey.school.access import Action, allowed, can
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Code
from classkey.school.qr import qr_svg
from classkey.school.viewer import Viewer
from classkey.web.forms.codes import ParentCodeForm, RegistrationCodeForm
from classkey.web.panel import Filters
from classkey.web.requests import Request, moment, page_before, viewer_of


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
        try:
            code = issuing.make_parent_code(viewer, form.cleaned_data["student"])
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("code", code.pk)
    return _dialog(request, "web/codes/new.html", {"form": form, "tab": "parent"})


def _students(viewer: Viewer) -> QuerySet[User]:
    students = allowed(viewer, Action.MAKE_PARENT_CODE, User)
    return students.order_by("family_name", "given_name", "pk")


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a code large, with its link and QR code, and who came in by it."""
    return _show(request, _get(viewer_of(request), pk))


def _get(viewer: Viewer, pk: uuid.UUID) -> Code:
    code = code_panel.all_codes(viewer).filter(pk=pk).first()
    if code is None:
        raise Unseen
    return code


def _show(request: Request, code: Code, **more: object) -> HttpResponse:
    context = _shown(code) | {"since": _now()} | more
    return _dialog(request, "web/codes/code.html", context)


def _shown(code: Code) -> dict[str, object]:
    """What a page about a code needs: where it is typed, or why it is dead. Not its text: what a
    template is given is written into error reports (K6).
    """
    if not (code.is_alive and code.can_be_opened):  # type: ignore[attr-defined]  # annotated
        return {"code": code, "cause_of_death": code_panel.cause_of_death(code)}
    return {"code": code, "join_address": web_addresses.join_address_to_type()}


@require_safe
def show_to_class(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a code to a whole class: legible from the back of the room, with how many came in and
    how long it still lives. Those two alone to the script that asks for them again and again.
    """
    code = _get(viewer_of(request), pk)
    if not code.is_for_a_class:
        raise Unseen
    context = _shown(code)
    template = "web/codes/class.html"
    if request.htmx:
        template += "#stage" if "cause_of_death" in context else "#now"
    return render(request, template, context)


@require_POST
def again(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a new code with the settings of one that died, and show it (K2)."""
    viewer = viewer_of(request)
    code = _get(viewer, pk)
    try:
        successor = issuing.make_successor(viewer, code)
    except Refused as refusal:
        return _show(request, code, refused=refusal.message)
    return redirect("code", successor.pk)


@require_safe
def qr(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The QR code of a live code's link, as a picture; the address of the picture holds no code."""
    viewer = viewer_of(request)
    code = code_panel.live_codes(viewer).filter(pk=pk).first()
    if code is None or not code.can_be_opened or not can(viewer, Action.READ, code):
        raise Unseen
    return HttpResponse(qr_svg(web_addresses.join_link(code.text)), content_type="image/svg+xml")


@require_safe
def panel(request: Request) -> HttpResponse:
    """The Codes Management panel: live codes, and those that died lately."""
    viewer = viewer_of(request)
    live = code_panel.live_codes(viewer)
    filters = Filters(request.GET, list(code_panel.places_of(live)))
    context = {
        "filters": filters,
        "page": filters.page_of(live),
        "chosen": request.GET.get("chosen") == "all",
        "since": _now(),
    }
    template = "web/codes/panel.html"
    if request.htmx:
        return render(request, template + ("#run" if filters.run else "#rows"), context)
    dead = code_panel.recently_dead(viewer)[:50]
    context["dead"] = [(code, code_panel.cause_of_death(code)) for code in dead]
    return render(request, template, context)


@require_safe
def came_in(request: Request) -> HttpResponse:
    """Who came in by which code since the page was made that asks for it, and asks again (K13)."""
    viewer = viewer_of(request)
    since = moment(request.GET.get("since", ""))
    if since is None:
        raise BadRequest
    context = {
        "codes": code_panel.entered_since(viewer, since),
        "runs": code_panel.runs_entered_since(viewer, since),
    }
    return render(request, "web/codes/came_in.html", context)


def _now() -> str:
    return timezone.now().isoformat()


@require_POST
def delete(request: Request) -> HttpResponse:
    """Ask once, then delete one code or many, a run of sheets at once (K2)."""
    viewer = viewer_of(request)
    try:
        pks = [uuid.UUID(pk) for pk in request.POST.getlist("code")]
        runs = [uuid.UUID(pk) for pk in request.POST.getlist("run")]
    except ValueError as error:
        raise BadRequest from error
    back = page_before(request, otherwise=reverse("codes"))
    if request.POST.get("confirmed"):
        gone = issuing.delete_codes(viewer, pks)
        messages.success(
            request, ngettext("%(count)s code is deleted.", "%(count)s codes are deleted.", gone)
            % {"count": gone},
        )  # fmt: skip
        return redirect(back)
    chosen = Q(pk__in=pks) | Q(run__in=runs)
    codes = code_panel.live_codes(viewer).filter(chosen)
    return _dialog(request, "web/codes/delete.html", {"codes": codes, "back": back})


def _dialog(request: Request, template: str, context: dict[str, object]) -> HttpResponse:
    """Render a whole page or, for the dialog, its main part alone."""
    return render(request, f"{template}#dialog" if request.htmx else template, context)
