"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """Places, codes, parent links and sheets."""

    name = "classkey.school"

    def ready(self) -> None:
        """Have those hear of it who are above where it happens: the audit log of new
        administrators, whom accounts appoint; the worker of guessed codes (K8) and new links (F8).
        """
        from classkey.accounts.signals import administrator_changed
        from classkey.school.audit import record_administrator
        from classkey.school.limits import ceiling_reached
        from classkey.school.noticing import link_told
        from classkey.school.tasks import on_ceiling_reached, on_link_told

        administrator_changed.connect(record_administrator)
        ceiling_reached.connect(on_ceiling_reached)
        link_told.connect(on_link_told)
