"""The bill of materials is what the layer holds, and everything shipped has a licence that allows it."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from athenaeum.infra.bundles.bundle import Bundle

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"requirements_{name}", ROOT / "requirements" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    return script("sbom")


def test_the_bill_of_materials_is_the_lock_file_and_what_the_layer_holds(sbom: ModuleType, layer: Bundle) -> None:
    parts = sbom.components(layer)
    locked = sbom.locked()
    # For Windows and for browsers: the lock is universal, the layer is not.
    assert {part.name: part.version for part in parts}.items() <= locked.items()
    assert set(locked) - {part.name for part in parts} <= {"colorama", "pywin32", "httpx2-jsfetch"}
    with zipfile.ZipFile(layer.path) as archive:
        tops = {name.split("/")[1] for name in archive.namelist() if name.count("/") > 1}
    assert len([top for top in tops if top.endswith(".dist-info")]) == len(parts)


def test_everything_has_a_licence_under_which_it_may_be_shipped(sbom: ModuleType, layer: Bundle) -> None:
    assert [part.name for part in sbom.components(layer) if not part.accepted] == []


@pytest.mark.parametrize(
    ("licence", "accepted"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-2.0-only", False),
        ("", False),
    ],
)
def test_a_licence_is_judged_by_the_choice_it_leaves(sbom: ModuleType, licence: str, accepted: bool) -> None:
    assert sbom.Component("x", "1", licence).accepted is accepted


def test_the_page_of_licences_is_fresh(sbom: ModuleType, layer: Bundle) -> None:
    rows = [line for line in sbom.PAGE.read_text().splitlines() if line.startswith("| ")]
    for part in sbom.components(layer):
        assert f"| {part.name} | {part.version} | {part.licence} |" in rows
    for name, what, licence, version in sbom.OTHERS:
        assert f"| {name} ({what}) | {version} | {licence} |" in rows


def test_equal_bundles_give_equal_documents(sbom: ModuleType, layer: Bundle) -> None:
    first, second = (json.dumps(sbom.document(layer, sbom.components(layer))) for _ in range(2))
    assert first == second
    found: dict[str, Any] = json.loads(first)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    refs = {each["bom-ref"] for each in found["components"]}
    assert refs == set(found["dependencies"][0]["dependsOn"])
    assert {"pkg:pypi/onnxruntime@", "pkg:pypi/faiss-cpu@"} <= {ref.partition("@")[0] + "@" for ref in refs}


@pytest.mark.long
def test_the_document_is_valid_cyclonedx(sbom: ModuleType, layer: Bundle, tmp_path: Path) -> None:
    python = script("audit").environment() / "bin" / "python"
    if not python.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("`make tools-audit` installs the validator")
    file = tmp_path / "bom.json"
    file.write_text(json.dumps(sbom.document(layer, sbom.components(layer))))
    code = (
        "import sys; from cyclonedx.schema import SchemaVersion\n"
        "from cyclonedx.validation.json import JsonStrictValidator\n"
        "sys.exit(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()) or '') or 0)"
    )
    done = subprocess.run([python, "-I", "-c", code, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("what", ["code", "secrets"])
def test_the_audit_finds_nothing_that_has_no_reason(what: str) -> None:
    if not script("audit").environment().exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("`make tools-audit` installs the programs")
    run = [sys.executable, "requirements/audit.py", what]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    audit = script("audit")
    if not audit.environment().exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("`make tools-audit` installs the programs")
    planted = tmp_path / "settings.py"
    planted.write_text('TOKEN = "ghp_' + "16C7e42F292c6912E7710c838347Ae178B4a" + '"\n')
    done = audit.run(
        [audit.program("detect-secrets"), "scan", "--no-verify", "--all-files", planted.name], folder=tmp_path
    )
    assert "GitHub Token" in done.stdout
