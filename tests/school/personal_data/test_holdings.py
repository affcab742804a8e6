"""No table with a person in it is forgotten when they ask for their data, or are erased (A8)."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from classkey.accounts.models import User
from classkey.school.models import AuditEvent
from classkey.school.personal_data.holdings import HOLDINGS, Fate

OURS = ("accounts", "account", "mfa", "school")


def ways_to_a_person() -> Iterator[tuple[str, str]]:
    """Every foreign key to a person, by its model and name."""
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.get_fields():
                if field.concrete and field.related_model is User:
                    yield model.__name__, field.name


def test_a8_every_foreign_key_to_a_person_is_a_holding() -> None:
    listed = {(holding.model.__name__, holding.path) for holding in HOLDINGS.values()}
    by_way_of = {(name, path) for name, path in listed if "__" in path}
    assert listed - by_way_of == set(ways_to_a_person())


def test_a8_a_row_goes_before_what_it_refers_to() -> None:
    """`HOLDINGS` is gone through in its order; nothing that stays refers to what has gone."""
    order = list(HOLDINGS)
    for before, after in (
        ("answers", "tests taken"),
        ("requests about their access", "links to children"),
        ("links to parents", "codes for their parents"),
        ("codes used", "codes for their parents"),
    ):
        assert order.index(before) < order.index(after)
    fates = [HOLDINGS[name].fate for name in order]
    assert fates == sorted(fates), "what goes, then what stays"
    assert fates[0] is Fate.GOES


@pytest.mark.parametrize("model", [Session, AuditEvent])
def test_a8_tables_without_a_foreign_key_hold_no_name(model: type[Session | AuditEvent]) -> None:
    """A session holds an id under a signature; a line of the log ids alone."""
    assert not [field for field in model._meta.get_fields() if field.related_model is User]
