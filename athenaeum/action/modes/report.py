"""Mode report: what readers asked in the last week and did not find, as job summary and as a file."""

from athenaeum.action.step.phases import LogProgress
from athenaeum.action.step.run import Run
from athenaeum.action.summary import write
from athenaeum.action.target.meant import resolve
from athenaeum.action.target.target import enter, region_of

DAYS = 7
"""A schedule of once a week then reports everything once."""
FILE = "athenaeum-gaps.md"


def report(run: Run) -> None:
    """Write the report of this repository's endpoint; raises what keeps its log from being read."""
    from athenaeum.operations.place import open_place
    from athenaeum.operations.report import read_report

    with run.phases.phase("prepare"):
        enter(run, progress=LogProgress())
        stack = resolve(run, progress=LogProgress())
    with run.phases.phase("report"):
        place = open_place(run.inputs.target, region=region_of(run))
        found = read_report(place, stack, seconds=DAYS * 86_400)
    text = found.markdown()
    file = write(text, environ=run.environ, name=FILE)
    run.workflow.output({"stack-name": stack, "report": str(file)})
    run.workflow.summary(text)
    print(f"{len(found.gaps)} gaps among {found.searches} searches; the report is {file}", flush=True)
