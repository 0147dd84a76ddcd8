"""Anchors by each generator's rules, held against recordings of the generators (golden/record.py made them)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.documents.links.linkscan import scan_written_ids
from athenaeum.documents.sites import Site, slugs
from athenaeum.documents.sites.detect import DIALECTS
from athenaeum.documents.sites.docusaurus.rules import doc_slug
from athenaeum.documents.sites.hugo.rules import Hugo
from athenaeum.documents.sites.mkdocs.rules import MkDocs

GOLDEN = Path(__file__).parent / "golden"
HEADINGS = json.loads((GOLDEN / "headings.json").read_text(encoding="utf-8"))
RECORDED = json.loads((GOLDEN / "anchors.json").read_text(encoding="utf-8"))
VARIANTS = {
    "mkdocs/unicode": MkDocs(slug="unicode"),
    "mkdocs/pymdownx": MkDocs(slug="pymdownx"),
    "mkdocs/separator": MkDocs(separator="_"),
    "hugo/ascii": Hugo(heading_ids="github-ascii"),
    "hugo/blackfriday": Hugo(heading_ids="blackfriday"),
}

# What is known to differ, each for a reason.
DIFFERENT = {
    # Numeric entities lose their `#` and `;` on the way through Hugo's typographer.
    ("hugo", "Entities &amp; &lt;tag&gt; &copy; &#39;"),
    ("hugo/ascii", "Entities &amp; &lt;tag&gt; &copy; &#39;"),
    ("hugo/blackfriday", "Entities &amp; &lt;tag&gt; &copy; &#39;"),
    # VitePress leaves `:names:` alone that are no emoji; the list of names is not kept here.
    ("vitepress", ":not_an_emoji_name: x"),
    # Astro alone knows no written ids; who writes them has one of the plugins that read them.
    *(("starlight", heading) for heading in (*HEADINGS["written"], *HEADINGS["comments"]) if "#" in heading),
}


def pages() -> list[tuple[str, str]]:
    # Hugo gives no id at all to a heading that is nothing but an address.
    return [(kind, name) for kind, made in RECORDED.items() for name in made if len(made[name]) == len(HEADINGS[name])]


@pytest.mark.parametrize(("kind", "name"), pages(), ids=str)
def test_anchors_are_those_the_generator_made(kind: str, name: str) -> None:
    rules = VARIANTS.get(kind) or DIALECTS[kind]()
    source = "\n\n".join(f"## {heading}" for heading in HEADINGS[name])
    anchors = Site(rules=rules).anchors(scan_written_ids(source))
    made = [(heading, anchors.heading(heading)[1]) for heading in HEADINGS[name]]
    wanted = list(zip(HEADINGS[name], RECORDED[kind][name], strict=True))
    assert [pair for pair in made if (kind, pair[0]) not in DIFFERENT] == [
        pair for pair in wanted if (kind, pair[0]) not in DIFFERENT
    ]


def test_most_recorded_headings_are_compared() -> None:
    compared = sum(len(HEADINGS[name]) for _, name in pages())
    assert compared > 1100
    assert len(DIFFERENT) < 15


def test_docusaurus_addresses_are_those_its_plugin_made() -> None:
    recorded = json.loads((GOLDEN / "docusaurus_slugs.json").read_text(encoding="utf-8"))
    assert len(recorded) > 300
    for path, front_matter, strips, slug in recorded:
        assert doc_slug(path, front_matter, number_prefixes=strips) == slug, (path, front_matter, strips)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_written_id_leaves_the_text_clean(dialect: str) -> None:
    heading = "Sub-class an `Error` {#own}" if dialect != "mkdocs" else "Sub-class an `Error` { #own }"
    assert Site(rules=DIALECTS[dialect]()).explicit_id(heading) == ("Sub-class an `Error`", "own")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@given(headings=st.lists(st.text(max_size=30), max_size=12))
def test_no_two_headings_without_ids_share_an_anchor(dialect: str, headings: list[str]) -> None:
    anchors = Site(rules=DIALECTS[dialect]()).anchors()
    made = [anchors(heading) for heading in headings]
    assert len(set(made)) == len(made)


@given(st.lists(st.sampled_from(["a", "a_1", "a_2", "b", "", "_1", "a_1_1"]), max_size=30))
def test_repeated_anchors_are_numbered_as_python_markdown_numbers_them(headings: list[str]) -> None:
    def naive(slug: str, taken: set[str]) -> str:
        import re

        while slug in taken or not slug:
            counted = re.match(r"^(.*)_([0-9]+)$", slug)
            slug = f"{counted[1]}_{int(counted[2]) + 1}" if counted else f"{slug}_1"
        taken.add(slug)
        return slug

    used: dict[str, int] = {}
    taken: set[str] = set()
    assert [slugs.underscore_number(slug, used) for slug in headings] == [naive(slug, taken) for slug in headings]


def test_ten_thousand_equal_headings_take_no_noticeable_time() -> None:
    for dialect in ("mkdocs", "docusaurus"):
        anchors = Site(rules=DIALECTS[dialect]()).anchors()
        last = [anchors("Features") for _ in range(10_000)][-1]
        assert last in {"features_9999", "features-9999"}


def test_python_markdown_gives_a_later_written_id_to_no_earlier_heading(tmp_path: Path) -> None:
    from athenaeum.documents.find.discovery import discover
    from athenaeum.documents.read.reading import read_page

    (tmp_path / "a.md").write_text("# One\n\n## Set up\n\n## Two { #set-up }\n", encoding="utf-8")
    (source,) = discover([tmp_path])
    page = read_page(source, site=Site(rules=MkDocs()))
    assert [section.anchor for section in page.sections] == ["one", "set-up_1", "set-up"]
