"""The domain, in twenty lines.

A **Place** is a course, a workspace or a group. Courses and workspaces are the tops
of trees; a group sits inside a place, to any depth. People are in a place by a
**Membership** with one permission: read < edit < admin. Who is in a place is in every
place above it; an admin of a place is an admin of all inside it. A **Removal** notes
who was put out, so that an older code does not let them back in.

An **Item** is a piece of content in a place: a folder, a page, a link, a file (kept as
a **StoredFile**) or a test. Places and items have two toggles, blue (members see it)
and green (parents see it); what is *in effect* is kept beside what is set.

An **Assessment** is a test's settings; it has **Questions**, some with **Choices**. An
**Attempt** is one student's go at it, with an **Answer** to each question.

A **Code** lets people into a place (registration code) or links a parent to a
student (parent code), and dies after 14 days. A **Redemption** is one person's use
of one code. A **ParentLink** joins a parent and a student, and outlives the code. A
**WorkspaceGrant** lets a linked parent read what is green in a student's workspace.

A **SheetRun** is a teacher's request for parent-code sheets, mailed in **SheetParts**;
a **Sheet** is one page for one family. A **Notice** tells one person what happened. An
**AuditEvent** is a line about a change of access, never altered; an **AuditSeal** closes
a batch of them, so that altering one would show.

A **RevocationRequest** asks the support desk to end a parent's access. A **Bar** keeps a
person from a student; while a **Hold** stands, only **NamedAdults** may link to one. A
**DataExport** is an archive of what is held about a person.
"""

from classkey.school.models.assessments import (
    Answer,
    Assessment,
    Attempt,
    Choice,
    Question,
    QuestionKind,
)
from classkey.school.models.audit import AuditAction, AuditEvent, AuditSeal
from classkey.school.models.codes import Audience, Code, Redemption
from classkey.school.models.families import ParentLink, WorkspaceGrant
from classkey.school.models.files import StoredFile
from classkey.school.models.items import Item, ItemKind
from classkey.school.models.memberships import Membership, Permission, Removal
from classkey.school.models.notices import Notice, NoticeKind
from classkey.school.models.places import Place, PlaceKind
from classkey.school.models.sheet_runs import PartState, Sheet, SheetPart, SheetRun
from classkey.school.models.support import (
    Bar,
    DataExport,
    Hold,
    NamedAdult,
    Outcome,
    RevocationRequest,
)

__all__ = [
    "Answer",
    "Assessment",
    "Attempt",
    "Audience",
    "AuditAction",
    "AuditEvent",
    "AuditSeal",
    "Bar",
    "Choice",
    "Code",
    "DataExport",
    "Hold",
    "Item",
    "ItemKind",
    "Membership",
    "NamedAdult",
    "Notice",
    "NoticeKind",
    "Outcome",
    "ParentLink",
    "PartState",
    "Permission",
    "Place",
    "PlaceKind",
    "Question",
    "QuestionKind",
    "Redemption",
    "Removal",
    "RevocationRequest",
    "Sheet",
    "SheetPart",
    "SheetRun",
    "StoredFile",
    "WorkspaceGrant",
]
