"""What people are told by mail, each at their own proved address (F8, F9, K8)."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from classkey.accounts.addresses import able, proved_address
from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.models import Notice, NoticeKind, RevocationRequest
from classkey.school.viewer import Viewer


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


def mail_notice(notice: Notice) -> None:
    """Mail what somebody should not wait for until they come next: parents a new link (F8), who
    asked support for something that it is decided (F9).
    """
    if notice.kind == NoticeKind.PARENT_LINKED:
        _tell_parent_of_link(notice)
    else:
        _tell_of_decision(notice.recipient)


def remind_of_request(request: RevocationRequest) -> None:
    """Tell the administrators who may decide a request that it is due, or urgent (F9); where there
    is none, the school's support address.
    """
    told = {
        "school": settings.SCHOOL_NAME,
        "due": date_format(localtime(request.due_at), "DATETIME_FORMAT"),
        "desk": settings.ADDRESS,
    }
    if request.urgent:
        subject = _("An urgent request at the support desk of %(school)s") % told
    else:
        subject = _("A request at the support desk of %(school)s is due soon") % told
    body = _(
        "Hello,\n\n"
        "somebody asked that a person’s access to a student’s profile end. It is to be decided by "
        "%(due)s. Please open the support desk:\n"
        "%(desk)s/desk/\n"
    )
    if request.urgent:
        body += _("\nThe access is paused until you decide.\n")
    administrators = able(User.objects.filter(is_administrator=True))
    deciding = [user for user in administrators if access.can(Viewer(user), Action.DECIDE, request)]
    if deciding:
        for user in deciding:
            _send(user, subject, body % told)
    elif settings.SUPPORT["email"]:
        body += _("\nNo administrator may decide it: it is about their own family.\n")
        EmailMessage(subject, body % told, to=[settings.SUPPORT["email"]]).send()


def _tell_of_decision(user: User) -> None:
    told = {"school": settings.SCHOOL_NAME, "address": settings.ADDRESS}
    subject = _("Support at %(school)s has decided what you asked for") % told
    body = _(
        "Hello,\n\n"
        "support has decided the request that you filed about the access to a student’s profile. "
        "Please sign in to read how:\n"
        "%(address)s/\n"
    )
    _send(user, subject, body % told)


def _tell_parent_of_link(notice: Notice) -> None:
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
