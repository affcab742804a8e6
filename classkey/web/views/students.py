"""A student's profile, for the student, their teachers and administrators (S5, S7, F8)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import Action, can
from classkey.school.sheets import home_languages
from classkey.web import profiles
from classkey.web.forms.sheets import HomeLanguageForm
from classkey.web.paths import Paths
from classkey.web.requests import Request, viewer_of


@require_safe
def profile(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a student's courses by year, their tests, and who can see all this and since when: to a
    teacher their own courses' part.
    """
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk, Action.SEE_FAMILY)
    if not can(viewer, Action.MAKE_PARENT_CODE, student):
        # An administrator who does not teach them says why they look, at the desk (F8).
        return redirect("desk_person", pk)
    courses = access.courses_on_profile(viewer, student)
    is_me = student == request.user
    context = {
        "student": student,
        "courses": courses.order_by("-school_year", "name"),
        "opened": set(access.visible_places(viewer).values_list("pk", flat=True)),
        "results": profiles.results_of(viewer, student, Paths()),
        "links": linking.links_of(student),
        "teachers": linking.teachers_of(viewer, student),
        "may_issue_sign_in": proved_address(student) is None
        and can(viewer, Action.ISSUE_SIGN_IN, student),
        "language_form": can(viewer, Action.SET_LANGUAGE, student) and HomeLanguageForm(student),
        "is_me": is_me,
        "is_whole": is_me or viewer.is_administrator,
    }
    return render(request, "web/students/profile.html", context)


@require_POST
def language(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Keep what is read at a student's home, for their sheets (F2)."""
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk, Action.SET_LANGUAGE)
    form = HomeLanguageForm(student, request.POST)
    if form.is_valid():
        home_languages.note(viewer, {student: form.cleaned_data["language"]})
        messages.success(request, _("Saved. New sheets for this student are in this language."))
    else:
        messages.error(request, _("Choose a language from the list."))
    return redirect("student", student.pk)
