"""Mode deploy (and publish, which leaves the stack alone): index, cdk deploy, publish, smoke test, outputs.

Nothing is live before the pointer moves, and the pointer goes back when the endpoint does not answer; so a run may
fail, be cancelled or be killed anywhere, and what was live before answers on.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.action import summary
from athenaeum.action.environment import ensure
from athenaeum.action.event import Event
from athenaeum.action.inputs import Inputs
from athenaeum.action.outputs import Workflow
from athenaeum.action.phases import LogProgress, Phases
from athenaeum.action.project import configured_project, own_project
from athenaeum.action.smoke import smoke_test
from athenaeum.action.target import OPEN, check_public, enter, region_of, stack_name
from athenaeum.config import Config
from athenaeum.errors import (
    AthenaeumError,
    IndexNotFoundError,
    MissingExtraError,
    ReleaseNotFoundError,
    SmokeTestError,
    StackNotFoundError,
)
from athenaeum.ingestion.report import BuildReport

if TYPE_CHECKING:
    from athenaeum.index.objects import Store
    from athenaeum.index.publish import PublishReport

SAMPLES = 3
"""Pages whose titles are searched for in the smoke test."""


def deploy(
    inputs: Inputs,
    event: Event,
    config: Config,
    *,
    workflow: Workflow,
    phases: Phases,
    environ: Mapping[str, str],
    stack_too: bool = True,
) -> None:
    """Bring this repository's docs to its endpoint; raises what failed, after undoing what must be undone."""
    progress = LogProgress()
    check_public(inputs, event, config)
    if stack_too and inputs.project_path:
        own_project(inputs.project_path)
    stack = stack_name(inputs, event, config)
    with tempfile.TemporaryDirectory(prefix="athenaeum-", dir=environ.get("RUNNER_TEMP") or None) as folder:
        work = Path(folder)
        with phases.phase("prepare"):
            enter(inputs, config, workflow=workflow, environ=environ, progress=progress)
            live = fetch_live(stack, work / "live", progress=progress)
        with phases.phase("index"):
            report = build_index(
                config, output=work / "index", previous=live, event=event, environ=environ, progress=progress
            )
        for notice in report.notices:
            workflow.warning(notice.message, file=notice.file or None, line=notice.line or None)
        if stack_too:
            with phases.phase("deploy"):
                stack = deploy_stack(inputs, config, stack=stack, work=work, environ=environ, progress=progress)
        outputs = stack_outputs(stack)
        with phases.phase("publish"):
            published = publish_index(
                work / "index", outputs["IndexBucketName"], inputs=inputs, config=config, progress=progress
            )
        with phases.phase("smoke test"):
            check_endpoint(outputs, index=work / "index", published=published, config=config)
    result = summary.Result(
        endpoint=outputs["APIEndpoint"].rstrip("/"),
        mcp=outputs["McpEndpoint"],
        stack=stack,
        bucket=outputs["IndexBucketName"],
        release=published.release,
        commit=event.commit,
        pages=report.pages,
        chunks=report.chunks,
        added=report.added,
        changed=report.changed,
        removed=report.removed,
        notices=[(notice.file, notice.line, notice.message) for notice in report.notices],
    )
    workflow.output(result.outputs())
    workflow.summary(summary.success(result, seconds=phases.seconds, target=inputs.target))
    print(f"live: {result.endpoint} (release {result.release}, {result.pages} pages)", flush=True)


def fetch_live(stack: str, folder: Path, *, progress: LogProgress) -> Path | None:
    """The live release in a folder, as the cache of the build; None for a first deploy or an unreadable index."""
    from athenaeum.index.mirror import mirror
    from athenaeum.index.stack import index_address
    from athenaeum.index.store import open_store

    try:
        mirror(open_store(index_address(stack), environ=os.environ), folder, progress=progress)
    except (StackNotFoundError, IndexNotFoundError):
        return None
    except AthenaeumError as error:
        print(f"The live index cannot be used as a cache: {error.message} Building in full.", flush=True)
        return None
    return folder


def build_index(
    config: Config,
    *,
    output: Path,
    previous: Path | None,
    event: Event,
    environ: Mapping[str, str],
    progress: LogProgress,
) -> BuildReport:
    """Build the release; the model's export set is installed only when the encoder has to be exported."""
    from athenaeum.ingestion.origin import find_origin
    from athenaeum.ingestion.pipeline import build

    roots = [Path(path) for path in config.docs.paths]
    origin = find_origin(roots[0], environ, repository=event.repository_url, commit=event.commit)
    for attempt in (1, 2):
        try:
            return build(
                roots,
                output=output,
                config=config,
                repository=origin.repository,
                commit=origin.commit,
                previous=previous,
                progress=progress,
            )
        except MissingExtraError:
            if attempt == 2:
                raise
            ensure("export")
    raise AssertionError("unreachable")


