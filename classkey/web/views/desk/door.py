"""The door of the support desk: administrators come in, with a second factor."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from classkey.accounts.second_factor import has_second_factor
from classkey.school.errors import Unseen
from classkey.web.requests import Request

View = Callable[..., HttpResponseBase]


def at_the_desk(view: View) -> View:
    """Let administrators in, of whom signing in takes more than a password (F9). An administrator
    without a second factor is shown the way to one; for everybody else there is no desk.
    """

    @wraps(view)
    def with_the_door(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_administrator:
            raise Unseen
        if not has_second_factor(request.user):
            return render(request, "web/desk/no_second_factor.html", status=HTTPStatus.FORBIDDEN)
        return view(request, *args, **kwargs)

    return with_the_door
