"""A checkout that lacks a part of the docs says so: LFS pointers, submodules, sparse and partial clones."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.config import Config, load_config
from athenaeum.errors import AthenaeumError, ConfigError, DocsNotFoundError, NoPagesError, QuestionsError
from athenaeum.evaluation.questions import read_questions
from athenaeum.git import is_lfs_pointer
from athenaeum.ingestion.corpus import Corpus, read_corpus
from athenaeum.records import no_progress

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *who, "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make(folder: Path, files: dict[str, str]) -> Path:
    """A repository with these files, committed."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "One")
    return folder


def read(*roots: Path, exclude: tuple[str, ...] = ()) -> Corpus:
    return read_corpus(roots, config=Config.model_validate({"docs": {"exclude": exclude}}), progress=no_progress)


def said(corpus: Corpus) -> list[tuple[str, str]]:
    return [(notice.file, notice.message) for notice in corpus.notices]


@pytest.fixture
def repository(tmp_path: Path, needs: Callable[..., Path]) -> Path:
    """Docs with a page, and a submodule with one."""
    needs("git", remedy="install git")
    shared = make(tmp_path / "shared", {"docs/shared.md": "# Shared\n\nText.\n"})
    outer = make(tmp_path / "outer", {"docs/index.md": "# Index\n\nText.\n", "lib/x.py": ""})
    git(outer, "submodule", "add", "-q", str(shared), "docs/shared")
    git(outer, "submodule", "add", "-q", str(shared), "third")
    git(outer, "commit", "-q", "-m", "Two")
    return outer


def clone(repository: Path, folder: Path, *flags: str) -> Path:
    words = ["git", "-c", "protocol.file.allow=always", "clone", "-q", *flags, repository.as_uri(), str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["manual.md", "data.ipynb", "notes.txt", "page.rst", "x.mdx"])
def test_an_lfs_pointer_is_no_prose_and_the_notice_names_it_and_the_remedy(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "r", {"docs/index.md": "# Index\n", f"docs/{name}": POINTER})
    corpus = read(folder / "docs")
    assert [page.path for page in corpus.pages] == ["index.md"]
    ((file, message),) = said(corpus)
    assert file == f"docs/{name}"
    assert "Git LFS pointer" in message
    assert "lfs: true" in message


def test_a_page_about_lfs_is_prose_and_a_picture_in_lfs_breaks_no_link(tmp_path: Path) -> None:
    text = f"# LFS\n\n![x](x.png)\n\n```\n{POINTER}```\n"
    folder = make(tmp_path / "r", {"docs/lfs.md": text, "docs/x.png": POINTER})
    corpus = read(folder / "docs")
    assert [page.path for page in corpus.pages] == ["lfs.md"]
    assert said(corpus) == []
    assert not is_lfs_pointer(text.encode())
    assert not is_lfs_pointer((POINTER + "x" * 2000).encode())


def test_an_included_pointer_is_not_put_into_the_page(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "r",
        {"docs/index.md": '# Index\n\n--8<-- "part.md"\n', "docs/part.md": POINTER, "mkdocs.yml": "site_name: x\n"},
    )
    corpus = read(folder / "docs")
    assert "oid sha256" not in corpus.pages[0].text
    assert any("part.md" in message and "lfs: true" in message for _, message in said(corpus))


def test_a_docs_folder_of_pointers_alone_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "r", {"docs/index.md": POINTER})
    with pytest.raises(NoPagesError):
        read(folder / "docs")


def test_a_configuration_or_questions_file_that_is_a_pointer_is_told_as_one(tmp_path: Path) -> None:
    for name in ("athenaeum.yml", "questions.yml"):
        (tmp_path / name).write_text(POINTER)
    with pytest.raises(ConfigError, match="Git LFS pointer"):
        load_config(tmp_path / "athenaeum.yml")
    with pytest.raises(QuestionsError, match="Git LFS pointer"):
        read_questions(tmp_path / "questions.yml")


