"""What is prepared is every thread's and nobody's connection."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from classkey.prepared import Prepared
from classkey.school.models import Membership
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@Prepared
def members(place: uuid.UUID) -> QuerySet[Membership]:
    """Who is in a place."""
    return Membership.objects.filter(place=place).select_related("user").order_by("pk")


@Prepared
def held(place: uuid.UUID) -> QuerySet[Membership]:
    """The same, until the transaction ends."""
    return members.queryset(place).select_for_update(of=("self",))


def test_threads_ask_each_over_their_own_connection(committed_world: World) -> None:
    places = [place.pk for place in committed_world.north.places] * 4

    def ask(place: uuid.UUID) -> tuple[uuid.UUID, list[Membership]]:
        try:
            return place, members(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        for place, rows in threads.map(ask, places):
            assert rows == list(members.queryset(place))


def test_rows_are_held_in_a_transaction_alone(committed_world: World) -> None:
    place = committed_world.north.maths
    with transaction.atomic():
        assert held(place.pk) == members(place.pk) != []
    if connection.features.has_select_for_update:
        with pytest.raises(TransactionManagementError):
            held(place.pk)
