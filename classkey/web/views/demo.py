"""The demo's outbox: the mail that a demo would have sent (A6); in demo mode only."""

from email.message import EmailMessage
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from classkey.school import demo_mail
from classkey.web.requests import Request


@login_not_required
@require_safe
def outbox(request: Request) -> HttpResponse:
    """List the mail, newest first."""
    mails = [
        {
            "name": name,
            "subject": mail["Subject"],
            "to": mail["To"],
            "date": mail["Date"],
            "body": _body(mail),
            "attachments": [
                (number, part.get_filename()) for number, part in enumerate(mail.iter_attachments())
            ],
        }
        for name, mail in demo_mail.outbox()
    ]
    return render(request, "web/demo/outbox.html", {"mails": mails})


def _body(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return cast(str, body.get_content()) if body else ""


@login_not_required
@require_safe
def attachment(_request: Request, name: str, part: int) -> HttpResponse:
    """Download one attachment of a mail."""
    mail = demo_mail.mail_named(name)
    attachments = list(mail.iter_attachments()) if mail else []
    if part >= len(attachments):
        raise Http404
    found = attachments[part]
    response = HttpResponse(found.get_payload(decode=True), content_type="application/pdf")
    name = found.get_filename() or "attachment.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name)  # noqa: FBT003
    return response
