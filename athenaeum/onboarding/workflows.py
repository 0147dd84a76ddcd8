"""Checks of the repository's workflows: that one deploys and one checks, each with the permissions its step needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.action.step.event_rules import EVENTS
from athenaeum.onboarding.findings import Finding, advice, missing, ok
from athenaeum.parsing import DataError, load_yaml

ACTION = "athenaeum/deploy"
FOLDER = ".github/workflows"
_DEPLOYS = tuple(name for name, rule in EVENTS.items() if rule.auto == "deploy")


@dataclass(frozen=True, slots=True)
class Use:
    """One step that uses the action. `permissions` is None where neither job nor workflow says any.

    `concurrency` is the group of the job or the workflow, "" where there is none.
    """

    file: str
    job: str
    events: tuple[str, ...]
    inputs: Mapping[str, str]
    permissions: Mapping[str, str] | None
    uses: tuple[str, ...]
    fetch_depth: str
    concurrency: str = ""

    @property
    def checks(self) -> bool:
        """Whether the step can run for a pull request."""
        return any(event in ("pull_request", "pull_request_target", "merge_group") for event in self.events)

    @property
    def deploys(self) -> bool:
        """Whether the step can deploy."""
        chosen = self.inputs.get("mode", "auto") or "auto"
        if chosen != "auto":
            return chosen in ("deploy", "publish")
        return any(event in _DEPLOYS for event in self.events)

    def may(self, scope: str) -> str:
        """What the job's token may do with `scope`: read, write or none; "" where it is the repository's default."""
        return "" if self.permissions is None else self.permissions.get(scope, self.permissions.get("*", "none"))


def check_workflows(root: Path) -> tuple[list[Use], list[Finding]]:
    """The uses of the action, and what is wrong with the workflows they are in."""
    uses, findings = read_workflows(root)
    deploying = [use for use in uses if use.deploys]
    checking = [use for use in uses if use.checks]
    if not deploying:
        findings.append(missing("workflow-deploy", "No workflow deploys on a push.", "Run `athenaeum init`."))
    else:
        findings.append(ok("workflow-deploy", f"{deploying[0].file} deploys"))
    if not checking:
        findings.append(advice("workflow-check", "No workflow checks pull requests.", "Run `athenaeum init`."))
    else:
        findings.append(ok("workflow-check", f"{checking[0].file} checks pull requests"))
    for use in uses:
        findings += _permissions(use)
    return uses, findings


def _permissions(use: Use) -> Iterator[Finding]:
    place = f"{use.file}, job {use.job}"
    if use.deploys and use.inputs.get("role-to-assume") and use.inputs.get("target") != "local":
        if use.may("id-token") == "write":
            yield ok("permission-id-token", f"{place} may ask for an OIDC token")
        else:
            fix = "Add `id-token: write` to the job's permissions."
            yield missing("permission-id-token", f"{place} assumes a role and may not ask for an OIDC token.", fix)
    if use.may("contents") == "none":
        fix = "Add `contents: read` to the job's permissions."
        yield missing("permission-contents", f"{place} may not read the repository it checks out.", fix)
    elif use.may("contents") == "write":
        fix = "Set `contents: read`; the action writes nothing to the repository."
        yield advice("permission-contents", f"{place} may write to the repository.", fix)
    if "pull_request" in use.events and use.may("pull-requests") in ("none", "read"):
        fix = "Add `pull-requests: write` to the job's permissions; without it the report is in the job summary alone."
        yield advice("permission-pull-requests", f"{place} may not comment on the pull request.", fix)
    if use.deploys and "github.ref" not in use.concurrency:
        fix = "Add `concurrency: {group: docs-endpoint-${{ github.ref }}, cancel-in-progress: false}`."
        yield advice("workflow-concurrency", f"{place} may run twice for one branch at the same time.", fix)
    for event in use.events:
        rule = EVENTS.get(event)
        if (
            rule
            and not rule.auto
            and rule.kind not in ("forbidden", "caller")
            and use.inputs.get("mode", "auto") == "auto"
        ):
            fix = "Take it from the workflow's `on`, or name a mode."
            yield advice("workflow-events", f"{place} does nothing on {event}: {rule.why}.", fix)
    if "pull_request_target" in use.events:
        fix = "Use `pull_request`: a fork's code must not run with the repository's secrets and roles."
        yield missing("workflow-fork-safe", f"{place} runs on pull_request_target.", fix)
    if not any(name.startswith("actions/checkout@") for name in use.uses):
        fix = "Add a step with actions/checkout before it."
        yield missing("workflow-checkout", f"{place} does not check the repository out.", fix)
    elif "pull_request" in use.events and use.fetch_depth != "0":
        fix = "Set `fetch-depth: 0` on actions/checkout: a change is compared with its merge base."
        yield advice("workflow-history", f"{place} fetches one commit alone.", fix)


def read_workflows(root: Path) -> tuple[list[Use], list[Finding]]:
    """Every use of the action in the repository's workflows; a file that is no YAML is a finding."""
    uses: list[Use] = []
    findings: list[Finding] = []
    folder = root / FOLDER
    for file in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        name = f"{FOLDER}/{file.name}"
        try:
            said = load_yaml(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, DataError) as error:
            line = getattr(error, "line", 0)
            place = f"{name}, line {line}," if line else name
            findings.append(missing("workflow-file", f"{place} is not valid YAML.", "Correct it; GitHub ignores it."))
            continue
        uses += _uses(name, said) if isinstance(said, dict) else []
    return uses, findings


def _uses(file: str, workflow: Mapping[Any, Any]) -> Iterator[Use]:
    # YAML 1.1 reads a bare `on` as true.
    events = workflow.get("on", workflow.get(True))
    names = (events,) if isinstance(events, str) else tuple(map(str, events)) if events else ()
    jobs = workflow.get("jobs")
    for job, body in jobs.items() if isinstance(jobs, dict) else ():
        steps = [each for each in _list(body) if isinstance(each, dict)]
        used = tuple(str(step.get("uses", "")) for step in steps)
        checkout: Mapping[str, Any] = next((step for step in steps if _is(step, "actions/checkout")), {})
        said = body.get("permissions", workflow.get("permissions"))
        for step in steps:
            if _is(step, ACTION):
                yield Use(
                    file=file,
                    job=str(job),
                    events=names,
                    inputs={str(key): str(value) for key, value in _mapping(step.get("with")).items()},
                    permissions=_granted(said),
                    uses=used,
                    concurrency=_group(body.get("concurrency", workflow.get("concurrency"))),
                    fetch_depth=str(_mapping(checkout.get("with")).get("fetch-depth", "1")),
                )


def _is(step: Mapping[str, Any], action: str) -> bool:
    return str(step.get("uses", "")).partition("@")[0].lower() == action


def _granted(said: Any) -> Mapping[str, str] | None:
    if said is None:
        return None
    if said in ("write-all", "read-all"):
        return {"*": str(said).removesuffix("-all")}
    return {str(key): str(value) for key, value in _mapping(said).items()}


def _group(said: Any) -> str:
    return str(_mapping(said).get("group", "")) if isinstance(said, dict) else str(said or "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(job: Any) -> list[Any]:
    steps = job.get("steps") if isinstance(job, dict) else None
    return steps if isinstance(steps, list) else []
