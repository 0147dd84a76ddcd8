"""One run of the action: reads the inputs, chooses the mode, and makes every failure an annotation and an exit code."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from athenaeum.action import summary
from athenaeum.action.step.checkout_paths import checkout_path
from athenaeum.action.step.checkout_rules import check_checkout
from athenaeum.action.step.commit_order import commit_order
from athenaeum.action.step.event import read_event
from athenaeum.action.step.event_rules import NOTHING, READING, check_stack, choose_mode
from athenaeum.action.step.inputs import read_inputs
from athenaeum.action.step.outputs import Log, Workflow
from athenaeum.action.step.phases import Phases
from athenaeum.action.step.run import Run
from athenaeum.action.target.target import stack_name
from athenaeum.config import CONFIG_FILE, config_for, load_config
from athenaeum.errors import AthenaeumError, InterruptedBuildError, UsageError
from athenaeum.printing import plain_output
from athenaeum.refusals import refusal


def main(environ: Mapping[str, str]) -> int:
    """Run the action and return the step's exit code."""
    with plain_output(Log):
        return _main(environ)


def _main(environ: Mapping[str, str]) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    workflow = Workflow(environ)
    phases = Phases(workflow)
    try:
        inputs = read_inputs(environ)
        # The workflow's own files are named from here; annotations need paths relative to the checkout.
        os.chdir(inputs.working_directory)
        event = read_event(environ)
        # First of all: what an event may not do must not read a file of the checkout either.
        mode = choose_mode(inputs.mode, event, target=inputs.target, environment=inputs.environment)
        if mode == NOTHING:
            workflow.notice("A branch or tag was deleted: there is nothing to do, and what is live stays as it is.")
            return 0
        compare = commit_order(event, environ, token=inputs.github_token)
        file = inputs.config or Path(CONFIG_FILE)
        check_checkout(event, [file] if file.is_file() else [], compare=compare)
        loaded = load_config(inputs.config, overrides=inputs.settings)
        config = config_for(loaded, inputs.environment, given=inputs.settings)
        project = inputs.project_path if mode in ("deploy", "destroy") else None
        questions = [Path(config.evaluation.questions)] if mode in READING else []
        check_checkout(
            event,
            [file for file in questions if file.is_file()],
            compare=compare,
            docs=config.docs if mode in READING else None,
            app=project,
        )
        stack = stack_name(inputs, event, config)
        check_stack(mode, event, target=inputs.target, environment=inputs.environment, stack=stack)
        MODES[mode](Run(inputs, event, config, stack, workflow, phases, environ, compare))
    except AthenaeumError as error:
        return _failed(error, workflow, phases)
    except FileNotFoundError as error:
        workflow.error(f"There is no folder {error.filename}. Check working-directory.")
        return UsageError.exit_code
    except KeyboardInterrupt:
        workflow.warning("The run was cancelled. Nothing is half-written; run the job again.")
        return InterruptedBuildError.exit_code
    except Exception as error:
        refused = refusal(error)
        if refused is None:
            raise
        return _failed(refused, workflow, phases)
    return 0


def _failed(error: AthenaeumError, workflow: Workflow, phases: Phases) -> int:
    """Annotate and summarise an error; its exit code."""
    workflow.error(f"{error.message} {error.remedy}".strip(), file=checkout_path(error.file), line=error.line)
    if not workflow.summarised:
        workflow.summary(summary.failure(error, seconds=phases.seconds))
    return error.exit_code


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _deploy(run: Run) -> None:
    from athenaeum.action.modes.deploy import deploy

    deploy(run)


def _check(run: Run) -> None:
    from athenaeum.action.modes.check import check

    check(run)


def _publish(run: Run) -> None:
    from athenaeum.action.modes.deploy import deploy

    deploy(run, stack_too=False)


def _rollback(run: Run) -> None:
    from athenaeum.action.modes.go_back import roll_back

    roll_back(run)


def _destroy(run: Run) -> None:
    from athenaeum.action.modes.go_back import destroy

    destroy(run)


def _report(run: Run) -> None:
    from athenaeum.action.modes.report import report

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
