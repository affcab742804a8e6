"""Content, many at once: who saves second is told, and nothing lies in two places.

On both databases; SQLite lets one writer in at a time, and the promises hold there as well.
"""

import pytest

from classkey.school import publishing
from classkey.school.models import Item, StoredFile
from classkey.school.publishing import ChangedMeanwhile, Shift
from classkey.school.viewer import Viewer
from tests.school.test_races import together
from tests.uploads import Kept, upload
from tests.world import School, World

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def north(committed_world: World) -> School:
    return committed_world.north


def test_a4_of_many_who_save_at_once_one_wins_and_the_others_are_told(north: School) -> None:
    page, people = north.pages["maths: both"], [north.tess, north.tom, north.ed, north.sam] * 2
    results = together(
        *(
            lambda person=person: publishing.edit_item(
                Viewer(person), page, version=1, title=person.given_name, body="Mine"
            )
            for person in people
        )
    )
    assert sorted(type(result).__name__ for result in results) == (
        ["ChangedMeanwhile"] * 7 + ["NoneType"]
    )
    winner = people[results.index(None)]
    now = Item.objects.get(pk=page.pk)
    assert (now.title, now.version, now.changed_by) == (winner.given_name, 2, winner)
    for result in results:
        assert result is None or result.current.title == winner.given_name


def test_a4_of_two_files_for_one_item_the_one_that_is_too_late_is_not_kept(
    north: School, kept: Kept
) -> None:
    [item] = publishing.make_files(Viewer(north.tess), north.maths, None, [upload("a.txt")])
    files = StoredFile.objects.count()
    results = together(
        *(
            lambda person=person: publishing.edit_item(
                Viewer(person), item, version=1, title="New", upload=upload("b.txt")
            )
            for person in (north.tess, north.ed, north.sam)
        )
    )
    assert len([result for result in results if isinstance(result, ChangedMeanwhile)]) == 2
    assert StoredFile.objects.count() == files + 1
    assert len(kept()) == 2


def test_c1_what_is_added_at_once_has_an_order(north: School) -> None:
    together(
        *(
            lambda number=number: publishing.make_files(
                Viewer(north.tess), north.maths, north.box, [upload(f"{number}.txt")]
            )
            for number in range(6)
        )
    )
    positions = list(Item.objects.filter(folder=north.box).values_list("position", flat=True))
    assert positions == list(range(10))


def test_c1_what_is_moved_up_and_down_at_once_stays_in_order(north: School) -> None:
    items = [north.pages[f"box: {title}"] for title in ("off", "blue", "green", "both")]
    steps = [(item, by) for item in items for by in Shift]
    results = together(
        *(
            lambda item=item, by=by: publishing.shift_item(Viewer(north.tess), item, by)
            for item, by in steps
        )
    )
    assert results == [None] * 8
    beside = Item.objects.filter(folder=north.box)
    assert sorted(beside.values_list("position", flat=True)) == [0, 1, 2, 3]


def test_c1_two_folders_never_come_to_lie_in_each_other(north: School) -> None:
    tess = Viewer(north.tess)
    results = together(
        lambda: publishing.move_item(tess, north.folder, north.maths, north.drawer),
        lambda: publishing.move_item(tess, north.drawer, north.maths, north.box),
    )
    assert [type(result).__name__ for result in results].count("Refused") == 1
    folders = dict(Item.objects.filter(kind="folder").values_list("pk", "folder"))
    step: object = north.box.pk
    for _above in folders:
        step = folders.get(step) if step else None  # type: ignore[call-overload]
    assert step is None, "every way up ends"
