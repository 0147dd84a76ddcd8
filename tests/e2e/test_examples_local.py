"""The examples as they stand in the repository, deployed to the embedded AWS and asked a question."""

import json
import shutil
import urllib.request
from pathlib import Path

import pytest

from athenaeum.deployment.deploy import deploy
from athenaeum.deployment.destroy import destroy

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("example", "app", "context", "name"),
    [
        ("simple-deployment", "", {}, "MyKnowledgeBase"),
        ("simple-deployment", "python environments.py", {"environment": "dev"}, "Athenaeum-dev"),
        ("simple-deployment", "python environments.py", {"environment": "prod"}, "Athenaeum-prod"),
        ("cdk", "", {}, "AthenaeumCustom"),
    ],
)
def test_an_example_answers_and_goes_away(
    repository: Path, home: Path, tmp_path: Path, example: str, app: str, context: dict[str, str], name: str
) -> None:
    from athenaeum.config import Config
    from athenaeum.ingestion.pipeline import build

    project = tmp_path / "an example"
    shutil.copytree(
        repository / "examples" / example, project, ignore=shutil.ignore_patterns("cdk.out", "index", "__pycache__")
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "install.md").write_text("# Install\n\nRun the frobnicator with `pip install frob`.\n")
    build([tmp_path / "docs"], output=project / "index", config=Config())
    (stack,) = deploy(project, target="local", app=app, context=context, home=home).stacks
    assert stack.name == name
    if not app:
        body = json.dumps({"query": "how do I run the frobnicator", "limit": 1}).encode()
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{stack.endpoint}/search", body, headers), timeout=60
        ) as got:
            assert json.load(got)["data"][0]["path"] == "install.md"
    assert stack.index_bucket
    assert destroy(project, target="local", app=app, stacks=[name], context=context, home=home).stacks == (name,)
