"""Forge addresses of the very lines that were indexed."""

import subprocess
import sys

import pytest

from athenaeum.documents.links.permalink import permalink, repository_url


@pytest.mark.parametrize(
    ("repository", "wanted"),
    [
        ("o/r", "https://github.com/o/r/blob/abc/docs/a%20b.md?plain=1#L3-L9"),
        ("https://github.com/o/r.git", "https://github.com/o/r/blob/abc/docs/a%20b.md?plain=1#L3-L9"),
        ("git@github.com:o/r.git", "https://github.com/o/r/blob/abc/docs/a%20b.md?plain=1#L3-L9"),
        ("https://user:secret@gitlab.com/g/s/r.git", "https://gitlab.com/g/s/r/-/blob/abc/docs/a%20b.md?plain=1#L3-9"),
        ("ssh://git@codeberg.org/o/r", "https://codeberg.org/o/r/src/commit/abc/docs/a%20b.md?display=source#L3-L9"),
        ("https://bitbucket.org/o/r/", "https://bitbucket.org/o/r/src/abc/docs/a%20b.md#lines-3:9"),
        ("https://code.corp.test:8443/o/r", "https://code.corp.test:8443/o/r/blob/abc/docs/a%20b.md?plain=1#L3-L9"),
        ("git@gitlab.corp.test:2222/g/r.git", "https://gitlab.corp.test/g/r/-/blob/abc/docs/a%20b.md?plain=1#L3-9"),
    ],
)
def test_each_forge_opens_the_lines_of_the_source(repository: str, wanted: str) -> None:
    assert permalink(repository, "abc", "docs/a b.md", start_line=3, end_line=9) == wanted


def test_rendered_files_alone_ask_for_their_source() -> None:
    assert permalink("o/r", "abc", "a.txt", start_line=2, end_line=2) == "https://github.com/o/r/blob/abc/a.txt#L2"
    assert permalink("o/r", "abc", "a#b?.mdx") == "https://github.com/o/r/blob/abc/a%23b%3F.mdx?plain=1"


@pytest.mark.parametrize("repository", ["", "junk", "/home/x/y", "C:\\x", "../x", "./o/r", "file:///tmp/x/y", "a b/c"])
def test_what_is_no_repository_on_a_forge_gives_no_address(repository: str) -> None:
    assert repository_url(repository) == ""
    assert permalink(repository, "abc", "a.md") == ""


def test_without_a_commit_or_outside_the_repository_there_is_none() -> None:
    assert permalink("o/r", "", "a.md") == ""
    assert permalink("o/r", "abc", "../a.md") == ""


def test_credentials_of_a_clone_never_reach_an_address() -> None:
    assert "secret" not in permalink("https://x-access-token:secret@github.com/o/r", "abc", "a.md")


def test_the_server_can_make_permalinks_without_any_build_library() -> None:
    code = (
        "import sys; import athenaeum.documents.links.permalink; "
        "print([name for name in ('llama_index', 'markdown_it', 'yaml', 'pathspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
