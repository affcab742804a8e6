"""The members page of a place (S2, S5, S6)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.school import access, linking, membership
from classkey.school.access import Action, can
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Membership, Place
from classkey.school.viewer import Viewer
from classkey.web.forms.members import AddForm, PermissionForm
from classkey.web.requests import Request, viewer_of


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """List who is in a place; what else stands there depends on who looks (S5)."""
    viewer = viewer_of(request)
    return _page(request, viewer, access.get(viewer, Place, pk, Action.SEE_MEMBERS), None)


def _page(request: Request, viewer: Viewer, place: Place, add_form: AddForm | None) -> HttpResponse:
    rows = access.visible_memberships(viewer).filter(place=place)
    may_manage = can(viewer, Action.MANAGE, place)
    may_make_sheets = can(viewer, Action.MAKE_SHEETS, place)
    if may_manage and place.is_group and add_form is None:
        add_form = AddForm(place, membership.candidates(viewer, place))
    listed = rows.select_related("user", "came_by__code__created_by").order_by(
        "-permission", "user__family_name", "user__given_name", "pk"
    )
    linked = linking.linked_adults(place) if may_make_sheets else {}
    students = [row.user for row in listed if row.user.is_student] if may_make_sheets else []
    context = {
        "place": place,
        "chain": place.chain(),
        "not_linked": [student for student in students if student.pk not in linked],
        "rows": [(row, membership.permissions_for(place, row.user)) for row in listed],
        "may_manage": may_manage,
        "may_make_sheets": may_make_sheets,
        "may_enrol": can(viewer, Action.ENROL, place),
        "linked": linked,
        "add_form": add_form,
        "my_membership": rows.filter(user=request.user).first(),
    }
    return render(request, "web/members/members.html", context)


@require_POST
def add(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Add members of the place above to a group (S6)."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MANAGE)
    form = AddForm(place, membership.candidates(viewer, place), request.POST)
    if not form.is_valid():
        return _page(request, viewer, place, form)
    try:
        added = membership.add_from_above(
            viewer, place, form.cleaned_data["people"], form.cleaned_data["permission"]
        )
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
        return _page(request, viewer, place, form)
    messages.success(request, _("People added: %(count)s") % {"count": added})
    return redirect("members", place.pk)


@require_POST
def change(request: Request, pk: uuid.UUID, person: uuid.UUID) -> HttpResponse:
    """Change what a member may do (S2)."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MANAGE)
    row = _row(viewer, place, person)
    form = PermissionForm(request.POST)
    try:
        if form.is_valid():
            chosen = form.cleaned_data["permission"]
            membership.change_permission(viewer, place, row.user, chosen)
            said = _("%(name)s: %(permission)s") % {
                "name": row.user.full_name,
                "permission": chosen.label,
            }
            messages.success(request, said)
        else:
            messages.error(request, _("Choose a permission from the list."))
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    return redirect("members", place.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: Request, pk: uuid.UUID, person: uuid.UUID) -> HttpResponse:
    """Ask, then put a member out (S2, K12)."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MANAGE)
    row = _row(viewer, place, person)
    refusal = None
    if request.method == "POST":
        try:
            membership.remove(viewer, place, row.user)
        except Refused as refused:
            refusal = refused.message
        else:
            messages.success(
                request, _("%(name)s is no longer a member.") % {"name": row.user.full_name}
            )
            return redirect("members", place.pk)
    context = {"place": place, "chain": place.chain(), "row": row, "refusal": refusal}
    return render(request, "web/members/remove.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask, then leave a place and all inside it (S3)."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.SEE_MEMBERS)
    refusal = None
    if request.method == "POST":
        try:
            membership.leave(viewer, place)
        except Refused as refused:
            refusal = refused.message
        else:
            messages.success(request, _("You have left “%(name)s”.") % {"name": place.name})
            return redirect("dashboard")
    context = {"place": place, "chain": place.chain(), "refusal": refusal}
    return render(request, "web/members/leave.html", context)


def _row(viewer: Viewer, place: Place, person: uuid.UUID) -> Membership:
    rows = access.visible_memberships(viewer).filter(place=place, user=person)
    if (row := rows.select_related("user").first()) is None:
        raise Unseen
    return row
