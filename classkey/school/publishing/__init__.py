"""Content (C1 to C4): making and changing it, where it lies, and who is shown it."""

from classkey.school.publishing.items import (
    ChangedMeanwhile,
    edit_item,
    edit_place,
    last_editor,
    make_files,
    make_item,
)
from classkey.school.publishing.moving import (
    Destination,
    Shift,
    delete_item,
    destinations,
    move_item,
    restore_item,
    shift_item,
)
from classkey.school.publishing.toggles import Opening, Thing, Toggle, flip, opening, settle

__all__ = [
    "ChangedMeanwhile",
    "Destination",
    "Opening",
    "Shift",
    "Thing",
    "Toggle",
    "delete_item",
    "destinations",
    "edit_item",
    "edit_place",
    "flip",
    "last_editor",
    "make_files",
    "make_item",
    "move_item",
    "opening",
    "restore_item",
    "settle",
    "shift_item",
]
