"""The mail that brings a part of a run to the teacher (F2)."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from classkey.school import web_addresses
from classkey.school.models import SheetPart


def compose(part: SheetPart, address: str, pdf: bytes, *, sheets: int) -> EmailMessage:
    """Return the mail of a part. Neither it nor its attachment's name names a student or a place.

    The Message-ID belongs to the part with its codes: sent twice, it is known for the same.
    """
    run = part.run
    asked = date_format(localtime(run.requested_at), "DATETIME_FORMAT")
    parts = run.parts.count()
    subject = (
        _("Parent-code sheets, asked for on %(date)s (part %(number)s of %(parts)s)")
        if parts > 1
        else _("Parent-code sheets, asked for on %(date)s")
    ) % {"date": asked, "number": part.number, "parts": parts}
    body = _(
        "Hello,\n\n"
        "attached are the sheets you asked for (%(sheets)s), one for each family. "
        "Print them, and give each family its own sheet.\n\n"
        "Each sheet has a code that works for 14 days. Do not forward this mail.\n\n"
        "How far your sheets are: %(page)s\n"
    ) % {"sheets": sheets, "page": web_addresses.sheet_run_address(run.pk)}
    return EmailMessage(
        subject,
        body,
        to=[address],
        attachments=[(f"parent-code-sheets-{part.number}.pdf", pdf, "application/pdf")],
        headers={"Message-ID": f"<{part.pk}.{part.series}@{settings.HOST}>"},
    )
