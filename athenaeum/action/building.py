"""Builds the index of this checkout, with the live release (or the docs of an earlier commit) as its cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.action.step.run import Run
from athenaeum.action.target.live_stack import open_index
from athenaeum.action.target.requirements import ensure
from athenaeum.config import Config
from athenaeum.errors import AthenaeumError, IndexFormatError, IndexNotFoundError, MissingExtraError
from athenaeum.ingestion.origin import Origin, find_origin
from athenaeum.ingestion.report import BuildReport
from athenaeum.records import Progress


@dataclass(frozen=True, slots=True)
class Live:
    """The release that readers are answered from, now in the index folder; "" when there is none or it is unusable.

    `foreign` is one of a format that this version does not read.
    """

    release: str = ""
    commit: str = ""
    reason: str = ""
    repository: str = ""
    foreign: bool = False


def fetch_live(outputs: Mapping[str, str], index: Path, *, progress: Progress) -> Live:
    """Bring the live release of a stack with these outputs into the index folder; without one, `reason` says why."""
    from athenaeum.index.publishing.mirror import mirror

    try:
        found = mirror(open_index(outputs["IndexBucketName"]), index, progress=progress)
    except IndexNotFoundError:
        return Live(reason="Nothing is deployed yet.")
    except AthenaeumError as error:
        foreign = isinstance(error, IndexFormatError)
        return Live(reason=f"The live index cannot be used: {error.message}", foreign=foreign)
    assert found is not None, "without an ETag there is always an answer"  # noqa: S101
    return Live(release=found.pointer.release, commit=found.pointer.commit, repository=found.pointer.repository)


def origin_of(run: Run, docs: Path, *, commit: str = "") -> Origin:
    """The repository and commit of the docs that this run reads.

    A pull request is checked out as a trial merge, which nobody can look at later: its own commit stands for it.
    """
    commit = commit or (run.event.commit if run.event.proposed else "")
    return find_origin(docs, run.environ, repository=run.event.repository_url, commit=commit)


def build_index(
    run: Run,
    *,
    index: Path,
    progress: Progress,
    config: Config | None = None,
    folder: Path = Path(),
    commit: str = "",
    broken_links: bool = False,
) -> BuildReport:
    """Build the docs of `folder` into the index folder, whose live release is the cache.

    `config` is given where it is not the run's own: that of an earlier commit.

    The model's export set is installed only when the encoder has to be exported. What there is to say about the docs
    becomes annotations when it is this checkout's.
    """
    from athenaeum.ingestion.pipeline import build

    config = config or run.config
    roots = [folder / path for path in config.docs.paths]
    origin = origin_of(run, roots[0], commit=commit)
    for attempt in (1, 2):
        try:
            report = build(
                roots,
                output=index,
                config=config,
                repository=origin.repository,
                commit=origin.commit,
                broken_links=broken_links,
                progress=progress,
            )
            break
        except MissingExtraError:
            if attempt == 2:
                raise
            ensure("export")
    for reason in report.reasons:
        run.workflow.say(f"built anew: {reason}")
    return report
