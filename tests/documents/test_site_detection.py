"""Whose configuration decides a site: what is found, what is left alone, and what breaks nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from athenaeum.documents.sites import detect_site
from athenaeum.errors import ConfigError


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def test_the_callers_word_wins_over_the_configuration(tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_url: https://m.test.dev\n", "docs/a.md": ""})
    site = detect_site([tmp_path / "docs"], url="https://other.test.dev/x", dialect="vitepress")
    assert (site.dialect, site.page_url("a.md", {})) == ("vitepress", "https://other.test.dev/x/a.html")
    with pytest.raises(ConfigError, match="Unknown site dialect") as caught:
        detect_site([tmp_path], dialect="gitbook")
    assert "mkdocs" in caught.value.remedy


def test_a_configuration_of_other_pages_is_left_alone(tmp_path: Path) -> None:
    files = {".git/HEAD": "", "mkdocs.yml": "site_url: https://m.test.dev\n", "docs/a.md": "", "notes/a.md": ""}
    write(tmp_path, files)
    assert detect_site([tmp_path / "notes"]).dialect == "plain"
    # Pages outside the content folder, when the whole repository is indexed, have no published address.
    whole = detect_site([tmp_path])
    assert whole.page_url("docs/a.md", {}) == "https://m.test.dev/a/"
    assert whole.page_url("README.md", {}) == ""


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"mkdocs.yml": "docs_dir: repo\nsite_url: https://m.test.dev\n", "repo/.git/HEAD": "", "repo/docs/a.md": ""},
    )
    assert detect_site([tmp_path / "repo" / "docs"]).dialect == "plain"


@pytest.mark.parametrize(
    "text", ["", "{", "a: [", "\x00", "[1, 2]", "&a [*a]", "x: !!python/object/new:os.system [ls]"]
)
def test_a_broken_configuration_never_breaks_the_build(tmp_path: Path, text: str) -> None:
    names = (
        "mkdocs.yml",
        "docusaurus.config.js",
        "astro.config.mjs",
        ".vitepress/config.ts",
        "hugo.toml",
        "config.json",
    )
    for name in names:
        write(tmp_path, {f"{name}-x/{name}": text, f"{name}-x/docs/a.md": "", f"{name}-x/content/a.md": ""})
        assert detect_site([tmp_path / f"{name}-x"]).page_url("docs/a.md", {}) == ""


def test_an_example_address_is_no_address(tmp_path: Path) -> None:
    config = "module.exports = {title: 'My Site', url: 'https://your-docusaurus-site.example.com', baseUrl: '/'}"
    write(tmp_path, {"docusaurus.config.js": config, "docs/a.md": ""})
    site = detect_site([tmp_path / "docs"])
    assert (site.dialect, site.url) == ("docusaurus", "")


def test_an_address_only_the_program_knows_is_reported(tmp_path: Path) -> None:
    config = "export default { title: 'x', url: makeUrl(), baseUrl: isPreview ? '/preview/' : '/' }"
    write(tmp_path, {"docusaurus.config.ts": config, "docs/a.md": ""})
    site = detect_site([tmp_path / "docs"])
    assert site.url == ""
    assert "site-url" in site.notices[0]


@pytest.mark.parametrize(
    ("dialect", "files"),
    [
        ("mkdocs", {"a.md": "# A { #a }\n\n!!! note\n    x\n", "b.md": "/// tip\nx\n///\n"}),
        (
            "starlight",
            {
                "a.mdx": "import { Steps } from '@astrojs/starlight/components';\n",
                "b.mdx": "import x from 'astro:assets'\n",
            },
        ),
        ("docusaurus", {"a.md": "---\nsidebar_position: 1\n---\n", "_category_.json": "{}"}),
        ("hugo", {"_index.md": "---\ntitle: x\n---\n"}),
        ("vitepress", {"a.md": "::: code-group\n", "b.md": "<script setup>\n"}),
        ("plain", {"a.md": "# A\n\ntext\n"}),
    ],
)
def test_without_a_configuration_the_pages_tell_the_dialect(
    tmp_path: Path, dialect: str, files: dict[str, str]
) -> None:
    write(tmp_path, files)
    assert detect_site([tmp_path]).dialect == dialect
