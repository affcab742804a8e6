"""What people are told by mail, each at their own proved address (F8, K8)."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from classkey.accounts.addresses import able, proved_address
from classkey.accounts.models import User
from classkey.school.models import Notice


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
    administrators = able(User.objects.filter(is_administrator=True))
    return sum(_send(user, subject, body) for user in administrators)


def tell_parent_of_link(notice: Notice) -> None:
    """Tell a parent that another adult was linked to their child (F8), and not who."""
    child = notice.student.name_and_initial if notice.student else ""
    told = {
        "child": child,
        "school": settings.SCHOOL_NAME,
        "date": date_format(localtime(notice.at), "DATE_FORMAT"),
        "support": "\n".join(f"  {way}" for way in settings.SUPPORT.values() if way),
    }
    subject = _("Another adult follows %(child)s at %(school)s") % told
    body = _(
        "Hello,\n\n"
        "on %(date)s another adult was linked to %(child)s with a parent code. Like you, they see "
        "%(child)s’s own school life, and nothing of any other child.\n\n"
        "If you expected this, there is nothing to do. If not, please tell the school:\n"
        "%(support)s\n"
    )
    _send(notice.recipient, subject, body % told)


def _send(user: User, subject: str, body: str) -> bool:
    address = proved_address(user)
    if address:
        EmailMessage(subject, body, to=[address]).send()
    return address is not None
