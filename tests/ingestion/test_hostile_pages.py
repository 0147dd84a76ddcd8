"""One bad page never ends a run: the good pages beside it are read, and the bad one is a notice with its file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.config import Config, load_config
from athenaeum.documents.cut.chunking import chunk_page
from athenaeum.documents.links.links import check_links
from athenaeum.documents.links.mentions import mentions
from athenaeum.errors import ConfigError
from athenaeum.ingestion.corpus import Corpus, read_corpus
from athenaeum.records import no_progress

BOMB = "a0: &a0 {k: v}\n" + "".join(
    f"a{number}: &a{number} {{<<: [{', '.join([f'*a{number - 1}'] * 9)}]}}\n" for number in range(1, 12)
)
MERGES = "a: &a {k: v}\n" + "".join(f"b{number}: &a\n  <<: [*a, *a]\n" for number in range(40))
DOTTED = "a" + ".a" * 20_000 + " = 1\n"
DOUBLING = (
    "const a0 = 'xxxxxxxx'\n"
    + "".join(f"const a{number} = a{number - 1} + a{number - 1}\n" for number in range(1, 40))
    + "export default { url: a39, title: a39 }\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Corpus]:
    """`read({"docs/bad.md": content})` reads these files with two good pages, then cuts pages and checks links."""

    def run(files: dict[str, str | bytes], **site: str) -> Corpus:
        root = tmp_path / "repository"
        for name, content in {"docs/good.md": "# Good\n\ntext\n", "docs/fine.mdx": "# Fine\n", **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        (root / ".git").mkdir(exist_ok=True)
        corpus = read_corpus([root / "docs"], config=Config.model_validate({"site": site}), progress=no_progress)
        for page in corpus.pages:
            chunk_page(page, size=400, overlap=50)
        check_links(corpus.pages, corpus.site)
        mentions(corpus.pages, corpus.site)
        assert {"good.md", "fine.mdx"} <= {page.path for page in corpus.pages}
        return corpus

    return run


@pytest.mark.parametrize(
    "front",
    [
        BOMB,
        MERGES,
        "title: 0x" + "f" * 90_000,
        "lang: 0b" + "1" * 20_000,
        "title: " + "9" * 5000,
        "title: !!timestamp 99999-01-01",
        "date: 2024-13-45\ntitle: kept",
        "search: {boost: 0x" + "f" * 400 + "}",
        "search: {boost: 1e999}",
        "search: {boost: .nan}",
        "title: " + "1:" * 2000 + "1",
        "a: " + "[" * 20_000,
        "a: " + "{a: " * 5_000,
        "- " * 10_000,
        "? [a, b]\n: c",
        "a: &a [*a]",
        "<<: 3",
        "<<: [1, 2]",
        "title: !!python/object/apply:os.system ['true']",
        "title: !!int x",
        'title: "\\ud800"',
        "title: [a]\nslug: {a: b}\nid: 7\naliases: {a: b}",
        "slug: 'http://['\npermalink: 'http://['\nurl: '//['",
        "title: a\x07b",
    ],
    ids=lambda text: text[:24],
)
def test_no_front_matter_ends_the_run(read: Callable[..., Corpus], front: str) -> None:
    for dialect in ("mkdocs", "docusaurus", "hugo", "plain"):
        corpus = read({"docs/bad.md": f"---\n{front}\n---\n# Bad\n"}, url="https://docs.example/", dialect=dialect)
        bad = [page for page in corpus.pages if page.path == "bad.md"]
        assert bad or any("bad.md" in notice.file for notice in corpus.notices)


def test_a_number_that_is_too_long_stays_text_and_a_tag_that_does_not_fit_is_a_notice_with_its_line(
    read: Callable[..., Corpus],
) -> None:
    corpus = read({"docs/a.md": "---\ntitle: 0x" + "f" * 200 + "\n---\n", "docs/b.md": "---\nx: 1\ny: !!int z\n---\n"})
    assert next(page for page in corpus.pages if page.path == "a.md").title.startswith("0xfff")
    assert [(notice.line, notice.message) for notice in corpus.notices] == [
        (3, "Front matter is not valid YAML: 'z' is no int")
    ]


@pytest.mark.parametrize(
    "front", [DOTTED, "a = " + "[" * 50_000, "a = 0x" + "f" * 50_000, "a = 9999-99-99", "[a]\n" * 9000]
)
def test_no_toml_ends_the_run(read: Callable[..., Corpus], front: str) -> None:
    corpus = read({"docs/bad.md": f"+++\n{front}\n+++\n# Bad\n"})
    assert [notice.message for notice in corpus.notices if notice.file == "docs/bad.md"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mkdocs.yml", BOMB),
        ("mkdocs.yml", "site_name: 0x" + "f" * 5000),
        ("mkdocs.yml", "plugins: 7\nmarkdown_extensions: {toc: 3}\nextra: [1]\n"),
        ("mkdocs.yml", "plugins: [{i18n: {languages: 7}}]\n"),
        ("mkdocs.yml", "site_url: 'http://['\nINHERIT: mkdocs.yml\n"),
        ("mkdocs.yml", "INHERIT: ../../../../etc/passwd\ndocs_dir: /etc\n"),
        ("hugo.toml", DOTTED),
        ("hugo.yaml", BOMB),
        ("hugo.json", "[" * 100_000),
        ("hugo.json", '{"title": ' + "9" * 5000 + "}"),
        ("book.toml", DOTTED),
        ("docusaurus.config.js", DOUBLING),
        ("docusaurus.config.js", "export default {plugins: [['x-client-redirects', {redirects: true}]]}"),
        ("docusaurus.config.js", "export default { url: " + "await " * 5000 + "1 }"),
        ("docusaurus.config.js", "export default " + "[" * 50_000),
        ("docusaurus.config.js", "export default { url: 'http://[' }"),
        ("versions.json", "[" * 100_000),
        (".vitepress/config.ts", "export default { rewrites: {'" + ":a" * 30 + "b': 'c'} }"),
        ("astro.config.mjs", DOUBLING),
        ("conf.py", "extensions = [" + "\n" * 10_000),
        (".gitignore", "[z-a]\n" + "*a" * 30 + "b\n\\\n[\n"),
    ],
    ids=lambda text: text[:24],
)
def test_no_configuration_of_a_site_ends_the_run(read: Callable[..., Corpus], name: str, text: str) -> None:
    extra = {"docusaurus.config.js": "export default {url: 'https://a.example'}"} if name == "versions.json" else {}
    read({**extra, name: text, "docs/" + "a" * 100 + ".md": "# Long\n"})


def test_a_site_that_cannot_be_read_is_a_notice_with_file_and_line(read: Callable[..., Corpus]) -> None:
    corpus = read({"mkdocs.yml": "site_name: a\nnav: [\n"})
    assert [notice.message.startswith("mkdocs.yml, line 3: ") for notice in corpus.notices] == [True]


LINKS = (
    "[a](http://[) <a href='//['> [b]: http://[x\n\n[b](//[) [c](http://a:b:c/) [d](%) [e](\\ud800) [f](http://[::1)\n"
)


@pytest.mark.parametrize("dialect", ["mkdocs", "docusaurus", "starlight", "vitepress", "hugo", "plain"])
def test_no_link_ends_the_run(read: Callable[..., Corpus], dialect: str) -> None:
    read({"docs/bad.md": LINKS, "docs/bad.mdx": LINKS}, url="https://docs.example/", dialect=dialect)


@pytest.mark.parametrize("name", ["bad.md", "bad.mdx", "bad.rst", "bad.txt", "bad.ipynb"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_bytes_as_a_page_leave_the_good_pages_in_the_index(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    pieces = [b"---\n", b"+++\n", b'{"cells": [', b"# ", b"```\n", b"<!--", b"{", b"}", b"[a](", b")", b"\x00", b"\xff"]
    pieces += [
        b"a: ",
        b"a.b = ",
        b"<A b={",
        b"import x from ",
        b'--8<-- "',
        b"{!",
        b"![",
        b"http://[",
        b"\xed\xa0\x80",
        b"\n",
    ]
    content = b"".join(data.draw(st.lists(st.sampled_from(pieces) | st.binary(max_size=6), max_size=30)))
    root = tmp_path_factory.mktemp("repository")
    (root / "docs").mkdir()
    (root / "docs" / "good.md").write_text("# Good\n")
    (root / "docs" / name).write_bytes(content)
    corpus = read_corpus([root / "docs"], config=Config(), progress=no_progress)
    check_links(corpus.pages, corpus.site)
    mentions(corpus.pages, corpus.site)
    for page in corpus.pages:
        chunk_page(page, size=400, overlap=0)
    assert "good.md" in {page.path for page in corpus.pages}
    if name not in {page.path for page in corpus.pages}:
        assert any(notice.file.endswith(name) for notice in corpus.notices) or content.strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOMB, 5),
        (MERGES, None),
        ("docs:\n  paths: " + "[" * 20_000, 2),
        ("docs: {}\nchunking: {size: 0x" + "f" * 5000 + "}", 2),
        ("docs: {}\nchunking: {size: !!timestamp 99999-01-01}", 2),
        ("docs: {}\ndocs: !!python/name:os.system x", 2),
        ("? [docs]\n: 1", 1),
        ("site: {url: 'http://['}", 1),
        ("deploy: {memory: 1e999}", 1),
        ("a" * 200_000 + ": 1", 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_configuration_is_one_clear_error_with_file_and_line(tmp_path: Path, text: str, line: int | None) -> None:
    file = tmp_path / "athenaeum.yml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert refused.value.file == str(file)
    assert refused.value.line == line if line else refused.value.line
    assert len(str(refused.value)) < 1000


def test_bytes_that_are_no_text_in_the_configuration_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "athenaeum.yml"
    file.write_bytes(b"docs: {}\n# \xff\n")
    with pytest.raises(ConfigError, match="is not text in UTF-8") as refused:
        load_config(file)
    assert refused.value.line == 2


def test_a_notebook_with_deep_json_is_a_notice(read: Callable[..., Corpus]) -> None:
    deep: object = "x"
    for _ in range(300):
        deep = [deep]
    corpus = read({"docs/bad.ipynb": json.dumps({"cells": [], "metadata": deep}), "docs/worse.ipynb": "[" * 200_000})
    assert {notice.file for notice in corpus.notices} == {"docs/bad.ipynb", "docs/worse.ipynb"}
