"""Which files are pages: globs as their owners mean them, .gitignore as git does, links, and a fixed order."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from athenaeum.documents.find.discovery import discover
from athenaeum.documents.find.globs import compile_globs, matching_globs
from athenaeum.errors import ConfigError, DocsNotFoundError, NoPagesError

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    def make(*files: str, git: bool = True, **contents: str) -> Path:
        root = tmp_path / "my repo"
        (root / ".git").mkdir(parents=True, exist_ok=True) if git else root.mkdir(exist_ok=True)
        for name in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("# Page\n")
        for name, text in contents.items():
            (root / name.replace("__", "/").replace("gitignore", ".gitignore")).write_text(text)
        return root

    return make


def paths(*roots: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    return [source.path for source in discover(roots, include=include, exclude=exclude)]


def test_pages_of_every_kind_are_found_in_a_fixed_order(tree: Tree) -> None:
    root = tree(
        "docs/b.md", "docs/a.mdx", "docs/Z/c.markdown", "docs/n.ipynb", "docs/x.txt", "docs/y.rst", "docs/i.PNG",
        "docs/U.MD", "docs/a space/日本.md", "docs/requirements.txt", "docs/code.py",
    )  # fmt: skip
    found = ["U.MD", "Z/c.markdown", "a space/日本.md", "a.mdx", "b.md", "n.ipynb", "x.txt", "y.rst"]
    assert paths(root / "docs") == found


def test_paths_are_relative_to_the_root_and_to_the_repository(tree: Tree) -> None:
    root = tree("site/docs/guide/a.md")
    [source] = discover([root / "site" / "docs"])
    assert (source.path, source.source_path, source.repository) == ("guide/a.md", "site/docs/guide/a.md", root)
    assert source.file == root / "site/docs/guide/a.md"


def test_several_roots_share_their_common_parent_and_no_page_is_there_twice(tree: Tree) -> None:
    root = tree("docs/a.md", "docs/sub/b.md", "api/c.md", "README.md", "other/d.md")
    found = paths(root / "docs", root / "api", root / "README.md", root / "docs" / "sub")
    assert found == ["README.md", "api/c.md", "docs/a.md", "docs/sub/b.md"]


def test_a_single_file_is_a_root_whatever_its_kind(tree: Tree) -> None:
    root = tree("docs/a.md", "docs/notes.adoc")
    assert paths(root / "docs" / "notes.adoc") == ["notes.adoc"]


def test_outside_git_paths_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert discover([Path("docs")])[0].source_path == "docs/a.md"
    monkeypatch.chdir("/")
    assert discover([tmp_path / "docs"])[0].source_path.endswith("a.md")


FILES = ("README.md", "guide/README.md", "guide/a.md", "guide/deep/b.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt")


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("README.md", {"guide/a.md", "guide/deep/b.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("/README.md", set(FILES) - {"README.md"}),
        ("**/README.md", {"guide/a.md", "guide/deep/b.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("guide", {"README.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("guide/", {"README.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("guide/**", {"README.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("guide/*.md", set(FILES) - {"guide/README.md", "guide/a.md"}),
        ("docs/guide/**", {"README.md", "api/v1/c.md", "api/v2/d.mdx", "e.txt"}),
        ("./guide/deep", set(FILES) - {"guide/deep/b.md"}),
        ("**/v1/**", set(FILES) - {"api/v1/c.md"}),
        ("*.{mdx,txt}", set(FILES) - {"api/v2/d.mdx", "e.txt"}),
        ("**/__pycache__/**", set(FILES)),
        ("**/*.png", set(FILES)),
    ],
)
def test_exclude_patterns_mean_what_their_writer_expects(tree: Tree, exclude: str, left: set[str]) -> None:
    root = tree(*(f"docs/{name}" for name in FILES))
    assert set(paths(root / "docs", exclude=(exclude,))) == left


@pytest.mark.parametrize(
    ("include", "found"),
    [
        (("guide",), {"guide/README.md", "guide/a.md", "guide/deep/b.md"}),
        (("guide/*.md",), {"guide/README.md", "guide/a.md"}),
        (("*.mdx",), {"api/v2/d.mdx"}),
        (("**/*",), set(FILES)),
        (("README.md", "!guide/README.md"), {"README.md"}),
        (("*.adoc",), {"extra.adoc"}),
        (("api/v?/**",), {"api/v1/c.md", "api/v2/d.mdx"}),
    ],
)
def test_include_patterns_choose_among_what_can_be_read(tree: Tree, include: tuple[str, ...], found: set[str]) -> None:
    root = tree(*(f"docs/{name}" for name in FILES), "docs/extra.adoc", "docs/i.png")
    assert set(paths(root / "docs", include=include)) == found


def test_what_cannot_be_a_glob_is_a_configuration_error(tree: Tree) -> None:
    with pytest.raises(ConfigError):
        compile_globs(["{a,b}" * 20])


def test_the_last_matching_pattern_can_be_told(tree: Tree) -> None:
    assert matching_globs(("*.md", "api/", "guide/**", "CHANGELOG.md"), "api/CHANGELOG.md") == (
        "*.md",
        "api/",
        "CHANGELOG.md",
    )


def test_leftovers_and_hidden_folders_are_never_pages_unless_asked_for(tree: Tree) -> None:
    root = tree(
        "docs/a.md", "docs/node_modules/p/README.md", "docs/.vitepress/x.md", "docs/_build/y.md",
        "docs/.git/z.md", ".github/G.md",
    )  # fmt: skip
    assert paths(root) == ["docs/a.md"]
    assert paths(root, include=("*.md", ".github/**")) == [".github/G.md", "docs/a.md"]


def git_says(root: Path) -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stdout.split("\0") if name.endswith(".md")}


RULES = st.lists(
    st.sampled_from(
        [
            "a.md",
            "b/",
            "/b",
            "*.md",
            "!a.md",
            "!b/a.md",
            "**/c",
            "b/**",
            "b/*",
            "!b/c/",
            "# x",
            "",
            "c/*.md",
            "\\!x",
            "a.*",
            "d\\ ",
        ]
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=RULES, inner=RULES)
@example(top=["b/**"], inner=["!a.md"])
@example(top=["/**", "!b/"], inner=["!a.md"])
def test_gitignore_files_count_as_in_git_nested_and_negated(tree: Tree, top: list[str], inner: list[str]) -> None:
    root = tree("a.md", "x.md", "b/a.md", "b/x.md", "b/c/a.md", "b/c/y.md", "c/a.md", "c/b/z.md", git=False)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / ".gitignore").write_text("\n".join(top))
    (root / "b" / ".gitignore").write_text("\n".join(inner))
    expected = git_says(root)
    if expected:
        assert set(paths(root)) == expected
    else:
        with pytest.raises(NoPagesError):
            paths(root)


@pytest.mark.parametrize(
    "rules",
    [b"\xef\xbb\xbfdraft.md\n", b"draft.md\r\n", b"draft.md\0.txt\n", b"a\x0cdraft.md\n", b"x\xc2\x85draft.md\n"],
    ids=["byte order mark", "CRLF", "NUL", "form feed", "next line"],
)
def test_a_gitignore_file_has_the_lines_that_git_reads(tree: Tree, rules: bytes) -> None:
    root = tree("a.md", "draft.md", git=False)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / ".gitignore").write_bytes(rules)
    assert set(paths(root)) == git_says(root)


def test_a_gitignore_file_that_is_a_link_has_no_rules_as_in_git(tree: Tree) -> None:
    root = tree("a.md", "draft.md", git=False)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "rules").write_text("draft.md\n")
    (root / ".gitignore").symlink_to("rules")
    assert set(paths(root)) == git_says(root) == {"a.md", "draft.md"}


def test_a_root_that_git_ignores_is_read_when_it_is_named(tree: Tree) -> None:
    root = tree(
        "build/docs/a.md", "build/docs/draft.md", "b.md", gitignore="build/\n", build__docs__gitignore="draft.md\n"
    )
    assert paths(root / "build" / "docs") == ["a.md"]
    assert paths(root) == ["b.md"]


def test_rules_above_the_root_count(tree: Tree) -> None:
    root = tree("docs/a.md", "docs/private/b.md", gitignore="/docs/private\n")
    assert paths(root / "docs") == ["a.md"]


def test_links_are_followed_once_and_never_out_of_the_repository(tree: Tree, tmp_path: Path) -> None:
    root = tree("docs/v2/a.md", "CHANGELOG.md", "docs/.env.md")
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "s.md").write_text("secret")
    docs = root / "docs"
    (docs / "latest").symlink_to("v2")
    (docs / "loop").symlink_to("..")
    (docs / "self.md").symlink_to("self.md")
    (docs / "CHANGELOG.md").symlink_to("../CHANGELOG.md")
    (docs / "gone.md").symlink_to("nowhere.md")
    (docs / "secret.md").symlink_to(tmp_path / "secret.md")
    (docs / "folder").symlink_to(tmp_path / "elsewhere")
    (docs / "head.md").symlink_to("../.git/HEAD")
    (root / ".git" / "HEAD").write_text("ref")
    problems: dict[str, str] = {}
    found = [source.path for source in discover([docs], problem=problems.__setitem__)]
    assert found == ["CHANGELOG.md", "loop/CHANGELOG.md", "v2/a.md"]
    assert set(problems) == {"folder", "gone.md", "head.md", "secret.md", "self.md"}


def test_a_folder_that_vanishes_or_cannot_be_read_is_reported(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    import athenaeum.documents.find.discovery as discovery

    root = tree("docs/a.md", "docs/locked/b.md")
    real = discovery.os.scandir

    def scandir(folder: Path) -> object:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(discovery.os, "scandir", scandir)
    problems: dict[str, str] = {}
    assert [source.path for source in discover([root / "docs"], problem=problems.__setitem__)] == ["a.md"]
    assert problems == {"locked": "the folder cannot be read: Permission denied"}


def test_a_name_that_is_no_text_is_reported(tree: Tree) -> None:
    root = tree("docs/a.md")
    try:
        (root / "docs" / b"\xff.md".decode("utf-8", "surrogateescape")).write_text("x")
    except OSError:
        # A file system that refuses such names has nothing to report.
        return
    problems: dict[str, str] = {}
    assert [source.path for source in discover([root / "docs"], problem=problems.__setitem__)] == ["a.md"]
    assert len(problems) == 1


def test_missing_and_empty_docs_are_named_with_a_remedy(tree: Tree, tmp_path: Path) -> None:
    root = tree("docs/i.png")
    with pytest.raises(DocsNotFoundError, match="no docs folder"):
        discover([root / "dosc"])
    with pytest.raises(DocsNotFoundError):
        discover([])
    with pytest.raises(NoPagesError) as caught:
        discover([root / "docs"])
    assert ".gitignore" in caught.value.remedy
