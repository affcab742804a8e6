"""What is drawn once for everybody's pages is the same for everybody (F6)."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.utils import make_template_fragment_key
from django.test import Client

import classkey.web
from tests.web.browsing import at, browser_of
from tests.world import School

TEMPLATES = Path(classkey.web.__file__).with_name("templates")
VARIES: dict[str, list[object]] = {
    "languages": [],
    "support": [settings.SCHOOL_NAME, settings.SUPPORT],
}
"""By what a fragment differs, but for the language."""


def test_these_are_all() -> None:
    found = [
        name
        for each in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% cache \w+ (\w+)", each.read_text())
    ]
    assert sorted(found) == sorted(VARIES)


@pytest.mark.parametrize("name", sorted(VARIES))
def test_f6_whatever_is_opened_first_it_is_the_same_for_all(north: School, name: str) -> None:
    readers = [Client(), *map(browser_of, (north.anna, north.tess, north.paula))]
    pages = ("/join/", "/nowhere/", at("view_as_place", north.maths, "student", north.maths))
    drawn = set()
    for client, page, language in product(readers, pages, ("en", "fr")):
        caches["template_fragments"].clear()
        client.get(page, headers={"accept-language": language}, follow=True)
        key = make_template_fragment_key(name, [language, *VARIES[name]])
        kept = caches["template_fragments"].get(key)
        assert kept, page
        drawn.add((language, kept))
    assert len(drawn) == 2
