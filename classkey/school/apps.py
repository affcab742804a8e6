"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """Places, codes, parent links and sheets."""

    name = "classkey.school"

    def ready(self) -> None:
        """Have the audit log hear of new administrators: accounts do not know of it."""
        from classkey.accounts.signals import administrator_changed
        from classkey.school.audit import record_administrator

        administrator_changed.connect(record_administrator)
