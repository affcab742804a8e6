"""All that is kept, to be compared."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model

OURS = ("accounts", "account", "mfa", "school")


def models() -> list[type[Model]]:
    """Return every model with rows of ours."""
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """Return all rows, table by table, by their keys."""
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in _rows(model)}
        for model in models()
    }


def _rows(model: type[Model]) -> Iterable[dict[str, Any]]:
    return model._base_manager.values()
