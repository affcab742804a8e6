"""What every answer to a signed-in person carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


def private_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Signed-in pages are stored nowhere; signing out clears what the site left (A7)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        came_signed_in = request.user.is_authenticated
        response = get_response(request)
        leaves_signed_in = request.user.is_authenticated
        if came_signed_in or leaves_signed_in:
            response["Cache-Control"] = "no-store"
        if came_signed_in and not leaves_signed_in:
            # Not "cookies": signing out has dealt with them, and the language stays.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware
