"""Classkey's settings, but that mails are thrown away: there is nobody to take them."""

from classkey.config.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
