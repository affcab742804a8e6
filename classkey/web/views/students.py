"""A student's profile, for the student, their teachers and administrators (S5, S7, F8)."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import Action, can
from classkey.web import profiles
from classkey.web.paths import Paths
from classkey.web.requests import Request, viewer_of


@require_safe
def profile(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a student's courses by year, their tests, and who can see all this and since when: to a
    teacher their own courses' part.
    """
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk, Action.SEE_FAMILY)
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
        "may_make_parent_code": can(viewer, Action.MAKE_PARENT_CODE, student),
        "is_me": is_me,
        "is_whole": is_me or viewer.is_administrator,
    }
    return render(request, "web/students/profile.html", context)
