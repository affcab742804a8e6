"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """Places, codes, parent links and sheets."""

    name = "classkey.school"
