"""What every test gets."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.utils import translation
from hypothesis import settings

from classkey import prepared
from classkey.school import limits

pytest_plugins = [
    "tests.plugins.database",
    "tests.plugins.mail",
    "tests.plugins.browser",
    "tests.plugins.redis",
    "tests.plugins.standby",
    "tests.uploads",
    "tests.world",
]

# No deadline: two workers share two cores. HYPOTHESIS_PROFILE=thorough looks longer.
settings.register_profile("classkey", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("classkey"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "classkey"))


@pytest.fixture(autouse=True)
def _nothing_is_counted_yet() -> None:
    """Forget the wrong codes of the test before (K8)."""
    limits.limiter("memory://").storage.reset()


@pytest.fixture(autouse=True)
def _nothing_is_prepared_yet() -> None:
    """Forget the queries of the test before: it may have changed a rule."""
    prepared.forget()


@pytest.fixture(autouse=True)
def _nothing_is_drawn_yet() -> None:
    """Forget what pages have in common: the test before may have set another school's name."""
    caches["template_fragments"].clear()


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """Forget the language that a page of the test before was asked for in."""
    translation.activate("en")


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    """What a worker does at a signal is not what the suite does."""
    kept = {
        each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
    }
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


def pytest_configure() -> None:
    """Make this process's directory (tests/settings.py)."""
    Path(django_settings.STATIC_ROOT).mkdir(parents=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's directory, once the workers have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["CLASSKEY_TEST_DIR"])


def pytest_report_header() -> str:
    """Say which database this run is on."""
    return f"database: {connection.vendor}"
