"""Bundles, a small index and synthesised stacks, made once per session: bundling and jsii take seconds."""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.deployment import cdk_cli
from athenaeum.index import layout
from athenaeum.index.format import pointer
from athenaeum.index.format.manifest import FileEntry, Manifest, release_id
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.context import PYTHONS, Platform

# Beside the tests, so that they share one list of variants.
sys.path.insert(0, str(Path(__file__).parent))

# jsii reads it when aws_cdk is imported, which any test here may be the first to do.
os.environ.setdefault("JSII_NODE", str(cdk_cli.node()))

HOST_MACHINE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
HOST_PYTHON = "{}.{}".format(*sys.version_info)


@pytest.fixture(scope="session")
def host() -> Platform:
    """The machine that runs the tests, as a platform: what is bundled for it can be run here."""
    if HOST_PYTHON not in PYTHONS:
        pytest.skip(f"the function does not run on Python {HOST_PYTHON}")
    return Platform(architecture=HOST_MACHINE, python=HOST_PYTHON)


@pytest.fixture(scope="session", params=["arm64", "x86_64"])
def layer(request: pytest.FixtureRequest) -> Bundle:
    """The dependency layer as it is deployed, for each architecture; from the shared cache when it is there."""
    return bundle_layer(Platform(architecture=request.param))


def card_of(files: dict[str, bytes]) -> str:
    """The card of an encoder with these files."""
    listed = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()}
    return json.dumps({"files": listed})


@pytest.fixture(scope="session")
def make_index() -> Callable[..., Path]:
    """Write a small index with the real manifest and pointer; only the contents of its files are made up."""

    def make(folder: Path, *, text: bytes = b"pages", encoder: bytes = b"model") -> Path:
        digest = hashlib.sha256(encoder).hexdigest()[:32]
        home = folder / layout.ENCODERS / digest
        home.mkdir(parents=True, exist_ok=True)
        (home / "model.onnx").write_bytes(encoder)
        (home / layout.ENCODER_CARD).write_text(card_of({"model.onnx": encoder}))
        manifest = Manifest(
            inputs_digest=hashlib.sha256(text).hexdigest(),
            embedding={"digest": digest},
            files={layout.PAGES: FileEntry(hashlib.sha256(text).hexdigest(), len(text))},
            pages=1,
            chunks=1,
            vectors=1,
        )
        release = release_id(manifest)
        (folder / layout.RELEASES / release).mkdir(parents=True, exist_ok=True)
        (folder / layout.RELEASES / release / layout.PAGES).write_bytes(text)
        (folder / layout.RELEASES / release / layout.MANIFEST).write_bytes(manifest.to_bytes())
        (folder / layout.POINTER).write_bytes(pointer.advance(None, release=release, commit="c0ffee").to_bytes())
        return folder

    return make


@pytest.fixture(scope="session")
def index_folder(make_index: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One such index."""
    return make_index(tmp_path_factory.mktemp("my index") / "index")


@pytest.fixture(scope="session")
def cfn_lint(needs: Callable[..., Path]) -> Path:
    """cfn-lint of this environment, else the one on the path."""
    beside = Path(sys.executable).with_name("cfn-lint")
    return beside if beside.exists() else needs("cfn-lint", remedy="make setup-test")


class Synth:
    """One synthesised stack: its template as plain data, and what the CDK would say."""

    def __init__(self, stack: Any) -> None:
        from aws_cdk.assertions import Annotations, Match, Template

        self.template: dict[str, Any] = Template.from_stack(stack).to_json()
        found = Annotations.from_stack(stack)
        anything = Match.any_value()
        self.warnings = [str(entry.entry.data) for entry in found.find_warning("*", anything)]
        self.errors = [str(entry.entry.data) for entry in found.find_error("*", anything)]
        self.notes = [str(entry.entry.data) for entry in found.find_info("*", anything)]

    @property
    def outputs(self) -> dict[str, Any]:
        """The template's outputs."""
        return self.template["Outputs"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Logical id → properties of every resource of a type."""
        found = self.template["Resources"].items()
        return {name: part.get("Properties", {}) for name, part in found if part["Type"] == kind}

    def only(self, kind: str) -> dict[str, Any]:
        """The properties of the one resource of a type."""
        (properties,) = self.of_type(kind).values()
        return properties

    @property
    def function(self) -> dict[str, Any]:
        """The properties of the server's function."""
        (found,) = [each for each in self.of_type("AWS::Lambda::Function").values() if each["Handler"] == "run.sh"]
        return found

    @property
    def variables(self) -> dict[str, Any]:
        """The environment of the server's function."""
        return self.function["Environment"]["Variables"]

    def function_of(self, name: str) -> dict[str, Any]:
        """The properties of the function whose logical id begins with `name`."""
        (found,) = [each for key, each in self.of_type("AWS::Lambda::Function").items() if key.startswith(name)]
        return found

    def variables_of(self, name: str) -> dict[str, Any]:
        """The environment of that function."""
        found: dict[str, Any] = self.function_of(name)["Environment"]["Variables"]
        return found

    def statements(self, role: str = "ServerRole") -> list[dict[str, Any]]:
        """The policy statements of a role of ours, by the beginning of its logical id."""
        return [
            statement
            for name, policy in self.of_type("AWS::IAM::Policy").items()
            if name.startswith(role)
            for statement in policy["PolicyDocument"]["Statement"]
        ]


@pytest.fixture(scope="session")
def synth() -> Callable[..., Synth]:
    """`synth(build, context=..., region=...)`: a stack "Docs" with what `build(stack, layer)` adds to it."""

    def run(
        build: Callable[[Any, Any], object], *, context: dict[str, Any] | None = None, region: str | None = None
    ) -> Synth:
        from aws_cdk import App, Environment, Stack

        from athenaeum.infra import DependenciesLayerConstruct

        app = App(context=context or {})
        stack = Stack(app, "Docs", env=Environment(region=region, account="111122223333") if region else None)
        build(stack, DependenciesLayerConstruct(stack, "Deps").layer)
        return Synth(stack)

    return run
