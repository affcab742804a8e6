"""A class of young students: accounts from a list, cards, and one-time sign-ins (P6)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.errors import Refused
from classkey.school.models import Place
from classkey.school.rostering import classes, sign_ins
from classkey.school.sheets.cards import sign_in_cards
from classkey.web.forms.students import CardsForm, ClassListForm
from classkey.web.requests import Request, viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Read a pasted list of names, show what was read, then make the accounts."""
    viewer = viewer_of(request)
    course = access.get(viewer, Place, pk, Action.ENROL)
    form = ClassListForm(request.POST or None)
    context = {"form": form, "place": course, "chain": course.chain()}
    if form.is_valid():
        names = form.cleaned_data["names"]
        if form.is_confirmed:
            known = form.cleaned_data["namesakes"] or 0
            try:
                made = classes.enrol(viewer, course, names, namesakes_known=known)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                told = ngettext("%(count)s student is in.", "%(count)s students are in.", len(made))
                messages.success(request, told % {"count": len(made)})
                return redirect("sign_in_cards", course.pk)
        context |= {"names": names, "namesakes": classes.namesakes(viewer, course, names)}
    return render(request, "web/students/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cards(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make new first passwords for those who have none of their own, and send them as a PDF."""
    viewer = viewer_of(request)
    course = access.get(viewer, Place, pk, Action.ENROL)
    waiting = sign_ins.without_own_password(viewer, course)
    initial = {"language": request.LANGUAGE_CODE}
    form = CardsForm(waiting, request.POST or None, initial=initial)
    if form.is_valid():
        try:
            pdf = sign_in_cards(viewer, course, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("students", str(refusal.message))
        else:
            response = HttpResponse(pdf, content_type="application/pdf")
            response["Content-Disposition"] = 'attachment; filename="sign-in-cards.pdf"'
            return response
    context = {"form": form, "place": course, "chain": course.chain(), "waiting": waiting}
    return render(request, "web/students/cards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask, then show a password with which a student without an address signs in once."""
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk, Action.ISSUE_SIGN_IN)
    context: dict[str, object] = {"student": student}
    if request.method == "POST":
        try:
            context["password"] = sign_ins.issue(viewer, student)
        except Refused as refusal:
            context["refusal"] = refusal.message
    return render(request, "web/students/sign_in.html", context)
