"""C5: what an answer is worth where no teacher is needed, by tables and properties."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, reject
from hypothesis import strategies as st

from classkey.school.assessing import scoring
from classkey.school.models import Choice, Question, QuestionKind

ONE, SEVERAL = QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES
TRUE_FALSE, NUMBER = QuestionKind.TRUE_FALSE, QuestionKind.NUMBER
SHORT, LONG = QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT


def asked(kind: QuestionKind, right: str = "", wrong: str = "", **key: Any) -> Question:
    """A question with its choices, each called by a letter; nothing of it is in a database."""
    question = Question(kind=kind, points=Decimal(3), **key)
    choices = [
        Choice(question=question, position=position, text=letter, is_right=letter in right)
        for position, letter in enumerate(sorted(right + wrong))
    ]
    vars(question)["_prefetched_objects_cache"] = {"choices": choices}
    return question


def ticked(question: Question, letters: str) -> list[str]:
    """The ids of the choices with these letters, in this order."""
    ids = {choice.text: str(choice.pk) for choice in question.choices.all()}
    return [ids[letter] for letter in letters]


# --- Choices ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "right", "wrong", "chosen", "points"),
    [
        (ONE, "a", "bc", "a", 3),
        (ONE, "a", "bc", "b", 0),
        (ONE, "a", "bc", "", 0),
        (SEVERAL, "ab", "cd", "ab", 3),
        (SEVERAL, "ab", "cd", "ba", 3),
        (SEVERAL, "ab", "cd", "a", 0),
        (SEVERAL, "ab", "cd", "abc", 0),
        (SEVERAL, "ab", "cd", "cd", 0),
        (SEVERAL, "ab", "cd", "", 0),
        (SEVERAL, "abcd", "", "abcd", 3),
    ],
)
def test_c5_choices_are_right_all_together_or_not(
    kind: QuestionKind, right: str, wrong: str, chosen: str, points: int
) -> None:
    question = asked(kind, right, wrong)
    assert scoring.score(question, ticked(question, chosen)) == points


@given(
    right=st.sets(st.sampled_from("abcdef"), min_size=1), chosen=st.sets(st.sampled_from("abcdef"))
)
def test_c5_several_choices_are_right_if_they_are_the_key(
    right: set[str], chosen: set[str]
) -> None:
    question = asked(SEVERAL, "".join(right), "".join(set("abcdef") - right))
    given = scoring.tidy(question, ticked(question, "".join(chosen)))
    assert scoring.is_right(question, given) is (right == chosen)


# --- True or false ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "given", "right"),
    [
        (True, ["true"], True),
        (True, ["false"], False),
        (False, ["false"], True),
        (False, ["true"], False),
        (False, [], False),
        (True, [], False),
    ],
)
def test_c5_true_or_false_and_no_answer_is_not_false(
    key: bool,  # noqa: FBT001 # a row of the table
    given: list[str],
    right: bool,  # noqa: FBT001
) -> None:
    assert scoring.is_right(asked(TRUE_FALSE, is_true=key), given) is right


# --- Numbers ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", "3"),
        (" 3 ", "3"),
        ("3.5", "3.5"),
        ("3,5", "3.5"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+3", "3"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("–3", "-3"),
        ("—3", "-3"),
        ("- 3", "-3"),
        ("-0", "0"),
        ("1 000", "1000"),
        ("1\u00a0000", "1000"),
        ("1\u202f000,25", "1000.25"),
        ("1,250", "1.25"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,000,000", "1000000"),
        ("1.000.000", "1000000"),
        ("1e3", "1000"),
        ("2E-2", "0.02"),
        ("٣", "3"),
        ("３", "3"),
        ("999999999999", "999999999999"),
    ],
)
def test_c5_a_number_is_read_as_people_type_it(typed: str, number: str) -> None:
    assert scoring.as_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "three", "3 apples", "3.5.2", "1,2,3", "--3", "3-", "1_000", "5²", "½", "0x10",
     "NaN", "sNaN", "Infinity", "-inf", "e5", "1e", ".", ",", "-", "1000000000000",
     "1e99999999", "1e-99999999", "1e9999999999999999999999", "9" * 300, "\x00", "3\x00"],
)  # fmt: skip
def test_c5_what_is_no_number_is_none_and_no_accident(typed: str) -> None:
    assert scoring.as_number(typed) is None
    question = asked(NUMBER, number=Decimal(3), tolerance=Decimal(1))
    assert scoring.is_right(question, [typed]) is False


@pytest.mark.parametrize(
    ("number", "tolerance", "typed", "right"),
    [
        ("3.14", "0", "3.14", True),
        ("3.14", "0", "3,140", True),
        ("3.14", "0", "3.141", False),
        ("3.14", "0.01", "3.15", True),
        ("3.14", "0.01", "3.13", True),
        ("3.14", "0.01", "3.1501", False),
        ("-2", "0", "−2", True),
        ("-2", "0", "2", False),
        ("0", "0", "-0", True),
        ("0.1", "0", "1e-1", True),
        # Two ways of writing, and nobody is wrong for where they learnt theirs.
        ("1250", "0", "1,250", True),
        ("1.25", "0", "1,250", True),
        ("1250", "0", "1.250", True),
        ("1250", "0", "1,25", False),
        ("1250", "0", "12,50", False),
    ],
)
def test_c5_a_number_is_right_within_the_tolerance(
    number: str,
    tolerance: str,
    typed: str,
    right: bool,  # noqa: FBT001 # a row of the table
) -> None:
    question = asked(NUMBER, number=Decimal(number), tolerance=Decimal(tolerance))
    assert scoring.is_right(question, [typed]) is right


def test_c5_no_number_is_right_while_there_is_no_key() -> None:
    assert scoring.is_right(asked(NUMBER), ["3"]) is False


NUMBERS = st.decimals("-999999999", "999999999", places=6)


@given(
    number=NUMBERS,
    comma=st.booleans(),
    minus=st.sampled_from("-−–"),
    space=st.sampled_from(["", " ", "\u202f"]),
)
def test_c5_a_number_is_right_however_it_is_written(
    number: Decimal,
    comma: bool,  # noqa: FBT001 # drawn
    minus: str,
    space: str,
) -> None:
    typed = f"{number:f}".replace("-", minus)
    typed = f"{space}{typed.replace('.', ',') if comma else typed}{space}"
    assert scoring.as_number(typed) == number
    assert scoring.is_right(asked(NUMBER, number=number), [typed]) is True


@given(number=NUMBERS, off=NUMBERS, tolerance=st.decimals(0, 1000, places=6))
def test_c5_the_tolerance_holds_to_the_last_place(
    number: Decimal, off: Decimal, tolerance: Decimal
) -> None:
    question = asked(NUMBER, number=number, tolerance=tolerance)
    assert scoring.is_right(question, [f"{number + off:f}"]) is (abs(off) <= tolerance)


@given(st.text(max_size=400) | st.from_regex(r"[+-]?\d+[.,eE]?[+-]?\d*", fullmatch=True))
def test_c5_whatever_is_typed_for_a_number_is_read_or_not(typed: str) -> None:
    number = scoring.as_number(typed)
    assert number is None or (number.is_finite() and abs(number) < 10**12)


@given(NUMBERS)
def test_c5_a_number_that_is_shown_reads_back(number: Decimal) -> None:
    for language in ("en", "fr", "es"):
        with translation.override(language):
            assert scoring.as_number(scoring.as_text(number)) == number


@pytest.mark.parametrize(
    ("number", "language", "shown"),
    [("2.00", "en", "2"), ("2.50", "en", "2.5"), ("2.50", "fr", "2,5"), ("100", "en", "100"),
     ("0.000000", "en", "0"), ("-1.10", "en", "-1.1")],
)  # fmt: skip
def test_c5_a_number_is_shown_without_zeros_at_its_end(
    number: str, language: str, shown: str
) -> None:
    with translation.override(language):
        assert scoring.as_text(Decimal(number)) == shown


# --- Short texts ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("accepted", "typed"),
    [
        ("cytoplasm", "Cytoplasm"),
        ("cytoplasm", "  cytoplasm "),
        ("the cytoplasm", "the   CYTOPLASM"),
        ("one\n\n  two  \n", "two"),
        ("one\r\ntwo", "one"),
        ("caf\u00e9", "cafe\u0301"),  # one letter, or a letter and its accent
        ("straße", "STRASSE"),
        ("l'eau", "l’eau"),
        ("well-known", "well‑known"),
        ('"so"', "“so”"),
        ("H2O", "Ｈ２Ｏ"),
        ("Ελλάς", "ΕΛΛΆΣ"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_c5_a_short_text_is_right_however_it_is_typed(accepted: str, typed: str) -> None:
    assert scoring.is_right(asked(SHORT, accepted=accepted), [typed]) is True


@pytest.mark.parametrize("typed", ["cafe", "caf", "café au lait", "café\x00", "on", "e"])
def test_c5_another_short_text_is_not(typed: str) -> None:
    assert scoring.is_right(asked(SHORT, accepted="café\none"), [typed]) is False


@given(st.text(min_size=1).filter(str.strip))
def test_c5_what_the_teacher_wrote_is_right_as_it_stands(text: str) -> None:
    question = asked(SHORT, accepted=text)
    for line in scoring.accepted_texts(question):
        assert scoring.is_right(question, [line]) is True
        assert scoring.is_right(question, [f" {unicodedata.normalize('NFD', line)} "]) is True


# --- What a teacher marks ---------------------------------------------------------------
@pytest.mark.parametrize("question", [asked(LONG), asked(SHORT), asked(SHORT, accepted=" \n ")])
def test_c5_a_text_without_a_key_waits_for_the_teacher(question: Question) -> None:
    assert scoring.score(question, ["Because."]) is None
    assert scoring.key_in_words(question) == []


@pytest.mark.parametrize("kind", QuestionKind)
def test_c5_no_answer_is_worth_nothing_and_waits_for_nobody(kind: QuestionKind) -> None:
    key = {"is_true": False, "number": Decimal(0)}
    assert scoring.score(asked(kind, "a", "b", **key), []) == 0


# --- In words ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "key"),
    [
        (asked(ONE, "b", "ac"), ["b"]),
        (asked(SEVERAL, "ac", "b"), ["a", "c"]),
        (asked(TRUE_FALSE, is_true=True), ["True"]),
        (asked(TRUE_FALSE, is_true=False), ["False"]),
        (asked(NUMBER, number=Decimal("3.140000")), ["3.14"]),
        (asked(NUMBER, number=Decimal("3.14"), tolerance=Decimal("0.010")), ["3.14 ± 0.01"]),
        (asked(NUMBER), []),
        (asked(SHORT, accepted="one\ntwo"), ["one", "two"]),
        (asked(LONG, accepted="one"), []),
    ],
)
def test_c5_the_key_in_words(question: Question, key: list[str]) -> None:
    assert scoring.key_in_words(question) == key


def test_c5_an_answer_in_words() -> None:
    several = asked(SEVERAL, "ab", "c")
    assert scoring.in_words(several, ticked(several, "ca")) == ["a", "c"]
    assert scoring.in_words(asked(TRUE_FALSE, is_true=True), ["false"]) == ["False"]
    assert scoring.in_words(asked(TRUE_FALSE, is_true=True), ["true"]) == ["True"]
    assert scoring.in_words(asked(TRUE_FALSE, is_true=True), []) == []
    assert scoring.in_words(asked(NUMBER), ["3,50"]) == ["3,50"]


# --- What is kept -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "given", "kept"),
    [
        (asked(LONG), ["Because.\n\nSo."], ["Because.\n\nSo."]),
        (asked(LONG), ["", "  \n"], []),
        (asked(SHORT), [" x "], [" x "]),
        (asked(TRUE_FALSE), ["", "true"], ["true"]),
        (asked(NUMBER), ["three"], ["three"]),
        (asked(LONG), ["x" * 20_000], ["x" * 20_000]),
        (asked(SHORT), ["x" * 300], ["x" * 300]),
    ],
)
def test_c5_an_answer_is_kept_as_it_was_given(
    question: Question, given: list[str], kept: list[str]
) -> None:
    assert scoring.tidy(question, given) == kept


def test_c5_ticks_are_kept_once_and_in_the_order_of_the_choices() -> None:
    question = asked(SEVERAL, "ab", "cd")
    assert scoring.tidy(question, ticked(question, "dbbd")) == ticked(question, "bd")


OTHER = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("question", "given"),
    [
        (asked(ONE, "a", "b"), [OTHER]),
        (asked(SEVERAL, "a", "b"), [OTHER]),
        (asked(SEVERAL, "a", "b"), ["a"]),
        (asked(TRUE_FALSE), ["maybe"]),
        (asked(TRUE_FALSE), ["true", "false"]),
        (asked(NUMBER), ["1", "2"]),
        (asked(LONG), ["one", "two"]),
        (asked(SHORT), ["x" * 301]),
        (asked(LONG), ["x" * 20_001]),
        (asked(LONG), ["a\x00b"]),
        (asked(SHORT), ["\ud800"]),
    ],
)
def test_c5_what_the_question_does_not_offer_is_not_kept(
    question: Question, given: Sequence[str]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        scoring.tidy(question, given)


def test_c5_more_than_one_of_one_choice_is_not_kept() -> None:
    question = asked(ONE, "a", "b")
    with pytest.raises(ValueError, match=r"."):
        scoring.tidy(question, ticked(question, "ab"))


@given(
    kind=st.sampled_from([TRUE_FALSE, NUMBER, SHORT, LONG]),
    given=st.lists(st.text() | st.sampled_from(["true", "false", "3,5"]), max_size=3),
)
def test_c5_what_is_kept_once_is_kept_again_and_worth_all_or_nothing_or_a_look(
    kind: QuestionKind, given: list[str]
) -> None:
    question = asked(kind, is_true=True, number=Decimal("3.5"), accepted="a")
    try:
        kept = scoring.tidy(question, given)
    except ValueError:
        reject()
    assert scoring.tidy(question, kept) == kept
    assert scoring.score(question, kept) in {0, 3, None}
