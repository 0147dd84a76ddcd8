"""Mode report: what readers asked in the last week and did not find, as job summary and as a file."""

import tempfile
from pathlib import Path

from athenaeum.action.phases import LogProgress
from athenaeum.action.run import Run
from athenaeum.action.target import enter, region_of
from athenaeum.printing import printable

DAYS = 7
"""A schedule of once a week then reports everything once."""
FILE = "athenaeum-gaps.md"


def report(run: Run) -> None:
    """Write the report of this repository's endpoint; raises what keeps its log from being read."""
    from athenaeum.operations.place import open_place
    from athenaeum.operations.report import read_report

    with run.phases.phase("prepare"):
        enter(run, progress=LogProgress())
    with run.phases.phase("report"):
        place = open_place(run.inputs.target, region=region_of(run))
        found = read_report(place, run.stack, seconds=DAYS * 86_400)
    text = found.markdown()
    file = Path(run.environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / FILE
    file.write_text(printable(text), encoding="utf-8")
    run.workflow.output({"stack-name": run.stack, "report": str(file)})
    run.workflow.summary(text)
    print(f"{len(found.gaps)} gaps among {found.searches} searches; the report is {file}", flush=True)
