"""The stack has what readers need. Run with `python -m pytest`."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_stack_has_one_function_behind_an_api(tmp_path: Path) -> None:
    # The app is run as the CDK runs it; CDK_OUTDIR is where it leaves the templates.
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True)
    template = json.loads(next(tmp_path.glob("*.template.json")).read_text())
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert "AWS::Lambda::Function" in kinds
    assert kinds.count("AWS::ApiGateway::RestApi") == 1
    assert "APIEndpoint" in template["Outputs"]


def test_docs_hold_at_least_one_page() -> None:
    assert list((ROOT / "{{ cookiecutter.docs_path }}").rglob("*.md"))
