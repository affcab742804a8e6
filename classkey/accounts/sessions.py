"""Where sessions are kept: in Django's table, which each request asks, so by a prepared query."""

import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from classkey.prepared import Prepared

_SIGNS = frozenset(VALID_KEY_CHARS)


class SessionStore(db.SessionStore):
    """Django's sessions in the database."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Is it a key as Django makes them? PostgreSQL breaks on some that browsers can send."""
        is_long_enough = bool(super()._validate_session_key(key))  # type: ignore[misc]  # no stub
        return is_long_enough and set(key or "") <= _SIGNS

    def load(self) -> dict[str, Any]:
        """Return what is kept under the key; nothing, and the key is given up, if there is none."""
        found = _live.first(self.session_key, timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)


@Prepared
def _live(key: str, now: datetime.datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
