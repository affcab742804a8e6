"""What is read at the students' homes, so that each sheet is in it (F2, F3)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from classkey.accounts.models import User
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.sheets.typeset import languages
from classkey.school.viewer import Viewer


def offered(student: User) -> dict[str, str]:
    """Return the languages to choose from for a student, by tag: those that sheets can be in, and
    the student's own if it is another one.
    """
    others = {student.home_language} - {"", *languages()}
    return {"": _("Not known"), **languages(), **{tag: tag for tag in others}}


@transaction.atomic
def note(viewer: Viewer, chosen: Mapping[User, str]) -> None:
    """Keep what is read at these students' homes, as a teacher says: a tag or '' for each.

    Raises PermissionDenied for all but their teachers, Refused for a language that no sheet is in.
    """
    for student, tag in chosen.items():
        if tag == student.home_language:
            continue
        require(viewer, Action.SET_LANGUAGE, student)
        if tag not in offered(student):
            raise Refused(_("Choose a language from the list."))
        student.home_language = tag
        student.save(update_fields=["home_language"])
