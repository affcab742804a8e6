"""A real SMTP server on this machine, and Classkey sending to it."""

from asyncio import Server
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings


@dataclass(frozen=True)
class Received:
    """One mail as it arrived: the envelope, and what was in it."""

    sender: str
    to: list[str]
    message: EmailMessage
    size: int


class Mailbox(list[Received]):
    """Everything received, oldest first. Set `answer` to have the server refuse."""

    answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, unless told to refuse it."""
        content = bytes(envelope.original_content or b"")
        if self.answer.startswith("250"):
            message = message_from_bytes(content, _class=EmailMessage, policy=default)
            self.append(Received(str(envelope.mail_from), envelope.rcpt_tos, message, len(content)))
        return self.answer


class _OnAFreePort(Controller):
    """aiosmtpd's server in a thread, on a port that the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """Mail goes out by SMTP to this mailbox."""
    received = Mailbox()
    controller = _OnAFreePort(received, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "classkey.school.outgoing_mail.CountingBackend"  # as production does
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = False
    yield received
    controller.stop()
