"""French and Spanish: whole, true to the English, and what people come to read (A3).

The texts are taken out of the code here in Python, as makemessages takes them, so that neither
this nor anything else needs GNU gettext; only `make messages` does.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import django
import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

from classkey.school.models import Code
from tests.web.browsing import at, browser_of, html, words
from tests.world import School, expire

CODE = Path(settings.BASE_DIR, "classkey")
LANGUAGES = ["es", "fr"]

Text = tuple[str, str, str]
"""A text of the code: its context, itself and its plural, '' where it has none."""

ARGUMENTS = {"gettext": (1,), "ngettext": (1, 2), "pgettext": (0, 1), "npgettext": (0, 1, 2)}
"""Which places of a `Text` the arguments of each function fill."""

LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(?:_|n?p?gettext)\({LITERAL}(?:, ?{LITERAL})*", re.DOTALL)


# --- The texts of the code ---------------------------------------------------------
def texts_of_python(source: str) -> Iterator[Text]:
    """Find every text that is marked in Python; one that is not written out is an error."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            name = "gettext" if name == "_" else re.sub("_(lazy|noop)$", "", name)
            if places := ARGUMENTS.get(name):
                text = ["", "", ""]
                for place, argument in zip(places, node.args, strict=False):
                    text[place] = ast.literal_eval(argument)
                yield text[0], text[1], text[2]


def texts_of_template(source: str) -> Iterator[Text]:
    """Find every text that is marked in a template."""
    for call in CALL.findall(templatize(source)):
        yield from texts_of_python(f"{call})")


def texts_of_the_code() -> set[Text]:
    """Find every text of Classkey; one with a plural stands for the same without."""
    found: set[Text] = set()
    for path in CODE.rglob("*.py"):
        found.update(texts_of_python(path.read_text()))
    for path in (CODE / "web/templates").rglob("*.*"):
        found.update(texts_of_template(path.read_text()))
    plurals = {text[:2] for text in found if text[2]}
    return {text for text in found if text[2] or text[:2] not in plurals}


def test_texts_are_found_wherever_they_are_marked() -> None:
    python = """_("a" "b"); gettext_lazy('c'); t.ngettext("one", "more", n); pgettext("m", "d")"""
    assert set(texts_of_python(python)) == {
        ("", "ab", ""), ("", "c", ""), ("", "one", "more"), ("m", "d", ""),
    }  # fmt: skip
    template = """
      {% load i18n %}{% translate "Don't" %}{% translate 'May' context "month" as m %}
      {% include "x.html" with title=_("Title") %}{{ _("Var") }}{# {% translate "no" %} #}
      {% blocktranslate trimmed count n=x %}
        {{ n }} is (100%)
      {% plural %}
        {{ n }} are
      {% endblocktranslate %}
    """
    assert set(texts_of_template(template)) == {
        ("", "Don't", ""), ("month", "May", ""), ("", "Title", ""), ("", "Var", ""),
        ("", "%(n)s is (100%%)", "%(n)s are"),
    }  # fmt: skip


# --- The catalogs ------------------------------------------------------------------
@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """One of the languages besides English."""
    return str(request.param)


def catalog(language: str) -> Any:
    """Read a catalog as it is written."""
    return polib.pofile(str(CODE / f"locale/{language}/LC_MESSAGES/django.po"))


