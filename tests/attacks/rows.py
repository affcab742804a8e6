"""All that is kept, to be compared."""

from typing import Any

from django.apps import apps
from django.db.models import Model

OURS = ("accounts", "account", "mfa", "school")


def models() -> list[type[Model]]:
    """Return every model with rows of ours."""
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows, table by table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models()
    }
