"""Tells whoever runs a command what is doubtful in the settings."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's name


class Settings(AppConfig):
    """Classkey's settings; they have no table."""

    name = "classkey.config"
    label = "classkey_config"

    def ready(self) -> None:
        """Let `manage.py`, the worker's start included, say what is doubtful."""
        register(doubts)


def doubts(**_about: Any) -> list[CheckMessage]:
    """Return a warning for each doubt (classkey/config/safety.py)."""
    return [Warning(doubt, id="classkey.W001") for doubt in settings.DOUBTS]
