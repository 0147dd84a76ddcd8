"""Write the tables of the docs, and the lists of action.yml, from the code: `make docs`.

A generated part stands between `generated: NAME` and `end of NAME` in a comment. `--check` writes nothing and exits
with 1 when a file would change; a test runs it, so a table can never disagree with the code.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from athenaeum import errors
from athenaeum.action.step.event_rules import EVENTS
from athenaeum.action.step.event_rules import shown as shown_event
from athenaeum.action.step.inputs import INPUTS, variable
from athenaeum.action.step.outputs import OUTPUTS
from athenaeum.cli.main import COMMANDS
from athenaeum.config import Config
from athenaeum.operations.cost import options_table, presets_table
from athenaeum.server.contract.failures import UNAVAILABLE
from athenaeum.settings import ENVIRONMENT, ServerSettings

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is stale")
    check = parser.parse_args().check
    stale = []
    for path in (ROOT / "action.yml", ROOT / "AGENTS.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        fresh = fill(text)
        if fresh != text:
            stale.append(path)
            if not check:
                path.write_text(fresh, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


def fill(text: str) -> str:
    """Replace every generated part of a file."""

    def part(match: re.Match[str]) -> str:
        return f"{match['open']}\n{PARTS[match['name']]()}{match['close']}"

    pattern = r"(?P<open>[^\n]*generated: (?P<name>[\w-]+)[^\n]*)\n.*?(?P<close>[^\n]*end of (?P=name))"
    return re.sub(pattern, part, text, flags=re.DOTALL)


def table(*rows: tuple[str, ...]) -> str:
    """A Markdown table; the first row is its heading."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n" + "\n".join(lines) + "\n\n"


def action_inputs() -> str:
    lines = []
    for each in INPUTS:
        default = f" Default: {each.default}." if each.default else ""
        choices = f" One of: {', '.join(each.choices)}." if each.choices and each.name != "mode" else ""
        lines += [f"  {each.name}:", f"    description: {yaml_text(each.description + choices + default)}"]
        lines += ["    required: false", '    default: ""']
    return "\n".join(lines) + "\n"


def action_outputs() -> str:
    lines = []
    for name, meaning in OUTPUTS.items():
        lines += [f"  {name}:", f"    description: {yaml_text(meaning)}"]
        lines += [f"    value: ${{{{ steps.athenaeum.outputs.{name} }}}}"]
    return "\n".join(lines) + "\n"


def action_env() -> str:
    mapped = {"github-token": "${{ inputs.github-token || github.token }}"}
    lines = []
    for each in INPUTS:
        value = mapped.get(each.name, f"${{{{ inputs.{each.name} }}}}")
        lines.append(f"        {variable(each.name)}: {value}")
    return "\n".join(lines) + "\n"


def yaml_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def events_table() -> str:
    return table(("Event", "`mode: auto`", "a mode that is named"), *map(shown_event, EVENTS))


def inputs_table() -> str:
    rows = [("Input", "Meaning", "Default", "In athenaeum.yml")]
    for each in INPUTS:
        choices = f" One of {', '.join(f'`{choice}`' for choice in each.choices)}." if each.choices else ""
        rows.append(
            (f"`{each.name}`", each.description + choices, each.default, f"`{each.setting}`" if each.setting else "")
        )
    return table(*rows)


def outputs_table() -> str:
    return table(("Output", "Meaning"), *((f"`{name}`", meaning) for name, meaning in OUTPUTS.items()))


def commands_table() -> str:
    return table(("Command", "What it does"), *((f"`athenaeum {name}`", what) for name, what in COMMANDS.items()))


def settings_table() -> str:
    rows = [("Setting", "Meaning", "Default")]
    for name, part in Config.model_fields.items():
        rows += list(section_rows(name, part.annotation))
    return table(*rows)


def section_rows(prefix: str, model: Any) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        values = getattr(inner, "__args__", ())
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            rows += section_rows(f"{prefix}.{name}", inner)
            continue
        rows.append((f"`{prefix}.{name}`", field.description or "", shown(field.default)))
        if values and isinstance(values[-1], type) and issubclass(values[-1], BaseModel):
            rows += section_rows(f"{prefix}.{name}.<name>", values[-1])
    return rows


def shown(value: object) -> str:
    if value in ("", (), {}, None):
        return ""
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`"


def environment_table() -> str:
    rows = [("Variable", "Default")]
    rows += [(f"`{name}`", shown(getattr(ServerSettings(), field))) for field, name in ENVIRONMENT.items()]
    return table(*rows)


def error_classes() -> list[type[errors.AthenaeumError]]:
    """Every error class, by exit code."""
    found, todo = [], [errors.AthenaeumError]
    while todo:
        each = todo.pop()
        found.append(each)
        todo += each.__subclasses__()
    return sorted(found, key=lambda each: each.exit_code)


def errors_table() -> str:
    rows = [("Exit code", "Name", "Meaning", "HTTP status")]
    for each in error_classes():
        meaning = (each.__doc__ or "").split("\n", maxsplit=1)[0]
        status = 503 if issubclass(each, tuple(UNAVAILABLE)) else each.status
        rows.append((str(each.exit_code), f"[`{each.code}`](#{each.code})", meaning, str(status)))
    return table(*rows)


def cost_presets() -> str:
    return table(*presets_table())


def cost_options() -> str:
    return table(*options_table())


def check_report() -> str:
    # Beside this file; tests run it from anywhere.
    sys.path.insert(0, str(Path(__file__).parent))
    from sample_report import sample_report

    return f"\n{sample_report()}\n"


def rooms_drawing() -> str:
    import rooms

    return f"\n```text\n{rooms.drawing()}\n```\n\n"


PARTS: dict[str, Callable[[], str]] = {
    "action-inputs": action_inputs,
    "action-outputs": action_outputs,
    "action-env": action_env,
    "events": events_table,
    "rooms": rooms_drawing,
    "inputs": inputs_table,
    "outputs": outputs_table,
    "commands": commands_table,
    "settings": settings_table,
    "environment": environment_table,
    "errors": errors_table,
    "check-report": check_report,
    "cost-presets": cost_presets,
    "cost-options": cost_options,
}


if __name__ == "__main__":
    sys.exit(main())
