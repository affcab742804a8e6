"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """Places, codes, parent links and sheets."""

    name = "classkey.school"

    def ready(self) -> None:
        """Have those hear of it who are above where it happens: the audit log of new
        administrators, whom accounts appoint; the worker of guessed codes (K8), of news that is
        mailed (F8), of requests to support (F9) and of exports (A8).

        See to it that a job that broke keeps no code and no address (K6).

        And make what counts wrong codes (K8), while there is one thread: two that load Redis's
        client at the same time get half of it.
        """
        from django.conf import settings
        from django.db.models.signals import pre_save
        from django_tasks_db.models import DBTaskResult

        from classkey.accounts.signals import administrator_changed
        from classkey.school.audit import record_administrator
        from classkey.school.limits import ceiling_reached, limiter
        from classkey.school.noticing import to_be_mailed
        from classkey.school.personal_data.exporting import asked
        from classkey.school.revoking.requests import filed
        from classkey.school.tasks import (
            on_ceiling_reached,
            on_export_asked,
            on_filed,
            on_job_kept,
            on_to_be_mailed,
        )

        administrator_changed.connect(record_administrator)
        ceiling_reached.connect(on_ceiling_reached)
        to_be_mailed.connect(on_to_be_mailed)
        filed.connect(on_filed)
        asked.connect(on_export_asked)
        pre_save.connect(on_job_kept, sender=DBTaskResult)
        limiter(settings.LIMITS_URL)
