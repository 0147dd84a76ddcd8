"""The stacks of a CDK app, as its synthesis has them: what they are called, and how the CDK command line selects them.

The CDK selects by the construct's path (`Prod/Docs`), CloudFormation and people by the stack's name (`Prod-Docs`).
Nothing is bundled for it: `cdk list` needs no assets.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from athenaeum.deployment import run_cdk
from athenaeum.errors import StackNotFoundError, SynthError
from athenaeum.index.publishing.stack import OUTPUT
from athenaeum.records import Progress


@dataclass(frozen=True, slots=True)
class AppStack:
    """One stack of an app. `id` selects it, `name` is CloudFormation's; `serves` tells that it has an endpoint."""

    id: str
    name: str
    serves: bool


@dataclass(frozen=True, slots=True)
class Assembly:
    """A synthesised app: the folder that `cdk --app` takes in place of a command, and its stacks."""

    folder: Path
    stacks: tuple[AppStack, ...]

    def find(self, named: str) -> AppStack | None:
        """The stack that CloudFormation calls so, else the one that the CDK does."""
        by_name = {stack.id: stack for stack in self.stacks} | {stack.name: stack for stack in self.stacks}
        return by_name.get(named)

    def need(self, named: str) -> AppStack:
        """As `find`; `StackNotFoundError` with those it has."""
        if found := self.find(named):
            return found
        known = ", ".join(stack.name for stack in self.stacks) or "none"
        raise StackNotFoundError(f"The app has no stack {named}.", remedy=f"It has: {known}.")


@contextlib.contextmanager
def synthesised(
    project: Path, *, app: str, arguments: Sequence[str], environment: Mapping[str, str], progress: Progress
) -> Iterator[Assembly]:
    """The app of `project` with these `cdk` arguments (its context); raises what its synthesis raises."""
    with tempfile.TemporaryDirectory(prefix="athenaeum-app-", dir=environment.get("TMPDIR")) as scratch:
        folder = Path(scratch) / "assembly"
        run = ["list", "--output", str(folder), *(["--app", app] if app else []), *arguments]
        progress("asking the app for its stacks", 0, 0)
        run_cdk.run(run, folder=project, environment=environment, progress=progress)
        yield Assembly(folder, tuple(read_assembly(folder)))


def read_assembly(folder: Path) -> Iterator[AppStack]:
    """The stacks of a cloud assembly, those of its stages too."""
    try:
        artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("artifacts", {})
        for key, artifact in artifacts.items():
            said = artifact.get("properties", {})
            if artifact["type"] == "cdk:cloud-assembly":
                yield from read_assembly(folder / said["directoryName"])
            elif artifact["type"] == "aws:cloudformation:stack":
                template = json.loads((folder / said["templateFile"]).read_text(encoding="utf-8"))
                serves = any(OUTPUT in output for output in template.get("Outputs", {}))
                yield AppStack(artifact.get("displayName") or key, said.get("stackName") or key, serves)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthError(
            f"What the CDK app synthesised cannot be read ({type(error).__name__}).",
            remedy="Run `cdk list` in its folder.",
        ) from None
