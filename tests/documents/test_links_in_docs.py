"""A link in the docs is held to the rules of a file at its target; roots are held to the repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.config import load_config
from athenaeum.documents.find.discovery import discover
from athenaeum.errors import ConfigError, DocsNotFoundError

Found = Callable[..., tuple[list[str], dict[str, str]]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with a page and with what must never be published."""
    root = tmp_path / "repository"
    files = {
        ".git/config": "[remote]\n",
        ".gitignore": "gha-creds-*.json\nbuild/\n",
        ".env": "TOKEN=secret\n",
        ".npmrc": "secret\n",
        ".config/app/settings.md": "secret\n",
        "gha-creds-1.json": "secret\n",
        "build/out.md": "secret\n",
        "node_modules/dep/README.md": "secret\n",
        "drafts/plan.md": "secret\n",
        "shared/good.md": "# Good\n",
        "shared/.hidden.md": "secret\n",
        "shared/build/out.md": "secret\n",
        "docs/a.md": "# A\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "outside.md").write_text("secret\n")
    return root


@pytest.fixture
def found() -> Found:
    def find(docs: Path, **options: object) -> tuple[list[str], dict[str, str]]:
        problems: dict[str, str] = {}
        return [page.path for page in discover([docs], problem=problems.__setitem__, **options)], problems  # type: ignore[arg-type]

    return find


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../.env", "hidden"),
        ("../.npmrc", "hidden"),
        ("../.git/config", "hidden"),
        ("../.config/app/settings.md", "hidden"),
        ("../gha-creds-1.json", ".gitignore"),
        ("../build/out.md", ".gitignore"),
        ("../node_modules/dep/README.md", "left out"),
        ("../drafts/plan.md", "left out"),
        ("../../outside.md", "out of the repository"),
        ("/etc/passwd", "out of the repository"),
    ],
)
def test_a_link_to_what_is_no_page_of_its_own_is_left_out_with_a_notice(
    repository: Path, found: Found, target: str, reason: str
) -> None:
    (repository / "docs" / "setup.md").symlink_to(target)
    pages, problems = found(repository / "docs", exclude=["drafts"])
    assert pages == ["a.md"]
    assert reason in problems["setup.md"]


@pytest.mark.parametrize("target", ["../.config", "../.config/app", "../.git", "../build", "../node_modules", "../.."])
def test_so_is_a_link_to_a_folder(repository: Path, found: Found, target: str) -> None:
    (repository / "docs" / "more").symlink_to(target)
    pages, problems = found(repository / "docs")
    assert pages == ["a.md"]
    assert "more" in problems


def test_what_is_hidden_or_ignored_below_a_linked_folder_is_left_out(repository: Path, found: Found) -> None:
    (repository / "docs" / "more").symlink_to("../shared")
    (repository / "shared" / "token.md").symlink_to("../.env")
    pages, problems = found(repository / "docs")
    assert pages == ["a.md", "more/good.md"]
    assert list(problems) == ["more/token.md"]


def test_links_over_links_lead_where_they_end(repository: Path, found: Found) -> None:
    (repository / "shared" / "way").symlink_to("../.config")
    (repository / "docs" / "more.md").symlink_to("../shared/way/app/settings.md")
    assert found(repository / "docs") == (["a.md"], {"more.md": "the link leads to what is hidden; skipped"})


def test_a_hidden_file_is_no_page_unless_it_is_named(repository: Path, found: Found) -> None:
    (repository / "docs" / ".draft.md").write_text("draft\n")
    assert found(repository / "docs")[0] == ["a.md"]
    assert found(repository / "docs", include=["*.md", ".draft.md"])[0] == [".draft.md", "a.md"]


@pytest.mark.parametrize("target", [".git", ".config", "..", "/etc"])
def test_a_root_that_became_a_link_out_is_refused(repository: Path, target: str) -> None:
    (repository / "handbook").symlink_to(target)
    with pytest.raises(DocsNotFoundError, match="is a link that leads"):
        discover([repository / "handbook"])
    (repository / "page.md").symlink_to(".env")
    with pytest.raises(DocsNotFoundError, match="is a link that leads to what is hidden"):
        discover([repository / "page.md"])


def test_a_root_may_be_a_link_inside_of_the_repository(repository: Path, found: Found) -> None:
    (repository / "handbook").symlink_to("docs")
    assert found(repository / "handbook")[0] == ["a.md"]


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("docs: {paths: [%s]}", ".git/config"),
        ("docs: {paths: [%s]}", ".GIT/config"),
        ("docs: {paths: [%s]}", ".env"),
        ("docs: {paths: [%s]}", ".config/app"),
        ("docs: {paths: [docs, %s]}", "docs/../.env"),
        ("docs: {paths: [%s]}", "/etc/passwd"),
        ("docs: {paths: [%s]}", "../outside.md"),
        ("docs: {paths: [%s]}", "~/notes"),
        ("docs: {paths: [%s]}", "docs/way"),
        ("evaluation: {questions: %s}", "/etc/passwd"),
        ("evaluation: {questions: %s}", "../outside.md"),
        ("evaluation: {questions: %s}", ".git/config"),
    ],
)
def test_a_file_that_the_configuration_must_not_name_is_one_sentence_with_its_line(
    repository: Path, monkeypatch: pytest.MonkeyPatch, setting: str, path: str
) -> None:
    (repository / "docs" / "way").symlink_to("../.env")
    (repository / "athenaeum.yml").write_text(f"# settings\n{setting % path}\n")
    monkeypatch.chdir(repository)
    with pytest.raises(ConfigError, match=r"is (outside of|hidden in) the repository") as refused:
        load_config()
    assert (refused.value.file, refused.value.line) == ("athenaeum.yml", 2)
    assert "secret" not in str(refused.value)


def test_a_person_may_name_what_the_configuration_may_not(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    (repository / "athenaeum.yml").write_text("docs: {paths: [.env]}\n")
    assert load_config(overrides={"docs.paths": ["../elsewhere"]}).docs.paths == ("../elsewhere",)


def test_folders_of_the_repository_may_be_named_from_one_of_its_folders(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "website").mkdir()
    (repository / "website" / "athenaeum.yml").write_text(
        "docs: {paths: [../docs]}\nevaluation: {questions: .athenaeum/q.yml}\n"
    )
    monkeypatch.chdir(repository / "website")
    assert load_config().docs.paths == ("../docs",)


def test_the_configuration_and_the_questions_are_no_links_out_of_the_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    (repository / "athenaeum.yml").symlink_to("../outside.md")
    with pytest.raises(ConfigError, match="is a link to what is outside of the repository"):
        load_config()
    (repository / "athenaeum.yml").unlink()
    (repository / ".athenaeum").mkdir()
    (repository / ".athenaeum" / "questions.yml").symlink_to("/etc/passwd")
    with pytest.raises(ConfigError, match=r"evaluation.questions.*is outside of the repository"):
        load_config()
    (repository / ".athenaeum" / "questions.yml").unlink()
    (repository / ".github").mkdir()
    (repository / ".github" / "athenaeum.yml").write_text("chunking: {size: 900}\n")
    (repository / "athenaeum.yml").symlink_to(".github/athenaeum.yml")
    assert load_config().chunking.size == 900
