"""What administrators are told at once, by mail."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from classkey.accounts.addresses import able, proved_address
from classkey.accounts.models import User


def warn_of_guessing() -> int:
    """Tell every administrator that somebody guesses codes (K8); return how many were told."""
    subject = _("Somebody is guessing codes at %(school)s") % {"school": settings.SCHOOL_NAME}
    body = _(
        "Hello,\n\n"
        "within an hour many more wrong codes were typed than people mistype. Nobody got in by "
        "them: the limits on guessing hold. Codes that people hold go on working.\n\n"
        "What you can do: look in the audit log for “code.refused” to see which accounts and "
        "addresses they came from, and block those at your network.\n"
    )
    addresses = [proved_address(user) for user in able(User.objects.filter(is_administrator=True))]
    for address in filter(None, addresses):
        EmailMessage(subject, body, to=[address]).send()
    return len(addresses)
