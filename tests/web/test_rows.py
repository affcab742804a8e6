"""The rows of content are strings: what somebody wrote is escaped in each (C6)."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest

from classkey.school import publishing
from classkey.school.models import Item, ItemKind
from classkey.school.viewer import Viewer
from classkey.web.templatetags import item_rows, marks
from classkey.web.trees import Above
from tests.web.browsing import at, browser_of, html
from tests.world import School

OURS = {
    # ids, addresses that are looked up by names of ours, classes, and what is a string of rows
    *("item.pk", "thing.pk", "address", "classes", "colour", "hidden", "hx", "dialog"),
    *("more_classes", "picture", "name", "use", "off", "kind", "_sprite()"),
    *("self.token", "self.paths.to(item)", "self.of(branch.inside)", "inside", "actions"),
    *("state", "menu", "said", "does", "more", "before", "after"),
    *("icon(item.kind)", "icon(picture)", "icon('more')", "_word(picture)", "_note(item)"),
    *("''.join(parts)", "'0' if on else '1'"),
}
"""What stands in the strings unescaped."""
TEXTS = {"kind_and_size"}
"""Functions that make plain texts, for who escapes them."""


def put_in(module: ModuleType) -> Iterator[str]:
    """What is put into the f-strings of a module."""
    for function in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(function, ast.FunctionDef) and function.name not in TEXTS:
            for each in ast.walk(function):
                if isinstance(each, ast.FormattedValue):
                    yield ast.unparse(each.value)


@pytest.mark.parametrize("module", [item_rows, marks])
def test_what_is_not_ours_is_escaped_where_it_is_put_in(module: ModuleType) -> None:
    found = list(put_in(module))
    assert any(each.startswith("escape(") for each in found)
    assert not [each for each in found if not each.startswith("escape(") and each not in OURS]


def test_c6_the_host_of_a_link_is_a_text(north: School) -> None:
    tess, url = Viewer(north.tess), "https://school.example/"
    link = publishing.make_item(tess, north.maths, None, kind=ItemKind.LINK, title="L", url=url)
    Item.objects.filter(pk=link.pk).update(url="http://<evil x=1>/")  # whoever let it in
    page = html(browser_of(north.tess).get(at("place", north.maths)))
    assert "<evil" not in page
    assert "&lt;evil x=1&gt;" in page


def test_c6_so_is_what_a_catalog_says(north: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_WORDS", dict.fromkeys(marks._WORDS, "<evil>"))  # noqa: SLF001
    marks._word_in.cache_clear()  # noqa: SLF001
    try:
        item = Item(place=north.maths, title="Week 1")
        above = Above([north.maths])
        drawn = marks.toggle_button("blue", item, above) + marks.row_menu(
            item, {item.pk}, is_first=False, is_last=False
        )
    finally:
        marks._word_in.cache_clear()  # noqa: SLF001
    assert "<evil" not in drawn
    assert drawn.count("&lt;evil&gt;") == 3 + 5, "a state, twice what a click does; five to choose"


def test_a_word_is_in_the_language_of_the_page(north: School) -> None:
    tess, english, french = browser_of(north.tess), "Members can see this", "membres voient ceci"
    for language, there, not_there in (
        ("en", english, french), ("fr", french, english), ("en", english, french),
    ):  # fmt: skip
        page = html(tess.get(at("place", north.maths), headers={"accept-language": language}))
        assert there in page
        assert not_there not in page
