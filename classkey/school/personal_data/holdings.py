"""Where a person's data lie (A8). A test holds this against every foreign key to a person, so that
a new table cannot be forgotten.
"""

from dataclasses import dataclass
from enum import StrEnum

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model

from classkey.school.models import (
    Answer,
    Attempt,
    Bar,
    Code,
    DataExport,
    Hold,
    Item,
    Membership,
    Notice,
    ParentLink,
    Place,
    Redemption,
    Removal,
    RevocationRequest,
    Sheet,
    SheetRun,
    StoredFile,
    WorkspaceGrant,
)


class Fate(StrEnum):
    """What erasing a person does with a row of theirs."""

    GOES = "goes"
    STAYS = "stays"  # others need it, and it names nobody once the account has no name


@dataclass(frozen=True)
class Holding:
    """Rows of `model` that `path` leads to a person from.

    `is_theirs` tells whether the person may read them in an export: what others wrote about them
    in confidence is not theirs (F9).
    """

    model: type[Model]
    path: str
    fate: Fate
    is_theirs: bool = True


# In the order in which they can go: a row before what it refers to.
HOLDINGS = {
    "answers": Holding(Answer, "attempt__student", Fate.GOES),
    "tests taken": Holding(Attempt, "student", Fate.GOES),
    "workspaces opened to them": Holding(WorkspaceGrant, "link__parent", Fate.GOES),
    "workspaces opened to parents": Holding(WorkspaceGrant, "link__student", Fate.GOES),
    "requests about their access": Holding(
        RevocationRequest, "link__parent", Fate.GOES, is_theirs=False
    ),
    "requests about their parents": Holding(
        RevocationRequest, "link__student", Fate.GOES, is_theirs=False
    ),
    "links to children": Holding(ParentLink, "parent", Fate.GOES),
    "links to parents": Holding(ParentLink, "student", Fate.GOES),
    "memberships": Holding(Membership, "user", Fate.GOES),
    "removals": Holding(Removal, "user", Fate.GOES),
    "notices": Holding(Notice, "recipient", Fate.GOES),
    "notices about them": Holding(Notice, "student", Fate.GOES, is_theirs=False),
    "notices of what they did": Holding(Notice, "person", Fate.GOES, is_theirs=False),
    "sheets for their parents": Holding(Sheet, "student", Fate.GOES),
    "codes used": Holding(Redemption, "user", Fate.GOES),
    "codes for their parents": Holding(Code, "student", Fate.GOES),
    "who is kept from them": Holding(Bar, "student", Fate.GOES, is_theirs=False),
    "holds on them": Holding(Hold, "student", Fate.GOES, is_theirs=False),
    "addresses": Holding(EmailAddress, "user", Fate.GOES),
    "second factors": Holding(Authenticator, "user", Fate.GOES),
    "exports": Holding(DataExport, "person", Fate.GOES),
    # A bar protects a child from somebody who may come back.
    "from whom they are kept": Holding(Bar, "person", Fate.STAYS, is_theirs=False),
    "requests filed": Holding(RevocationRequest, "filed_by", Fate.STAYS),
    "requests decided": Holding(RevocationRequest, "decided_by", Fate.STAYS, is_theirs=False),
    "exports asked for": Holding(DataExport, "asked_by", Fate.STAYS, is_theirs=False),
    "answers marked": Holding(Answer, "marked_by", Fate.STAYS, is_theirs=False),
    "codes made": Holding(Code, "created_by", Fate.STAYS),
    "sheets asked for": Holding(SheetRun, "requested_by", Fate.STAYS),
    "places made": Holding(Place, "created_by", Fate.STAYS),
    "content made": Holding(Item, "created_by", Fate.STAYS),
    "content changed": Holding(Item, "changed_by", Fate.STAYS),
    "content deleted": Holding(Item, "deleted_by", Fate.STAYS),
    "files": Holding(StoredFile, "uploaded_by", Fate.STAYS),
}
