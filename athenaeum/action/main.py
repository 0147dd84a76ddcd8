"""One run of the action: reads the inputs, chooses the mode, and makes every failure an annotation and an exit code."""

import os
import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import NoReturn

from athenaeum.action import summary
from athenaeum.action.event import choose_mode, read_event
from athenaeum.action.inputs import read_inputs
from athenaeum.action.outputs import Workflow
from athenaeum.action.phases import Phases
from athenaeum.action.run import Run
from athenaeum.action.target import stack_name
from athenaeum.config import config_for, load_config
from athenaeum.errors import AthenaeumError, InterruptedBuildError, UsageError


def main(environ: Mapping[str, str]) -> int:
    """Run the action and return the step's exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    workflow = Workflow(environ)
    phases = Phases(workflow)
    try:
        inputs = read_inputs(environ)
        # The workflow's own files are named from here; annotations need paths relative to the checkout.
        os.chdir(inputs.working_directory)
        event = read_event(environ)
        loaded = load_config(inputs.config, overrides=inputs.settings)
        config = config_for(loaded, inputs.environment, given=inputs.settings)
        mode = choose_mode(inputs.mode, event)
        if mode not in MODES:
            raise UsageError(
                f"Mode {mode} is not part of this version.", remedy=f"Set mode to one of: {', '.join(sorted(MODES))}."
            )
        stack = stack_name(inputs, event, config)
        MODES[mode](Run(inputs, event, config, stack, workflow, phases, environ))
    except AthenaeumError as error:
        workflow.error(f"{error.message} {error.remedy}".strip(), file=error.file, line=error.line)
        if not workflow.summarised:
            workflow.summary(summary.failure(error, seconds=phases.seconds))
        return error.exit_code
    except FileNotFoundError as error:
        workflow.error(f"There is no folder {error.filename}. Check working-directory.")
        return UsageError.exit_code
    except KeyboardInterrupt:
        workflow.warning("The run was cancelled. Nothing is half-written; run the job again.")
        return InterruptedBuildError.exit_code
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _deploy(run: Run) -> None:
    from athenaeum.action.deploying import deploy

    deploy(run)


def _check(run: Run) -> None:
    from athenaeum.action.checking import check

    check(run)


def _publish(run: Run) -> None:
    from athenaeum.action.deploying import deploy

    deploy(run, stack_too=False)


def _rollback(run: Run) -> None:
    from athenaeum.action.reverting import roll_back

    roll_back(run)


def _destroy(run: Run) -> None:
    from athenaeum.action.reverting import destroy

    destroy(run)


def _report(run: Run) -> None:
    from athenaeum.action.reporting import report

    report(run)


MODES: dict[str, Callable[[Run], None]] = {
    "deploy": _deploy,
    "check": _check,
    "publish": _publish,
    "rollback": _rollback,
    "report": _report,
    "destroy": _destroy,
}
"""Mode → what runs it; each imports what it needs when it is chosen."""
