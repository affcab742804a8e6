"""Both schools, committed for a live server, and people who come to it with a browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from classkey.accounts.models import User
from tests.visitor import Visitor
from tests.world import School, World

Arrives = Callable[..., Visitor]


@pytest.fixture
def north(committed_world: World) -> School:
    """The school that these tests are about, committed for the live server."""
    return committed_world.north


@pytest.fixture
def arrives(
    north: School, new_page: Callable[..., Page], live_server: LiveServer, settings: Settings
) -> Arrives:
    """Return somebody at a browser in which they are signed in; None: a stranger."""
    settings.ADDRESS = live_server.url

    def arrive(user: User | None, **options: object) -> Visitor:
        page = new_page(reduced_motion="reduce", **options)
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            page.context.add_cookies(
                [{"name": "sessionid", "value": session, "url": live_server.url}]
            )
        return Visitor(page)

    return arrive
