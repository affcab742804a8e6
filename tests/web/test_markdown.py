"""What a page's author writes is shown, and never run (C1, C6)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classkey.school.models import Item
from classkey.web.templatetags.markdown import markdown
from tests.web.browsing import tags

SAFE = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p"),
    *("pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "<p>plain</p>"),
        ("**bold** *it* ~~no~~", "<p><strong>bold</strong> <em>it</em> <s>no</s></p>"),
        ("# One", "<h2>One</h2>"),
        ("###### Six", "<h6>Six</h6>"),
        ("One\n===", "<h2>One</h2>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("---", "<hr>"),
        ("Zoë 5 > 3 & 2", "<p>Zoë 5 &gt; 3 &amp; 2</p>"),
        ("", ""),
    ],
)
def test_c1_markdown_is_what_people_expect(written: str, shown: str) -> None:
    assert markdown(written).strip() == shown


def test_c1_a_table_is_a_table() -> None:
    shown = markdown("| a | b |\n|---|---|\n| 1 | 2 |")
    assert [tag for tag, _attributes in tags(shown)] == [
        "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "href",
    ["https://example.org/a?b=1", "http://example.org", "mailto:a@b.example", "tel:+15550100"],
)
def test_c1_a_link_leads_out_and_tells_nobody_where_from(href: str) -> None:
    [_p, (tag, attributes)] = tags(markdown(f'[here]({href} "title")'))
    assert tag == "a"
    assert attributes == {"href": href, "title": "title", "rel": "noopener noreferrer nofollow"}


@pytest.mark.parametrize(
    "written",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "[x](file:///etc/passwd)",
    ],
)
def test_c6_a_link_runs_nothing(written: str) -> None:
    assert not any("href" in attributes for _tag, attributes in tags(markdown(written)))


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="https://example.org" onclick="x()">a</a>',
        "<style>*{display:none}</style>",
        "a <b>bold</b> move",
        "<iframe src=//elsewhere.example></iframe>",
        "<svg/onload=alert(1)>",
    ],
)
def test_c6_markup_of_the_authors_own_is_shown_as_text(written: str) -> None:
    shown = markdown(written)
    assert {tag for tag, _attributes in tags(shown)} <= {"p"}
    assert "&lt;" in shown


@pytest.mark.parametrize(
    "written",
    [
        "![a cat](https://elsewhere.example/cat.png)",
        "![a cat](/static/web/icon.svg)",
        "![a cat](data:image/png;base64,AAAA)",
    ],
)
def test_c6_no_picture_tells_its_host_who_reads(written: str) -> None:
    assert "img" not in {tag for tag, _attributes in tags(markdown(written))}
    assert "elsewhere" not in markdown(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Let $a_1 * b_1$ be", "<p>Let $a_1 * b_1$ be</p>"),
        ("so $$x < *y*$$ holds", "<p>so $$x &lt; *y*$$ holds</p>"),
        ("$$\na_1 = b_1\n*c* < d\n$$", "<p>$$<br>a_1 = b_1<br>*c* &lt; d<br>$$</p>"),
        ("It is $5 and *not* $6", "<p>It is $5 and <em>not</em> $6</p>"),
        ("$<script>$", "<p>$&lt;script&gt;$</p>"),
    ],
)
def test_c1_mathematics_stays_as_it_is_written(written: str, shown: str) -> None:
    assert markdown(written).strip() == shown


@pytest.mark.parametrize(
    "piece",
    ["![[", "[", "](", "*a_ ", "**", "<", "`", "> ", "- ", "|", "\\", "$", "[a](b ", "&#", "~~"],
)
def test_c1_the_longest_page_is_shown_in_a_moment(piece: str) -> None:
    """As long as a page may be, of what costs a reader of Markdown the most."""
    longest = (piece * 30_000)[: Item._meta.get_field("body").max_length]
    began = time.process_time()
    markdown(longest)
    assert time.process_time() - began < 10


_PIECES = st.sampled_from(
    ["<script>", "](", "[x", "javascript:", ")", "<a href=", '"', "onclick=", "|", "\n", "---",
     "# ", "`", "&#x6a;", "![", "<!--", "]]>", "{{", "\x00", "é", "  "]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_c6_nothing_else_ever_comes_out(written: str) -> None:
    for tag, attributes in tags(markdown(written)):
        assert tag in SAFE
        assert attributes.keys() <= {"href", "title", "start", "rel"}
        assert not attributes.get("href", "").lower().strip().startswith(("javascript", "data"))
