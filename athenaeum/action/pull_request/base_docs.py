"""The docs that a change starts from, built as the release that it is compared with.

That is the merge base, whatever is live: what main has beyond the live release is no change of this pull request. The
live release is the cache of that build, and the very result of it when main is live.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from athenaeum.action.building import Live, build_index
from athenaeum.action.comparison.diff import Diff, read_diff
from athenaeum.action.measuring import questions_of
from athenaeum.action.pull_request.encoder_choice import same_encoder
from athenaeum.action.pull_request.merge_base import Base, checked_out
from athenaeum.action.step.escaping import code
from athenaeum.action.step.inputs import Inputs
from athenaeum.action.step.phases import LogProgress
from athenaeum.action.step.run import Run
from athenaeum.config import Config, config_for, load_config
from athenaeum.documents.links.links import BrokenLink
from athenaeum.errors import AthenaeumError, ConfigError, DocsNotFoundError, NoPagesError
from athenaeum.evaluation.questions import Question
from athenaeum.git import git_root
from athenaeum.ingestion.report import Notice


@dataclass(frozen=True, slots=True)
class Before:
    """What the head is compared with. `shown` names it in Markdown, "" when it is nothing; then `note` says why.

    `release` is "" also for a base without docs. `links` and `notices` are what was broken and said there, None if
    unknown, and `routes` the addresses of its pages; `config` and `questions` are how it was judged, None if unknown.
    `root` is its checkout while it lasts.
    """

    release: str = ""
    shown: str = ""
    note: str = ""
    commit: str = ""
    links: tuple[BrokenLink, ...] | None = None
    notices: tuple[Notice, ...] = ()
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    config: Config | None = None
    questions: tuple[Question, ...] = ()
    root: Path | None = None
    diff: Diff = field(default_factory=Diff)


@contextlib.contextmanager
def docs_before(run: Run, live: Live, base: Base, *, index: Path, scratch: Path) -> Iterator[Before]:
    """Build the docs of the base into the index folder, which holds the live release if there is one."""
    if not base.commit:
        yield _without_base(run, live, base.reason)
        return
    with checked_out(base.commit, folder=Path(), scratch=scratch) as folder:
        if folder is None:
            yield _without_base(run, live, f"git could not check out the base commit {base.commit[:12]}.")
            return
        with run.phases.phase("base"):
            before = _built(run, live, base.commit, folder=folder, index=index)
        yield before


def _without_base(run: Run, live: Live, reason: str) -> Before:
    if not live.release:
        run.workflow.warning(reason or "There is nothing to compare this with.")
        return Before(note=reason)
    # The comparison is with what is live for want of a better one, and its differences may be main's.
    note = f"{reason} What main has gained since the live release counts too." if reason else ""
    run.workflow.warning(note)
    at = f" (commit {code(live.commit[:12])})" if live.commit else ""
    return Before(live.release, f"the live release {code(live.release)}{at}", note=note)


def _built(run: Run, live: Live, commit: str, *, folder: Path, index: Path) -> Before:
    diff = read_diff(commit, folder=Path()) or Diff()
    root = git_root(folder) or folder
    folder = _folder_before(folder, root=root, diff=diff)
    config = config_before(folder, run.inputs)
    used = same_encoder(run, config or run.config)
    used = _with_roots(used, _roots_before(used, folder=folder, root=root, diff=diff, inputs=run.inputs))
    known = Before(
        commit=commit,
        shown=f"the merge base {code(commit[:12])}",
        links=(),
        config=config,
        questions=_questions(folder, config),
        root=root,
        diff=diff,
    )
    progress = LogProgress()
    try:
        built = build_index(
            run, index=index, progress=progress, config=used, folder=folder, commit=commit, broken_links=True
        )
    except (DocsNotFoundError, NoPagesError):
        return replace(known, note="The merge base has no docs: every page is new.")
    except AthenaeumError as error:
        why = without_places(error.message, folder, root, index)
        run.workflow.warning(f"The docs of the base cannot be indexed: {why}")
        return replace(known, shown="", links=None, note=f"The docs of the base cannot be indexed: {why}")
    shown = known.shown
    if built.release == live.release:
        shown = f"the live release {code(live.release)} (commit {code((live.commit or commit)[:12])})"
    elif live.release:
        shown += f", which is not what is live (release {code(live.release)})"
    return replace(
        known,
        release=built.release,
        shown=shown,
        links=built.broken_links,
        notices=built.notices,
        routes=built.routes,
    )


def config_before(folder: Path, inputs: Inputs) -> Config | None:
    """The configuration as it was: a change of it changes what readers find, too."""
    try:
        with contextlib.chdir(folder):
            named = inputs.config if inputs.config and inputs.config.is_file() else None
            loaded = load_config(named, overrides=inputs.settings)
            return config_for(loaded, inputs.environment, given=inputs.settings)
    except (ConfigError, OSError):
        return None


def _roots_before(config: Config, *, folder: Path, root: Path, diff: Diff, inputs: Inputs) -> tuple[str, ...]:
    """The docs folders of the base: those that `config` names, under the names they had; a new one is left out."""
    found = [_root_before(path, here=folder.resolve(), root=root, diff=diff) for path in config.docs.paths]
    if not any(found):
        # Nothing was renamed that git knows again: what the file of the base says, or the default.
        settings = {name: value for name, value in inputs.settings.items() if name != "docs.paths"}
        own = config_before(folder, replace(inputs, settings=settings))
        found = [path for path in (own.docs.paths if own else ()) if (folder / path).exists()]
    return tuple(dict.fromkeys(filter(None, found))) or config.docs.paths


def _root_before(path: str, *, here: Path, root: Path, diff: Diff) -> str:
    place = (here / path).resolve()
    if place.exists():
        return path
    former = diff.former_root(place.relative_to(root).as_posix()) if place.is_relative_to(root) else ""
    return os.path.relpath(root / former, here) if former and (root / former).exists() else ""


def _folder_before(folder: Path, *, root: Path, diff: Diff) -> Path:
    """The working directory in the base, under the name that it had; the base's top when there was none."""
    place = folder.resolve()
    if place.is_dir() or not place.is_relative_to(root):
        return folder
    former = root / diff.former_root(place.relative_to(root).as_posix())
    return former if former.is_dir() else root


def _with_roots(config: Config, paths: tuple[str, ...]) -> Config:
    return config.model_copy(update={"docs": config.docs.model_copy(update={"paths": paths})})


def _questions(folder: Path, config: Config | None) -> tuple[Question, ...]:
    try:
        with contextlib.chdir(folder):
            return questions_of(config)[1] if config else ()
    except (AthenaeumError, OSError):
        return ()


def without_places(text: str, *folders: Path) -> str:
    """A message without the folders of the runner in it."""
    for folder in sorted({str(each) for place in folders for each in (place, place.resolve())}, key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(f"{folder}/", "").replace(folder, ".")
    return text
