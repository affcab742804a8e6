"""Where a demo's mail lands: one file each in `var/mail/`, for the demo's outbox (A6)."""

import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage as ParsedMail
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.crypto import get_random_string


class OutboxBackend(BaseEmailBackend):
    """Writes mail into files instead of sending it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message into a file of its own, readable by its owner only."""
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{get_random_string(6)}.eml"
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)


def outbox() -> list[tuple[str, ParsedMail]]:
    """Return the name and content of every mail in the demo's outbox, newest first."""
    files = sorted(Path(settings.MAIL_DIR).glob("*.eml"), reverse=True)
    return [(file.name, _read(file)) for file in files]


def mail_named(name: str) -> ParsedMail | None:
    """Return the mail in the file `name` of the demo's outbox; None if there is no such file."""
    return dict(outbox()).get(name)


def _read(file: Path) -> ParsedMail:
    with file.open("rb") as opened:
        return email.message_from_binary_file(opened, policy=email.policy.default)