def said(entry: Any) -> list[str]:
    """Return what an entry says in its language: one text, or one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_language_of_the_settings_has_a_catalog() -> None:
    assert {code for code, _name in settings.LANGUAGES} == {"en", *LANGUAGES}
    assert {path.name for path in (CODE / "locale").iterdir()} == set(LANGUAGES)


def test_a3_a_catalog_holds_the_texts_of_the_code_and_no_others(language: str) -> None:
    there = {(e.msgctxt or "", e.msgid, e.msgid_plural) for e in catalog(language)}
    code = texts_of_the_code()
    assert not code - there, "run `make messages`, and translate these"
    assert not there - code, "run `make messages`"


def test_a3_every_text_is_translated_by_a_person(language: str) -> None:
    for entry in catalog(language):
        assert all(said(entry)), entry.msgid
        assert not entry.fuzzy, entry.msgid


def marks(text: str) -> set[str]:
    """Return what a translation must keep: what is filled in, and HTML."""
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}|</?\w+>", text))


def test_a_translation_keeps_what_is_filled_in(language: str) -> None:
    for entry in catalog(language):
        one, most = marks(entry.msgid), marks(entry.msgid_plural or entry.msgid)
        *fewer, last = said(entry)
        assert marks(last) == most, entry.msgid
        for text in fewer:
            assert marks(text) in (one, most), entry.msgid
        for text in said(entry):
            assert text.endswith("\n") == entry.msgid.endswith("\n"), entry.msgid


def test_the_compiled_catalog_says_what_is_written(language: str) -> None:
    written = catalog(language)
    compiled = polib.mofile(str(Path(written.fpath).with_suffix(".mo")))
    assert {(e.msgid, e.msgctxt): said(e) for e in compiled} == {
        (e.msgid, e.msgctxt): said(e) for e in written
    }, "run `make messages`"
    assert compiled.metadata == written.metadata


def test_french_is_set_as_french_is() -> None:
    for entry in catalog("fr"):
        for text in said(entry):
            plain = re.sub(r"https?://", "", text)
            assert not re.search(r"[^\u00a0][:;!?»]|«[^\u00a0]|'", plain), text


def test_spanish_opens_its_questions() -> None:
    for entry in catalog("es"):
        for text in said(entry):
            asked = text.replace("“?”", "")  # the sign alone asks nothing
            assert asked.count("¿") == asked.count("?"), text
            assert text.count("¡") == text.count("!"), text


# --- Which language a person reads -------------------------------------------------
def language_of(response: Any) -> str:
    """Return the language that a page says it is in."""
    found = re.search(r'<html lang="([\w-]+)"', html(response))
    assert found
    return found[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "got", "title"),
    [
        ("fr", "fr", "Votre école, ouverte par un code"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr", "Votre école, ouverte par un code"),
        ("es-MX", "es", "Tu escuela, abierta con un código"),
        ("de", "en", "Your school, opened by a code"),
        ("de,es;q=0.5", "es", "Tu escuela, abierta con un código"),
    ],
)
def test_a3_a_page_is_in_the_language_of_the_browser(
    client: Client, asked: str, got: str, title: str
) -> None:
    page = client.get("/", headers={"accept-language": asked})
    assert language_of(page) == got
    assert page["Content-Language"] == got
    assert title in words(page)


def choose(client: Client, language: str) -> Any:
    """Choose a language in the footer, as the form there does, from the page to sign in."""
    page = html(client.get("/accounts/login/?next=/join/"))
    form = re.search(r'<form method="post" action="/language/".*?</form>', page, re.DOTALL)
    assert form
    assert f'value="{language}"' in form[0]
    found = re.search(r'name="next"\s+value="([^"]*)"', form[0])
    assert found
    return client.post("/language/", {"language": language, "next": found[1]})


@pytest.mark.django_db
def test_a3_the_footer_changes_the_language_for_a_stranger(client: Client, language: str) -> None:
    back = choose(client, language)
    assert back["Location"] == "/accounts/login/?next=/join/"
    # The choice is worth more than what the browser asks for.
    page = client.get(back["Location"], headers={"accept-language": "en"})
    assert language_of(page) == language
    assert re.search(rf'<option value="{language}"[^>]*selected', html(page))
    choose(client, "en")
    assert language_of(client.get("/", headers={"accept-language": language})) == "en"


def test_a3_the_language_stays_through_signing_in_and_out(north: School, client: Client) -> None:
    choose(client, "fr")
    client.force_login(north.anna)
    assert "Bonjour Anna" in words(client.get("/"))
    client.post(at("account_logout"))
    assert language_of(client.get("/")) == "fr"


def test_k7_a_refusal_is_told_in_ones_language(north: School) -> None:
    paula = browser_of(north.paula, headers={"accept-language": "fr"})

    def told(code: Code) -> str:
        return words(paula.post(at("join"), {"code": code.text}))

    assert "Ce code n’est pas pour ce compte" in told(north.for_students)
    assert "Il vous faut un code parent" in told(north.for_students)
    assert "Ce code a expiré" in told(expire(north.for_students))
    assert "Ce code n’ouvre rien" in words(paula.post(at("join"), {"code": "232-NM4-ZJS"}))


@pytest.mark.django_db
def test_a_broken_page_too_is_told_in_ones_language(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("classkey.web.views.home.render", breaks)
    client.raise_request_exception = False
    page = client.get("/", headers={"accept-language": "fr"})
    assert page.status_code == 500
    assert language_of(page) == "fr"
    assert "Un problème est survenu" in html(page)


# --- What is left in English -------------------------------------------------------
class Read(HTMLParser):
    """All that a page shows or reads out, piece by piece."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.pieces: set[str] = set()
        self.feed(markup)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a screen reader or a script reads out."""
        for name, value in attrs:
            if name in {"alt", "aria-label", "placeholder", "title"} or name.startswith("data-"):
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.pieces.add(" ".join(data.split()))


def english(language: str) -> set[str]:
    """Return the texts, Django's and allauth's too, that read differently in this language."""
    others = [Path(django.__file__).parent / "conf", Path(django.__file__).parent / "contrib/auth"]
    paths = [CODE, *others, Path(allauth.__file__).parent]
    entries = [
        entry
        for path in paths
        for entry in polib.mofile(str(path / f"locale/{language}/LC_MESSAGES/django.mo"))
    ]
    same = {text for entry in entries for text in said(entry)}
    # The footer calls each language by its own name.
    texts = {entry.msgid for entry in entries} - same - {"English"}
    # The labels of fields begin with a capital.
    return texts | {text[:1].upper() + text[1:] for text in texts if len(text) > 3}


PAGES = [
    ("", "account_login account_signup account_reset_password account_inactive join dashboard"),
    ("tess", "dashboard welcome codes code_new parent_code_new course_new account_settings"),
    ("anna", "dashboard join workspace_new account_email account_change_password account_delete"),
    ("vera", "mfa_index mfa_activate_totp account_reauthenticate account_logout"),
    ("paula", "children"),
]


def test_a3_no_page_is_left_in_english(north: School, language: str) -> None:
    ours = english(language)
    for who, names in PAGES:
        headers = {"accept-language": language}
        client = browser_of(getattr(north, who)) if who else Client()
        addresses = [at(name) for name in names.split()]
        if who == "tess":
            kinds = ("place", "members", "place_edit", "page_new", "group_new", "sheets_new")
            addresses += [at(kind, north.maths) for kind in kinds]
            addresses += [at("student", north.anna), at("code", north.for_students), "/nowhere/"]
        if who == "paula":
            addresses += [at("child", north.anna), at("child_place", north.anna, north.maths)]
        for address in addresses:
            page = client.get(address, follow=True, headers=headers)
            assert language_of(page) == language, address
            left = Read(html(page)).pieces & ours
            assert not left, address
