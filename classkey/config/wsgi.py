"""The server's entry point."""

import logging
import os

from django.core.wsgi import get_wsgi_application

from classkey.config.counts_folder import share

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classkey.config.settings")
share()
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - which the server has read now

for doubt in settings.DOUBTS:
    logging.getLogger(__name__).warning(doubt)
