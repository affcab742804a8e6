"""A student's profile, for the student, their teachers and administrators (S5, F8)."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import Action, can
from classkey.web.requests import Request, viewer_of


@require_safe
def profile(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a student's courses, and which adults are linked."""
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk)
    courses = access.courses_on_profile(viewer, student)
    context = {
        "student": student,
        "courses": courses.order_by("-school_year", "name"),
        "own_places": set(access.visible_places(viewer).values_list("pk", flat=True)),
        "links": linking.links_of(student) if can(viewer, Action.SEE_FAMILY, student) else [],
        "may_make_parent_code": can(viewer, Action.MAKE_PARENT_CODE, student),
        "is_me": student == request.user,
    }
    return render(request, "web/students/profile.html", context)