def deploy_stack(
    inputs: Inputs,
    config: Config,
    *,
    stack: str,
    work: Path,
    environ: Mapping[str, str],
    progress: LogProgress,
) -> str:
    """Run `cdk deploy` on the user's project or the rendered template; the name of the stack that has the endpoint."""
    ensure("deploy")
    from athenaeum.local_aws.deploying import deploy as cdk_deploy

    own = inputs.project_path
    project = own_project(own) if own else configured_project(work / "project", config=config, stack=stack)
    context = {"environment": inputs.environment} if inputs.environment else {}
    if not own or "deploy.stack" in inputs.settings:
        context["stack-name"] = stack
    done = cdk_deploy(
        project.resolve(),
        target=inputs.target,
        context=context,
        region="" if inputs.target == "local" else region_of(inputs, config, environ=environ),
        progress=progress,
        environ=os.environ,
    )
    for note in done.notes:
        print(note, flush=True)
    answering = [each.name for each in done.stacks if each.endpoint]
    if not answering:
        raise StackNotFoundError(
            "The project deploys no stack with an endpoint.", remedy="Add an MCPServerConstruct to one of its stacks."
        )
    return stack if stack in answering else answering[0]


def stack_outputs(stack: str) -> dict[str, str]:
    """The outputs of a stack that is up, with addresses of this machine on the embedded AWS."""
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        from athenaeum.local_aws import client

        found = [each for each in client.status()["stacks"] if each["name"] == stack]
        if not found:
            raise StackNotFoundError(
                f"There is no stack {stack} on the embedded AWS at {endpoint}.", remedy="Deploy it first: mode deploy."
            )
        return dict(found[0]["outputs"])
    from athenaeum.index.stack import read_outputs

    return dict(read_outputs(stack))


def publish_index(
    index: Path, bucket: str, *, inputs: Inputs, config: Config, progress: LogProgress
) -> "PublishReport":
    """Make the built release live in the stack's bucket, or leave the live one where its inputs are the same."""
    from athenaeum.index.publish import publish

    report = publish(
        index,
        open_index(bucket),
        force=inputs.force,
        page_loss=config.evaluation.thresholds.page_loss,
        progress=progress,
    )
    for note in report.notes:
        print(note, flush=True)
    print(f"{report.outcome}: {report.release}, {report.uploaded_bytes:,} bytes uploaded", flush=True)
    return report


def check_endpoint(outputs: Mapping[str, str], *, index: Path, published: "PublishReport", config: Config) -> None:
    """Ask the endpoint; on failure a release that is new goes back to the one before, and the failure is raised."""
    # Behind auth only /health is open: the searches would need a reader's token.
    samples = sample_titles(index) if config.auth.mode in OPEN else []
    try:
        report = smoke_test(outputs["APIEndpoint"], release=published.release, samples=samples)
    except SmokeTestError:
        if published.outcome == "published":
            _take_back(outputs["IndexBucketName"], release=published.release)
        raise
    times = ", ".join(f"{ms:.0f} ms" for ms in report.search_ms)
    print(
        f"answers from release {published.release} after {report.seconds:.1f} s; searches: {times or 'none'}",
        flush=True,
    )


def sample_titles(index: Path) -> list[str]:
    """Titles of a few pages spread over the index, as questions whose answer is known to be there."""
    from athenaeum.index.pages import open_pages
    from athenaeum.index.release import open_release

    pages = open_pages(open_release(index, verify=False).pages_file)
    try:
        paths = pages.paths()
        chosen = paths[:: max(1, len(paths) // SAMPLES)][:SAMPLES]
        return [page.title for path in chosen if (page := pages.page(path)) and page.title.strip()]
    finally:
        pages.close()


def open_index(bucket: str) -> "Store":
    """The store of a stack's index."""
    from athenaeum.index.store import open_store
    from athenaeum.settings import ServerSettings

    return open_store(f"s3://{bucket}/{ServerSettings().index_prefix}", environ=os.environ)


def _take_back(bucket: str, *, release: str) -> None:
    from athenaeum.index.rollback import rollback

    try:
        back = rollback(open_index(bucket), only_if=release)
    except ReleaseNotFoundError:
        print("There is no earlier release to go back to.", flush=True)
    except AthenaeumError as error:
        print(f"The pointer could not go back: {error}", flush=True)
    else:
        print(f"The pointer went back from {release} to {back.release}.", flush=True)