def test_a_submodule_that_is_not_checked_out_is_a_notice_with_its_path(repository: Path, tmp_path: Path) -> None:
    there = clone(repository, tmp_path / "there")
    ((file, message),) = said(read(there / "docs"))
    assert file == "docs/shared"
    assert "submodules: true" in message
    whole = clone(repository, tmp_path / "whole", "--recurse-submodules")
    corpus = read(whole / "docs")
    assert said(corpus) == []
    assert {page.path for page in corpus.pages} == {"index.md", "shared/docs/shared.md"}


def test_a_submodule_that_is_excluded_or_beside_the_docs_is_not_missed(repository: Path, tmp_path: Path) -> None:
    there = clone(repository, tmp_path / "there")
    assert said(read(there / "docs", exclude=("shared/",))) == []
    assert {file for file, _ in said(read(there))} == {"docs/shared", "third"}
    assert {file for file, _ in said(read(there, exclude=("third/**",)))} == {"docs/shared"}


@pytest.mark.parametrize("root", ["third", "third/docs"])
def test_docs_that_are_a_submodule_say_what_to_set(repository: Path, tmp_path: Path, root: str) -> None:
    there = clone(repository, tmp_path / "there")
    with pytest.raises(AthenaeumError) as refused:
        read(there / root)
    assert isinstance(refused.value, DocsNotFoundError | NoPagesError)
    assert "third is a submodule that is not checked out" in refused.value.message
    assert "submodules: true" in refused.value.remedy


def test_a_submodule_inside_a_submodule_is_missed_as_well(repository: Path, tmp_path: Path) -> None:
    outermost = make(tmp_path / "outermost", {"index.md": "# Index\n"})
    git(outermost, "submodule", "add", "-q", str(repository), "inner")
    git(outermost, "commit", "-q", "-m", "Two")
    there = clone(outermost, tmp_path / "there")
    git(there, "submodule", "update", "-q", "--init")
    assert {file for file, _ in said(read(there))} == {"inner/docs/shared", "inner/third"}


def test_gitmodules_that_mean_harm_are_data(tmp_path: Path) -> None:
    lines = "".join(
        f'[submodule "{path}"]\n\tpath = {path}\n' for path in ("../..", "/etc", "", "a/../../b", "x" * 300, "nul\0")
    )
    folder = make(tmp_path / "r", {"docs/index.md": "# Index\n", ".gitmodules": lines * 1000})
    assert said(read(folder / "docs")) == []


def test_pages_that_a_sparse_checkout_leaves_out_are_counted(tmp_path: Path) -> None:
    pages = {f"docs/{part}/{n}.md": f"# {n}\n" for part in ("in", "out") for n in range(3)}
    origin = make(tmp_path / "origin", {**pages, "docs/out/x.png": "x", "src/a.py": ""})
    there = clone(origin, tmp_path / "there", "--sparse", "--filter=blob:none")
    git(there, "sparse-checkout", "set", "docs/in")
    corpus = read(there / "docs")
    assert len(corpus.pages) == 3
    ((file, message),) = said(corpus)
    assert file == "docs"
    assert message.startswith("3 pages of the docs are left out by a sparse checkout")
    git(there, "sparse-checkout", "set", "docs")
    assert said(read(there / "docs")) == []


def test_a_partial_clone_is_read_as_any_other(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin", {"docs/index.md": "# Index\n"})
    git(origin, "config", "uploadpack.allowFilter", "true")
    assert said(read(clone(origin, tmp_path / "there", "--filter=blob:none") / "docs")) == []


def test_an_empty_docs_folder_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "r", {"README.txt": ""})
    (folder / "docs").mkdir()
    with pytest.raises(NoPagesError, match="no page to index in"):
        read(folder / "docs")


def test_a_docs_root_that_is_a_link_in_the_repository_is_read(tmp_path: Path) -> None:
    folder = make(tmp_path / "r", {"website/docs/index.md": "# Index\n"})
    (folder / "docs").symlink_to("website/docs")
    corpus = read(folder / "docs")
    assert [page.path for page in corpus.pages] == ["index.md"]
