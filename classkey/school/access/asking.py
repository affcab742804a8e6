"""Questions about what somebody may see and do, prepared for each kind of viewer (prepared.py): a
page asks a dozen of them.

What a rule may go by is said here. Of a viewer it hears in which capacity they look, their role,
whether they are active and whether an administrator; who they are, and their child, goes into the
SQL as a value. Whatever else a rule asks a viewer about, it is refused at the first question.
"""

import uuid
from collections.abc import Callable
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar

from django.db.models import DEFERRED, QuerySet

from classkey.accounts.models import User
from classkey.prepared import Prepared
from classkey.school.viewer import Viewer

P = ParamSpec("P")
Row = TypeVar("Row")


class Kind(NamedTuple):
    """What rules go by of a person, apart from who they are."""

    role: str
    is_active: bool
    is_administrator: bool
    is_with_child: bool


class PreparedForViewer(Generic[P, Row]):
    """A queryset that goes by a viewer, whose SQL is kept; a decorator as `Prepared` is.

        @PreparedForViewer
        def rows(viewer: Viewer, place: uuid.UUID) -> QuerySet[Item]: ...

        rows(viewer, place.pk)  # a list

    With the eyes of others (a preview has a whole place with it) and about what has a number for an
    id it is asked as it is written.
    """

    def __init__(self, queryset: Callable[Concatenate[Viewer, P], QuerySet[Any, Row]]) -> None:
        self.queryset = queryset
        # There are rules that are the same for everybody of a kind, and with any child.
        self._alone: Prepared[..., Row] = Prepared(self._of_somebody, may_be_nowhere=1)
        self._with_child: Prepared[..., Row] = Prepared(self._of_somebody, may_be_nowhere=2)

    def __call__(self, viewer: Viewer, *values: P.args, **kind: P.kwargs) -> list[Row]:
        """Return the rows of the queryset for this viewer and these values."""
        if viewer.preview is not None or not all(isinstance(each, uuid.UUID) for each in values):
            return list(self.queryset(viewer, *values, **kind))
        user, child = viewer.user, viewer.child
        who = Kind(user.role, user.is_active, user.is_administrator, child is not None)
        if child is None:
            return self._alone(user.pk, *values, who=who, **kind)
        return self._with_child(user.pk, child.pk, *values, who=who, **kind)

    def first(self, viewer: Viewer, *values: P.args, **kind: P.kwargs) -> Row | None:
        """Return the first of the rows, or None."""
        return next(iter(self(viewer, *values, **kind)), None)

    def _of_somebody(
        self, user: uuid.UUID, *values: Any, who: Kind, **kind: Any
    ) -> QuerySet[Any, Row]:
        """Return the queryset for somebody who is nothing but of this kind."""
        role, is_active, is_administrator, is_with_child = who
        viewer = _person(id=user, role=role, is_active=is_active, is_administrator=is_administrator)
        if not is_with_child:
            return self.queryset(Viewer(viewer), *values, **kind)
        child, *others = values
        return self.queryset(Viewer(viewer, _person(id=child)), *others, **kind)


def _person(**known: Any) -> User:
    """Return a person of whom nothing else can be read: Django would look it up."""
    return User(**{field.attname: DEFERRED for field in User._meta.concrete_fields} | known)
