"""Where a request comes from, with and without a proxy in front."""

from typing import cast

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from pytest_django import Settings

from classkey.accounts.models import User
from classkey.web.requests import Request, viewer_of


def origin(**headers: str) -> str:
    """The address that the audit log keeps."""
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)
    request.user = User()
    return viewer_of(cast(Request, request)).origin


def test_a1_without_a_proxy_the_header_that_anybody_may_send_is_ignored() -> None:
    assert origin() == "10.0.0.1"
    assert origin(x_forwarded_for="203.0.113.9") == "10.0.0.1"


def test_a1_behind_a_proxy_the_address_is_the_one_it_saw(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert origin(x_forwarded_for="203.0.113.9") == "203.0.113.9"
    assert origin(x_forwarded_for="192.0.2.1, 203.0.113.9") == "203.0.113.9"
    assert origin(x_forwarded_for="made up, 2001:DB8::9") == "2001:db8::9"


def test_a1_a_proxy_that_does_not_know_says_nothing_we_would_log(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    with pytest.raises(PermissionDenied):
        origin(x_forwarded_for="unknown")
