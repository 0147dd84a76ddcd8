"""Two jobs of one runner at once: they share the tool cache and the embedded AWS, and neither is in the other's way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from action_runner import Runner

WORKFLOW = """\
on: push
jobs:
  endpoint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: athenaeum
        uses: athenaeum/deploy@v1
        with: {target: local}
      - env:
          ENDPOINT: ${{ steps.athenaeum.outputs.endpoint-url }}
        run: curl --silent --fail "$ENDPOINT/search?q=which%20colour"
"""


@pytest.mark.long
def test_two_repositories_deployed_at_once_answer_from_their_own_docs(runner: Runner, tmp_path: Path) -> None:
    colours = {"first": "crimson", "second": "turquoise"}
    for name, colour in colours.items():
        (tmp_path / name / ".github" / "workflows").mkdir(parents=True)
        (tmp_path / name / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW)
        (tmp_path / name / "docs").mkdir()
        (tmp_path / name / "docs" / "colour.md").write_text(f"# Which colour\n\nThe colour of a widget is {colour}.\n")
    with ThreadPoolExecutor(2) as pool:
        jobs = dict(zip(colours, pool.map(lambda name: runner.push(tmp_path / name), colours), strict=True))
    for name, job in jobs.items():
        assert job.code == 0, job.log[-6000:]
        assert job.output("stack-name") == f"athenaeum-{name}"
        assert f"The colour of a widget is {colours[name]}." in job.log
