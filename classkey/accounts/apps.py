"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and their roles."""

    name = "classkey.accounts"

    def ready(self) -> None:
        """Connect what listens to allauth."""
        import_module("classkey.accounts.signals")
