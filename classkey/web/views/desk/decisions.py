"""Revoke, bar, lift, hold, release: each shows what will happen to whom, and asks once (F9)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Bar, Hold, ParentLink
from classkey.school.revoking import decisions
from classkey.school.viewer import Viewer
from classkey.web.forms.support import BarForm, HoldForm, RevokeForm
from classkey.web.requests import Request, viewer_of
from classkey.web.views.desk.door import at_the_desk


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Request, pk: uuid.UUID) -> HttpResponse:
    """End a parent's access to a student."""
    viewer = viewer_of(request)
    link = access.get(viewer, ParentLink, pk, Action.REVOKE)
    form = RevokeForm(request.POST or None)
    if form.is_valid():
        decisions.revoke(viewer, link, form.verdict())
        messages.success(
            request,
            _("%(parent)s no longer sees %(student)s, and cannot come back with a code.")
            % {"parent": link.parent.full_name, "student": link.student.full_name},
        )
        return redirect("desk")
    context = {"form": form, "link": link, "told": decisions.consequences(link)}
    return render(request, "web/desk/revoke.html", context)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def bar(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Keep somebody who is not linked from ever being linked to a student."""
    viewer = viewer_of(request)
    student = _student(viewer, pk)
    form = BarForm(request.POST or None)
    if form.is_valid():
        try:
            decisions.bar(viewer, student, form.cleaned_data["address"])
        except Refused as refusal:
            form.add_error("address", str(refusal.message))
        else:
            messages.success(request, _("This address is barred."))
            return redirect("desk_person", student.pk)
    return render(request, "web/desk/bar.html", {"form": form, "student": student})


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Lift a bar."""
    viewer = viewer_of(request)
    standing = access.get(viewer, Bar, pk, Action.LIFT)
    if request.method == "POST":
        decisions.lift(viewer, standing)
        messages.success(request, _("The bar is lifted. They are linked by a new code only."))
        return redirect("desk_person", standing.student_id)
    return render(request, "web/desk/lift.html", {"bar": standing, "student": standing.student})


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Put a student on hold, or change who is named in the hold."""
    viewer = viewer_of(request)
    student = _student(viewer, pk)
    standing = access.allowed(viewer, Action.RELEASE, Hold).filter(student=student).first()
    named = "\n".join(each.address for each in standing.named.all()) if standing else ""
    form = HoldForm(request.POST or None, initial={"named": named})
    if form.is_valid():
        decisions.hold(viewer, student, form.cleaned_data["named"])
        said = _("%(name)s is on hold.") % {"name": student.full_name}
        messages.success(request, said)
        return redirect("desk_person", student.pk)
    context = {
        "form": form,
        "student": student,
        "hold": standing,
        "codes": decisions.live_parent_codes(student),
    }
    return render(request, "web/desk/hold.html", context)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Release a hold."""
    viewer = viewer_of(request)
    standing = access.get(viewer, Hold, pk, Action.RELEASE)
    if request.method == "POST":
        decisions.release(viewer, standing)
        messages.success(request, _("The hold is released."))
        return redirect("desk_person", standing.student_id)
    return render(request, "web/desk/release.html", {"hold": standing, "student": standing.student})


def _student(viewer: Viewer, pk: uuid.UUID) -> User:
    student = access.get(viewer, User, pk, Action.SUPPORT)
    if not student.is_student:
        raise Unseen
    return student
