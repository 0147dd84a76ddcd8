"""What every mode of the action is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from athenaeum.action.step.commit_order import CommitOrder
from athenaeum.action.step.event import Event
from athenaeum.action.step.inputs import Inputs
from athenaeum.action.step.outputs import Workflow
from athenaeum.action.step.phases import Phases
from athenaeum.config import Config


@dataclass(frozen=True, slots=True)
class Run:
    """One step of a workflow: what it was told, the name of its stack, and the workflow that listens.

    `compare` says how two commits of the docs' repository stand to each other.
    `environ` is the environment of the step, `os.environ` outside tests: `target.enter` makes it that of the target.
    """

    inputs: Inputs
    event: Event
    config: Config
    stack: str
    workflow: Workflow
    phases: Phases
    environ: Mapping[str, str]
    compare: CommitOrder
