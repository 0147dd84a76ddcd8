"""MDX comes down to the Markdown a reader sees: no module code, no tags, no expressions, and not a word less."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.documents.sites import detect_site
from athenaeum.records import Page

MakePage = Callable[..., Page]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import A from 'a'\nimport { B,\n  C } from \"b\";\nimport 'c'\n\ntext", "text"),
        ("import a, * as b from 'c' with { type: 'json' }\n\ntext", "text"),
        ("export const meta = {\n  a: 1,\n\n  b: `x\n\n${1}`,\n}\n\ntext", "text"),
        ("export default function L({ children }) {\n  return <p>{children}</p>\n}\n\ntext", "text"),
        ("export const a = 1\n// a remark\n\ntext", "text"),
        ("Do not\nimport this from 'there'.", "Do not\nimport this from 'there'."),
        ("Imports: import x from 'y'", "Imports: import x from 'y'"),
        ("export controls are a law", "export controls are a law"),
        ("<Card title=\"One\" icon='x'>Two</Card>", "One Two"),
        ("<LinkCard\n  title='A'\n  href='/b'\n  description={`C`}\n/>", "A\nC"),
        ("<Tabs items={['npm', \"pnpm\"]}><Tab label={'x'}>y</Tab></Tabs>", "npm pnpm x y"),
        ("<Tabs values={[{label: 'Shown', value: 'hidden'}]} />", "Shown"),
        ("<A {...props} b={{c: '}'}} d={() => <p>no</p>}>text</A>", "text"),
        ("a<b>c</b>d <em>e</em>", "acd e"),
        ("one<br/>two</p><p>three", "one two three"),
        ("<>\ntext\n</>", "text"),
        ("<astro-island client:load on:click={x}>text</astro-island>", "text"),
        ("x {/* no */} y {frontmatter.title} {'kept'} {`and`} {\"this\"} {`${not}`}", "x  y  kept and this "),
        ("{/*\n# no\n```\n*/}\n# Yes", "# Yes"),
        ("a <!-- no --> b", "a  b"),
        ("`<Kept a={b}>` and ``{`kept`}`` <Gone/>", "`<Kept a={b}>` and ``{`kept`}`` "),
        ("```jsx\nimport x\n<Kept />{kept}\n```\n<Gone />\ntext", "```jsx\nimport x\n<Kept />{kept}\n```\ntext"),
        ("- item\n  ~~~\n  <Kept>\n  ~~~\n  <Gone/>", "- item\n  ~~~\n  <Kept>\n  ~~~"),
        ("> ```\n> <Kept>\n> ```", "> ```\n> <Kept>\n> ```"),
        ("a < b and c > d, 1 <2", "a < b and c > d, 1 <2"),
        ("\\<Kept> \\{kept}", "\\<Kept> \\{kept}"),
        ("a { unclosed", "a { unclosed"),
        ("a <Unclosed b=", "a <Unclosed b="),
        ("$\\frac{a}{b}$ and $$\n\\sum_{i}\n$$", "$\\frac{a}{b}$ and $$\n\\sum_{i}\n$$"),
        ("<https://example.com> <me@example.com>", "<https://example.com> <me@example.com>"),
        ("<style>{`a {}`}</style>\ntext\n<script>no()</script>", "text"),
        ("| a | b |\n|---|---|\n| <code>x</code> | {y} |", "| a | b |\n|---|---|\n| x |  |"),
        ("## Title <Badge text=\"New\" /> {#id}", "## Title New "),
        ("<details><summary>Sum</summary>\n\nBody\n</details>", "Sum\n\nBody"),
        ("It's {cond && <b>it's</b>} fine", "It's  fine"),
        (":::note[Title]\n<A/>\ntext\n:::", ":::note[Title]\ntext\n:::"),
        ("<A b=\"c > d\" title=\"e > f\">g</A>", "e > f g"),
        ("<A b={`x ${`y }`} z`}>g</A>", "g"),
    ],
)  # fmt: skip
def test_what_stays_of_mdx(page_of: MakePage, source: str, expected: str) -> None:
    page = page_of(source, "page.mdx")
    assert "\n".join(line.rstrip() for line in page.text.split("\n")) == "\n".join(
        line.rstrip() for line in expected.split("\n")
    )


def test_lines_stay_true_through_cleaning(page_of: MakePage) -> None:
    page = page_of(
        "---\ntitle: x\n---\nimport A from 'a'\n\n<A>\n\n  One\n\n  <B\n    title='Two'\n  />\n</A>\n\nThree\n", "p.mdx"
    )
    shown = [
        (line.strip(), number) for line, number in zip(page.text.split("\n"), page.lines, strict=True) if line.strip()
    ]
    assert shown == [("One", 8), ("Two", 11), ("Three", 15)]


def test_docusaurus_reads_markdown_as_mdx_where_it_is_used_as_such(page_of: MakePage) -> None:
    docusaurus = detect_site([], dialect="docusaurus")
    source = "import Tabs from '@theme/Tabs'\n\n<Tabs>\n\ntext\n\n</Tabs>\n"
    assert page_of(source, "page.md", site=docusaurus).text == "text"
    assert page_of("a <b>c</b> {d}\n", "page.md", site=docusaurus).text == "a <b>c</b> {d}"
    assert page_of(source, "page.md").text == source.strip()


_WORDS = st.integers(0, 10**9).map(lambda number: f"w{number}x")


def _wrap(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("\n\n".join),
        st.tuples(inner, inner).map(" ".join),
        inner.map(lambda text: f"<Card>\n{text}\n</Card>"),
        inner.map(lambda text: f"<Tabs><Tab {{...x}} b={{[1, '}}']}}>\n\n{text}\n\n</Tab></Tabs>"),
        st.tuples(_WORDS, inner).map(
            lambda pair: f'<Aside\n  title="{pair[0]}"\n  x={{() => {{ return 1 }}}}\n>\n{pair[1]}\n</Aside>'
        ),
        _WORDS.map(lambda word: f"<Badge text={{`{word}`}} />"),
        _WORDS.map(lambda word: f"<b>{word}</b>"),
        _WORDS.map(lambda word: f"{{/* gone */}} {word} {{gone.gone}}"),
        _WORDS.map(lambda word: f"`<Code {word}>`"),
        _WORDS.map(lambda word: f"\n\n```jsx\n<Code>{{{word}}}</Code>\n```\n\n"),
        _WORDS.map(lambda word: f"\n\nimport Gone from 'gone'\n\n## {word}\n\n"),
        # Module code stands at the margin only.
        inner.map(lambda text: "\n\n- " + text.replace("import Gone from 'gone'", "").replace("\n", "\n  ") + "\n\n"),
    )


MDX = st.recursive(_WORDS, _wrap, max_leaves=25)


def keeps_every_word(page: Page, source: str) -> None:
    words = re.findall(r"w\d+x", source)
    assert re.findall(r"w\d+x", page.text) == words
    assert "gone" not in page.text.lower()
    assert not re.search(r"</?(?:Card|Tabs?|Aside|Badge|b)\b", page.text)
    assert page.text.count("<Code") == source.count("<Code")


@settings(max_examples=200, deadline=None)
@given(MDX)
def test_no_word_inside_components_is_lost_and_no_tag_stays(page_of: MakePage, source: str) -> None:
    keeps_every_word(page_of(source, "page.mdx"), source)


@pytest.mark.long
@settings(max_examples=30_000, deadline=None)
@given(MDX)
def test_no_word_inside_components_is_lost_at_length(page_of: MakePage, source: str) -> None:
    keeps_every_word(page_of(source, "page.mdx"), source)
