"""Points and numbers, as people write them (C5)."""

from decimal import Decimal

from django import template
from django.utils.translation import ngettext

from classkey.school.assessing import scoring
from classkey.school.models import Answer, Question

register = template.Library()


@register.filter
def plainly(number: Decimal) -> str:
    """Return a number without zeros at its end."""
    return scoring.as_text(number)


@register.filter
def in_points(number: Decimal) -> str:
    """Return a number of points in words: "1 point", "2.5 points"."""
    whole = int(number) if number == int(number) else 2
    words = ngettext("%(number)s point", "%(number)s points", whole)
    return words % {"number": scoring.as_text(number)}


@register.filter
def in_words(answer: Answer) -> list[str]:
    """Return what was answered as people read it; nothing if nothing was."""
    return scoring.in_words(answer.question, answer.given)


@register.filter
def key_in_words(question: Question) -> list[str]:
    """Return what is right as people read it; nothing if only a teacher can tell."""
    return scoring.key_in_words(question)
