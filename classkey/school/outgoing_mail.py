"""Every mail that a school sends, allauth's too, goes out here and is counted."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from classkey.school import metrics


class CountingBackend(EmailBackend):
    """Django's own, by SMTP."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send, and count what was taken and what was not."""
        try:
            sent = super().send_messages(email_messages) or 0
        except OSError:  # of which those of smtplib are a kind
            metrics.mails_failed(len(email_messages))
            raise
        metrics.mails_sent(sent)
        return sent
