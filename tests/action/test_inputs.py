"""Inputs are read from the environment that action.yml maps, and refused with the values they take."""

from pathlib import Path

import pytest
import yaml

from athenaeum.action.step.inputs import INPUTS, read_inputs, variable
from athenaeum.action.step.outputs import OUTPUTS
from athenaeum.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


def action_file() -> dict[str, object]:
    loaded = yaml.safe_load((ROOT / "action.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_action_file_lists_exactly_the_inputs_the_code_reads() -> None:
    assert list(action_file()["inputs"]) == [each.name for each in INPUTS]  # type: ignore[call-overload]


def test_action_file_lists_exactly_the_outputs_the_code_sets() -> None:
    assert list(action_file()["outputs"]) == list(OUTPUTS)  # type: ignore[call-overload]


def test_action_file_maps_every_input_through_the_environment_only() -> None:
    (step,) = action_file()["runs"]["steps"]  # type: ignore[index]
    assert {variable(each.name) for each in INPUTS} <= set(step["env"])
    assert "${{" not in step["run"]


def test_action_file_leaves_every_default_to_the_code() -> None:
    assert {str(each["default"]) for each in action_file()["inputs"].values()} == {""}  # type: ignore[attr-defined]


def test_an_empty_environment_gives_the_defaults() -> None:
    inputs = read_inputs({})
    assert (inputs.mode, inputs.target, inputs.force, dict(inputs.settings)) == ("auto", "aws", False, {})


def test_several_docs_paths_stand_on_lines() -> None:
    inputs = read_inputs({"INPUT_DOCS_PATH": "docs\n  hand book \n\n"})
    assert inputs.settings["docs.paths"] == ("docs", "hand book")


def test_a_value_outside_the_choices_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError) as caught:
        read_inputs({"INPUT_TARGET": "azure"})
    assert "azure" in caught.value.message
    assert "aws, local" in caught.value.remedy


def test_under_act_without_credentials_the_target_is_the_embedded_aws() -> None:
    assert read_inputs({"ACT": "true"}).target == "local"
    assert read_inputs({"ACT": "true", "AWS_ACCESS_KEY_ID": "x"}).target == "aws"
    assert read_inputs({"ACT": "true", "INPUT_TARGET": "aws"}).target == "aws"
