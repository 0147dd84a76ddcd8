"""Mode report: what readers asked in the last week and did not find, as job summary and as a file."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from athenaeum.action.event import Event
from athenaeum.action.inputs import Inputs
from athenaeum.action.outputs import Workflow
from athenaeum.action.phases import LogProgress, Phases
from athenaeum.action.target import enter, region_of, stack_name
from athenaeum.config import Config

DAYS = 7
"""A schedule of once a week then reports everything once."""
FILE = "athenaeum-gaps.md"


def report(
    inputs: Inputs, event: Event, config: Config, *, workflow: Workflow, phases: Phases, environ: Mapping[str, str]
) -> None:
    """Write the report of this repository's endpoint; raises what keeps its log from being read."""
    from athenaeum.operations.place import open_place
    from athenaeum.operations.report import read_report

    stack = stack_name(inputs, event, config)
    with phases.phase("prepare"):
        enter(inputs, config, workflow=workflow, environ=environ, progress=LogProgress())
    with phases.phase("report"):
        region = "" if inputs.target == "local" else region_of(config, environ=os.environ)
        found = read_report(open_place(inputs.target, region=region), stack, seconds=DAYS * 86_400)
    text = found.markdown()
    file = Path(environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / FILE
    file.write_text(text, encoding="utf-8")
    workflow.output({"stack-name": stack, "report": str(file)})
    workflow.summary(text)
    print(f"{len(found.gaps)} gaps among {found.searches} searches; the report is {file}", flush=True)
