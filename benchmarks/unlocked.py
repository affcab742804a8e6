"""Classkey as it would be without its second lock, served to measure what the lock costs."""

from django.conf import settings

settings.MIDDLEWARE.remove("classkey.web.middleware.BehindTheSecondLock")

# Only now: it takes its middleware once.
from classkey.config.wsgi import application  # noqa: E402

__all__ = ["application"]
