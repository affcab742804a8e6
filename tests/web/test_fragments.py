"""What is drawn once for everybody's pages is the same for everybody (F6)."""

import re
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.cache.utils import make_template_fragment_key
from django.test import Client

import classkey.web
from tests.web.browsing import browser_of
from tests.world import School

TEMPLATES = Path(classkey.web.__file__).with_name("templates")
KEPT = {"support", "languages"}


def test_these_are_all() -> None:
    found = [
        name
        for each in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% cache \w+ (\w+)", each.read_text())
    ]
    assert sorted(found) == sorted(KEPT)


@pytest.mark.parametrize("name", sorted(KEPT))
def test_f6_whoever_opens_a_page_first_it_is_the_same_for_all(north: School, name: str) -> None:
    drawn = set()
    for client in (Client(), *map(browser_of, (north.anna, north.tess, north.paula))):
        caches["template_fragments"].clear()
        for language in ("en", "fr"):
            client.get("/join/", headers={"accept-language": language})
            kept = caches["template_fragments"].get(make_template_fragment_key(name, [language]))
            assert kept
            drawn.add((language, kept))
    assert len(drawn) == 2
