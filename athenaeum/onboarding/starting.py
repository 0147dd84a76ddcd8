"""What `init` would write into a docs repository, and how: what is there is never changed without being asked."""

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from athenaeum import names
from athenaeum.config import CONFIG_FILE, Config, load_config
from athenaeum.documents.find.discovery import discover
from athenaeum.errors import AthenaeumError, DiskError, DocsNotFoundError
from athenaeum.git import git_root, run_git
from athenaeum.onboarding.written_workflows import CHECK_FILE, DEPLOY_FILE, check_workflow, deploy_workflow
from athenaeum.records import Progress, no_progress

FOLDERS = ("docs", "website/docs", "src/content/docs", "site/docs", "doc", "documentation", "content")
"""Where docs usually are; the first that holds pages is taken, else the repository itself."""
DRAFTS = 20


@dataclass(frozen=True, slots=True)
class Planned:
    """One file of the plan. `state` is `create`, `unchanged`, `kept` (there and different) or `replace`."""

    path: str
    text: str
    before: str | None
    replace: bool = False

    @property
    def state(self) -> str:
        """What happens to the file."""
        if self.before is None:
            return "create"
        if self.before == self.text:
            return "unchanged"
        return "replace" if self.replace else "kept"

    def diff(self) -> str:
        """The change as a unified diff, "" when there is none."""
        if self.before == self.text:
            return ""
        old = f"a/{self.path}" if self.before is not None else "/dev/null"
        before = (self.before or "").splitlines(keepends=True)
        lines = difflib.unified_diff(before, self.text.splitlines(keepends=True), old, f"b/{self.path}")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Plan:
    """All files of `init`, and what was found out on the way, as sentences."""

    root: Path
    files: tuple[Planned, ...]
    found: tuple[str, ...]

    @property
    def changes(self) -> tuple[Planned, ...]:
        """The files that would be written."""
        return tuple(each for each in self.files if each.state in ("create", "replace"))


def plan(root: Path, *, docs: Sequence[str] = (), overwrite: bool = False, progress: Progress = no_progress) -> Plan:
    """The plan for the repository at `root`; nothing is written. `overwrite` also replaces files that differ.

    Raises `DocsNotFoundError` or `NoPagesError` where there is nothing to index, and what reading an existing
    athenaeum.yml raises.
    """
    own = root / CONFIG_FILE
    config = load_config(own) if own.is_file() else Config()
    paths = tuple(docs) or (config.docs.paths if own.is_file() else find_docs(root))
    roots = [root / path for path in paths]
    pages, site, questions, address = _read(roots, config, progress=progress)
    texts = {
        CONFIG_FILE: _configuration(paths, dialect=site, address=address),
        config.evaluation.questions: questions,
        DEPLOY_FILE: deploy_workflow(default_branch(root)),
        CHECK_FILE: check_workflow(),
    }
    files = [Planned(path, text, _existing(root / path), replace=overwrite) for path, text in texts.items() if text]
    found = [
        f"{pages} pages in {', '.join(paths)}",
        f"site generator: {site}" if site else "no site generator was found: links lead to the files at their commit",
        f"{questions.count('- question:')} draft questions, to be replaced by what your readers ask"
        if questions
        else "no question could be drafted from these pages",
    ]
    return Plan(root, tuple(files), tuple(found))


def find_docs(root: Path) -> tuple[str, ...]:
    """The folder that holds the docs, relative to `root`; `DocsNotFoundError` when no page is anywhere."""
    for name in (*FOLDERS, "."):
        try:
            if (root / name).is_dir() and discover([root / name]):
                return (name,)
        except AthenaeumError:
            continue
    raise DocsNotFoundError(
        "There are no pages here.", remedy="Run it in a repository with Markdown files, or name them: --docs FOLDER."
    )


def default_branch(root: Path) -> str:
    """The branch whose pushes deploy: the remote's default, else the one that is checked out, else main."""
    top = git_root(root)
    for name in ("refs/remotes/origin/HEAD", "HEAD") if top else ():
        if top and (found := run_git(top, "symbolic-ref", "--short", name).text):
            return found.removeprefix("origin/")
    return "main"


def write(plan: Plan) -> tuple[str, ...]:
    """Write the files of the plan that are new or replaced; their paths. A file is whole or not there."""
    written = []
    inside = plan.root.resolve()
    for each in plan.changes:
        # A folder such as .github may be a link; what it leads to is not this repository's to write.
        if not (plan.root / each.path).parent.resolve().is_relative_to(inside):
            raise DiskError(
                f"{each.path} leads out of the repository through a link; nothing was written.",
                remedy="Replace the link by a folder.",
            )
    for each in plan.changes:
        target = plan.root / each.path
        staged = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.write_text(each.text, encoding="utf-8")
            if each.state == "create":
                # A link is made only where nothing is: a file that appeared meanwhile is not lost.
                os.link(staged, target)
            else:
                staged.replace(target)
        except FileExistsError:
            raise DiskError(f"{each.path} appeared meanwhile; it was left alone.", remedy="Run it again.") from None
        except OSError as error:
            raise DiskError(
                f"{each.path} cannot be written: {os.strerror(error.errno or 0)}.",
                remedy="Check the folder's permissions and free space, then run it again.",
            ) from error
        finally:
            staged.unlink(missing_ok=True)
        written.append(each.path)
    return tuple(written)


def _read(roots: Sequence[Path], config: Config, *, progress: Progress) -> tuple[int, str, str, str]:
    """Number of pages, the site's generator (or ""), drafted questions (or "") and the site's address (or "")."""
    from athenaeum.evaluation.suggest import suggest, to_yaml
    from athenaeum.ingestion.corpus import read_corpus

    corpus = read_corpus(roots, config=config, progress=progress)
    drafts = suggest(corpus.pages, limit=DRAFTS)
    dialect = corpus.site.rules.dialect
    return len(corpus.pages), "" if dialect == "plain" else dialect, to_yaml(drafts) if drafts else "", corpus.site.url


def _configuration(paths: Sequence[str], *, dialect: str, address: str) -> str:
    import yaml

    listed = yaml.safe_dump({"docs": {"paths": list(paths)}}, sort_keys=False, default_flow_style=False)
    found = f"# The site's generator was found by itself: {dialect}.\n" if dialect else ""
    return (
        "# Settings of the docs endpoint. docs/configuration.md of athenaeum/deploy lists them all; what is left out\n"
        "# has its default. `athenaeum doctor` checks this file.\n"
        f"{found}{listed}"
        "evaluation:\n"
        "  questions: .athenaeum/questions.yml\n"
        "  gate: warn # fail lets a pull request that buries an answer fail\n"
        f"{_browsers(address)}"
    )


def _browsers(address: str) -> str:
    """The setting that lets the site's own pages ask the endpoint, and no other site's; "" without an address."""
    parts = urlsplit(address.lower())
    try:
        origin = names.ORIGIN.hold(f"{parts.scheme}://{parts.netloc}") if parts.netloc else ""
    except names.MisfitError:
        return ""
    return f"deploy:\n  cors: [{origin}] # whose pages may ask the endpoint in a browser\n" if origin else ""


def _existing(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DiskError(
            f"{path.name} is there and cannot be read ({type(error).__name__}).", remedy="Check the file."
        ) from error
