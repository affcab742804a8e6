"""Who may come to the school at all, and how they begin (P1, P3, P4)."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from classkey.accounts.models import User
from classkey.school import issuing, membership, redeeming
from classkey.school.errors import Reason, Refused
from classkey.school.models import (
    Answer,
    Attempt,
    Audience,
    Code,
    Item,
    Membership,
    ParentLink,
    Place,
    PlaceKind,
    Redemption,
    StoredFile,
)
from classkey.school.viewer import Viewer


def check_instructor_signup(address: str, typed_code: str, origin: str) -> None:
    """Raise Refused unless the policy (P4) lets a holder of this address sign up as instructor.

    `address` is proved later in the same sign-up. `typed_code` is looked at under the
    policy "code" only: the holder of a live code for instructors, made by an
    instructor, may sign up; they redeem it once they are in. Guessing it from a network
    address, `origin`, has its limits (K8).
    """
    policy, domains = settings.INSTRUCTOR_SIGNUP, settings.INSTRUCTOR_SIGNUP_DOMAINS
    if policy == "domains" and address.rpartition("@")[2].lower() not in domains:
        raise Refused(
            _("Teachers sign up with their school e-mail address. Use that address, please.")
        )
    if policy == "code" and not _is_code_for_instructors(typed_code, origin):
        raise Refused(
            _("Teachers sign up with a code from a colleague. Type a code for teachers, please.")
        )


def _is_code_for_instructors(typed: str, origin: str) -> bool:
    try:
        code = redeeming.find_as_stranger(typed, origin)
    except Refused as refusal:
        if refusal.reason is Reason.TOO_MANY:
            raise
        return False
    by_instructor = code.created_by.is_instructor and code.audience == Audience.INSTRUCTORS
    return by_instructor and not code.is_used_up


@transaction.atomic
def start_teaching(viewer: Viewer, course_name: str) -> Code:
    """Make an instructor's first course and its first code for students; return the code (P3)."""
    course = membership.make_top_place(viewer, PlaceKind.COURSE, course_name)
    return issuing.make_registration_code(viewer, course, issuing.Terms())


def unused(users: QuerySet[User]) -> QuerySet[User]:
    """Return those accounts that were never used for anything (P1)."""
    user = OuterRef("pk")
    return users.filter(
        ~Exists(Place.objects.filter(created_by=user)),
        ~Exists(Membership.objects.filter(user=user)),
        ~Exists(Redemption.objects.filter(user=user)),
        ~Exists(ParentLink.objects.filter(parent=user)),
        ~Exists(ParentLink.objects.filter(student=user)),
        ~Exists(Code.objects.filter(created_by=user)),
        ~Exists(Code.objects.filter(student=user)),
        ~Exists(Item.objects.filter(created_by=user)),
        ~Exists(StoredFile.objects.filter(uploaded_by=user)),
        ~Exists(Attempt.objects.filter(student=user)),
        ~Exists(Answer.objects.filter(marked_by=user)),
    )


def is_unused(user: User) -> bool:
    """Tell whether the account was never used for anything (P1)."""
    return unused(User.objects.filter(pk=user.pk)).exists()


@transaction.atomic
def delete_unused_account(user: User) -> None:
    """Delete an account that was never used, which frees its address (P1). Raises Refused."""
    if user.is_administrator or not is_unused(user):
        raise Refused(
            _("This account has been used, so it cannot be deleted here. Please ask support.")
        )
    user.delete()
