"""The keys that a demo makes for itself (A6)."""

import os
from pathlib import Path
from stat import S_IMODE

import pytest

from classkey.config.demo_keys import demo_keys
from classkey.config.environment import check


def test_a6_keys_are_made_once_kept_and_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys.env"
    assert demo_keys(path) == path
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(path.parent.stat().st_mode) == 0o700
    made = path.read_text()
    assert demo_keys(path).read_text() == made
    assert list(path.parent.iterdir()) == [path]


def test_a6_every_demo_has_keys_of_its_own_and_they_are_right(tmp_path: Path) -> None:
    one, other = (
        dict(line.split("=", 1) for line in demo_keys(tmp_path / name).read_text().splitlines())
        for name in ("one.env", "other.env")
    )
    assert one.keys() == {
        "CLASSKEY_SECRET_KEY",
        "CLASSKEY_CODE_DIGEST_KEYS",
        "CLASSKEY_CODE_CIPHER_KEYS",
    }
    assert not set(one.values()) & set(other.values())
    check(one, demo=True)


def test_a6_of_web_and_worker_starting_together_one_makes_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, link = tmp_path / "keys.env", os.link

    def too_late(made: Path, place: Path) -> None:
        place.write_text("CLASSKEY_SECRET_KEY=of-the-other-process\n")
        link(made, place)

    monkeypatch.setattr(os, "link", too_late)
    assert demo_keys(path).read_text() == "CLASSKEY_SECRET_KEY=of-the-other-process\n"
    assert list(tmp_path.iterdir()) == [path]
