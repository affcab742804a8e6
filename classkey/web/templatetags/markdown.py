"""Markdown as HTML that is safe to show (C1, C6)."""

from collections.abc import Sequence
from typing import Any

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

register = template.Library()

# Mathematics between dollar signs; but "$5 and $6" are prices.
_parser = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
)
# No pictures from elsewhere: they would tell their host who reads a page.
_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol"),
    *("p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def _as_written(_parser: object, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    """Mathematics as its author wrote it."""
    token = tokens[at]
    text = escapeHtml(f"{token.markup}{token.content}{token.markup}")
    return f"<p>{'<br>'.join(text.splitlines())}</p>\n" if token.block else text


for _kind in ("math_inline", "math_inline_double", "math_block"):
    _parser.add_render_rule(_kind, _as_written)


@register.filter
def markdown(text: str) -> SafeString:
    """Return the text of a page as HTML: no markup of its author's own, no script, no style.

    Headings start one level below the page's title.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - sanitised in the line above
