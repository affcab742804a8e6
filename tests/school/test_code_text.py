"""What a code looks like (K4, K5), as tables; the properties are in `test_properties`."""

import unicodedata

import pytest

from classkey.school import code_text
from classkey.school.code_text import ALPHABET, CodeKind

REGISTRATION, PARENT = CodeKind.REGISTRATION, CodeKind.PARENT
WELL_FORMED = [
    ("22222222W", REGISTRATION, "222-222-22W"),
    ("BCDFGHJK4", REGISTRATION, "BCD-FGH-JK4"),
    ("22222222222P", PARENT, "2222-2222-222P"),
    ("BCDFGHJKMNPB", PARENT, "BCDF-GHJK-MNPB"),
]


def check_character(body: str) -> str:
    """ISO 7064 MOD 29,28 as the standard tells it: a second opinion, in other words."""
    product = 28
    for sign in body:
        total = (ALPHABET.index(sign) + product) % 28 or 28
        product = total * 2 % 29
    return ALPHABET[(29 - product) % 28]


def test_k5_the_alphabet_has_no_vowels_and_no_look_alikes() -> None:
    assert ALPHABET == "23456789BCDFGHJKMNPQRSTVWXYZ"
    assert not set(ALPHABET) & set("AEIOU01L")


@pytest.mark.parametrize("kind", CodeKind)
def test_k5_a_new_code_has_its_length_and_its_check_character(kind: CodeKind) -> None:
    for _ in range(50):
        code = code_text.mint(kind)
        assert len(code) == {REGISTRATION: 9, PARENT: 12}[kind]
        assert code[-1] == check_character(code[:-1])
        assert code_text.kind_of(code) is kind


@pytest.mark.parametrize(("text", "kind", "written"), WELL_FORMED)
def test_k5_how_codes_are_written(text: str, kind: CodeKind, written: str) -> None:
    assert text[-1] == check_character(text[:-1])
    assert code_text.kind_of(text) is kind
    assert code_text.display(text) == written


@pytest.mark.parametrize("text", ["", "BCD", "222222223", "bcdfghjk", "A22222222", "2" * 10])
def test_what_is_not_well_formed_cannot_be_written(text: str) -> None:
    assert code_text.kind_of(text) is None
    with pytest.raises(ValueError, match="well-formed") as told:
        code_text.display(text)
    assert not text or text not in str(told.value)


@pytest.mark.parametrize(
    "typed",
    [
        "BCD-FGH-JKM",
        "bcd fgh jkm",
        "  bcdfghjkm\n",
        "B C D F G H J K M",
        "BCD–FGH—JKM",
        "BCD\u2011FGH\u2010JKM",
        "BCD_FGH_JKM",
        "BCD\u00a0FGH\u200bJKM\ufeff",
        "BCD\u00adFGH\u2028JKM",
        "\u202dBCDFGHJKM\u202c",
        "ＢＣＤ－ＦＧＨ－ＪＫＭ",
        "𝐁𝐂𝐃𝐅𝐆𝐇𝐉𝐊𝐌",
        "ⓑⓒⓓⓕⓖⓗⓙⓚⓜ",
        "\x00BCD\tFGH\rJKM\x1b",
    ],
)
def test_k4_spaces_hyphens_and_case_do_not_matter(typed: str) -> None:
    assert code_text.normalise(typed) == "BCDFGHJKM"


IN_A_MESSAGE = [
    "Your code is {written}, valid until Friday.",
    "{written}!",
    "Code:{plain}",
    "bonjour madame, le code : {written}\nmerci",
    "(“{written}”)",
    "https://school.example/join/#{plain}",
    "Open https://school.example/join/#{plain} or type {written} by 8 December.",
    "请使用 {written} 。",
    "BCD {written} 234",
]
"""What people paste; the rest of it makes no code by chance."""


@pytest.mark.parametrize("message", IN_A_MESSAGE)
@pytest.mark.parametrize(("plain", "_kind", "written"), WELL_FORMED)
def test_k4_a_code_is_found_in_the_message_around_it(
    message: str, plain: str, _kind: CodeKind, written: str
) -> None:
    pasted = message.format(plain=plain, written=written)
    assert code_text.read(pasted) == code_text.read(pasted.lower()) == plain


@pytest.mark.parametrize(
    "pasted",
    [
        "222-222-22W or BCD-FGH-JK4?",
        "My code is 222-222-223.",
        "x222-222-22W",
        "222-222-22Wx",
        "2 22-222-22W and more",
        "",
        "2" * 2_000,
    ],
)
def test_k4_no_code_or_more_than_one_is_not_guessed_at(pasted: str) -> None:
    assert code_text.read(pasted) == code_text.normalise(pasted)
    assert code_text.kind_of(code_text.read(pasted)) is None


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("BCD-FGH-JK0", "0"),
        ("bcd fgh jio", "I"),
        ("БВГ", "Б"),
        ("2+2", "+"),
        ("👩‍🚀", "👩"),
        ("22", ""),
    ],
)
def test_k7_the_sign_that_no_code_has_is_named(typed: str, sign: str) -> None:
    assert code_text.impossible_sign(code_text.normalise(typed)) == sign


BAD = [
    "",
    " ",
    "-",
    "x",
    "0" * 9,
    "\x00",
    "\ud800",
    "🦉" * 9,
    "ﷺ" * 200,
    "e\u0301" * 100,
    "٣٣٣-٣٣٣-٣٣٣",
    "БВГДЖЗКЛМ",
    "שלוםשלום",
    "二三四五六七八九十",
    "'; DROP TABLE school_code; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "2" * 201,
]


@pytest.mark.parametrize("typed", BAD, ids=ascii)
def test_any_text_can_be_typed_and_is_no_code(typed: str) -> None:
    assert code_text.kind_of(code_text.normalise(typed)) is None


def test_a_megabyte_costs_no_more_than_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in work, not in time: nothing of it is looked at."""

    def looked_at(*_args: object) -> str:
        raise AssertionError

    megabyte = "2" * 1_000_000
    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", looked_at)
        patch.setattr(unicodedata, "category", looked_at)
        assert code_text.normalise(megabyte) == ""
    assert len(code_text.normalise("2" * code_text.LONGEST_TYPED)) == code_text.LONGEST_TYPED
