"""What an answer is worth, where that can be told without a teacher (C5). Pure.

An answer is a list of texts: the ids of the chosen choices, "true" or "false", or the
one text that was typed. Right is all of it or nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from classkey.school.models import Question, QuestionKind

TRUE, FALSE = "true", "false"


def tidy(question: Question, given: Iterable[str]) -> list[str]:
    """Return an answer as it is kept: nothing blank, and only what the question offers.

    Raises ValueError for choices that are not the question's, for more than one where one
    is asked for, and for a text that is too long or that no database keeps.
    """
    texts = [text for text in given if text.strip()]
    if any(map(_UNKEEPABLE.search, texts)):
        raise ValueError(texts)
    if question.has_choices:
        offered = [str(choice.pk) for choice in question.choices.all()]
        chosen = [choice for choice in offered if choice in texts]
        if set(texts) - set(offered):
            raise ValueError(texts)
        texts = chosen
    elif question.kind == QuestionKind.TRUE_FALSE and set(texts) - {TRUE, FALSE}:
        raise ValueError(texts)
    if question.kind != QuestionKind.SEVERAL_CHOICES and len(texts) > 1:
        raise ValueError(texts)
    if sum(map(len, texts)) > LONGEST[question.kind]:
        raise ValueError(texts)
    return texts


LONGEST: dict[str, int] = {
    **dict.fromkeys(QuestionKind, 300),
    QuestionKind.SEVERAL_CHOICES: 10_000,
    QuestionKind.LONG_TEXT: 20_000,
}
"""How many characters an answer may have."""

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def score(question: Question, given: Sequence[str]) -> Decimal | None:
    """Return the points for an answer, or None if a teacher has to mark it."""
    right = is_right(question, given)
    if right is None:
        return None
    return question.points if right else Decimal(0)


def is_right(question: Question, given: Sequence[str]) -> bool | None:
    """Tell whether an answer is right; None if only a teacher can tell. No answer is not right."""
    if not given:
        return False
    if question.has_choices:
        key = {str(choice.pk) for choice in question.choices.all() if choice.is_right}
        return set(given) == key
    if question.kind == QuestionKind.TRUE_FALSE:
        return (given[0] == TRUE) == question.is_true
    if question.kind == QuestionKind.NUMBER:
        right, off = question.number, question.tolerance
        return right is not None and any(abs(read - right) <= off for read in _readings(given[0]))
    if question.kind == QuestionKind.SHORT_TEXT and (accepted := accepted_texts(question)):
        return _plain(given[0]) in map(_plain, accepted)
    return None


def in_words(question: Question, given: Sequence[str]) -> list[str]:
    """Return an answer as people read it; nothing if nothing was answered."""
    if question.has_choices:
        return [choice.text for choice in question.choices.all() if str(choice.pk) in given]
    if question.kind == QuestionKind.TRUE_FALSE:
        return [_("True") if text == TRUE else _("False") for text in given]
    return list(given)


def key_in_words(question: Question) -> list[str]:
    """Return what is right as people read it; nothing if only a teacher can tell."""
    if question.has_choices:
        return [choice.text for choice in question.choices.all() if choice.is_right]
    if question.kind == QuestionKind.TRUE_FALSE:
        return in_words(question, [TRUE if question.is_true else FALSE])
    if question.kind == QuestionKind.NUMBER and question.number is not None:
        number, off = as_text(question.number), question.tolerance
        return [f"{number} ± {as_text(off)}" if off else number]
    return accepted_texts(question) if question.kind == QuestionKind.SHORT_TEXT else []


def accepted_texts(question: Question) -> list[str]:
    """Return the texts that are right, as the teacher wrote them."""
    return [line.strip() for line in question.accepted.splitlines() if line.strip()]


def as_number(text: str) -> Decimal | None:
    """Return the number that somebody typed, with a point or a comma; None if it is none."""
    return next(iter(_readings(text)), None)


def _readings(text: str) -> list[Decimal]:
    """Return the numbers that a text may mean, the likeliest first: "1,250" is one and a quarter
    in most of the world, and more than a thousand in the rest.
    """
    typed = "".join(text.split()).translate(_ANY_MINUS)
    spellings = [typed.replace(",", ".")]
    if _COMMAS_GROUP.fullmatch(typed):
        spellings.append(typed.replace(",", ""))
    if _POINTS_GROUP.fullmatch(typed):
        spellings.append(typed.replace(".", "").replace(",", "."))
    read = [Decimal(spelling) for spelling in spellings if _NUMBER.fullmatch(spelling)]
    return [number + 0 for number in read if abs(number) < Decimal(10) ** 12]  # + 0: no "-0"


_ANY_MINUS = str.maketrans("‐‑‒–—−﹣－", "--------")
_COMMAS_GROUP = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTS_GROUP = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)


def as_text(number: Decimal) -> str:
    """Return a number as people of the language in use write it, without zeros at its end."""
    return number_format(format(number.normalize(), "f"))


def _plain(text: str) -> str:
    """The text without what does not matter: case, spaces, ways of writing one letter, and the
    quotation marks and dashes that a telephone puts for plain ones.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_TYPED_PLAINLY)
    return " ".join(plain.casefold().split())


_TYPED_PLAINLY = _ANY_MINUS | str.maketrans("‘’ʼ“”", "'''\"\"")
