"""Which stack is meant: one rule for every mode and command."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum import names
from athenaeum.config import Config, config_for
from athenaeum.errors import ConfigError
from athenaeum.stacks import folder_of, named_after, stack_meant


@pytest.mark.parametrize(
    ("repository", "folder", "environment", "name"),
    [
        ("acme/docs", "", "", "athenaeum-docs"),
        ("acme/docs", "", "dev", "athenaeum-docs-dev"),
        ("acme/tools", "hammer", "", "athenaeum-tools-hammer"),
        ("acme/tools", "anvil", "", "athenaeum-tools-anvil"),
        ("acme/tools", "products/anvil", "prod", "athenaeum-tools-products-anvil-prod"),
        ("acme/My_Docs.io", "", "", "athenaeum-My-Docs-io"),
        ("", "", "", "athenaeum-docs"),
    ],
)
def test_a_stack_that_nobody_names_is_called_after_repository_and_folder(
    repository: str, folder: str, environment: str, name: str
) -> None:
    assert stack_meant(Config(), repository=repository, folder=folder, environment=environment) == name


@pytest.mark.parametrize(
    ("environment", "name"), [("", "Docs"), ("dev", "Docs-dev"), ("prod", "Live"), ("production", "Docs-production")]
)
def test_what_the_file_says_counts_in_its_environment(environment: str, name: str) -> None:
    said = {"deploy": {"stack": "Docs", "environments": {"dev": {"memory": 512}, "prod": {"stack": "Live"}}}}
    config = config_for(Config.model_validate(said), environment)
    assert stack_meant(config, repository="acme/docs", folder="x", environment=environment) == name


def test_an_environment_that_is_not_in_the_file_is_refused() -> None:
    config = Config.model_validate({"deploy": {"environments": {"dev": {}}}})
    with pytest.raises(ConfigError):
        config_for(config, "deV")


@given(st.text(max_size=80), st.text(max_size=60))
def test_a_name_that_is_made_is_always_a_name_of_a_stack(repository: str, folder: str) -> None:
    assert names.STACK.hold(named_after(repository, folder))


def test_a_folder_is_known_by_its_place_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / "products" / "anvil").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "products")
    assert folder_of(tmp_path, root=tmp_path) == ""
    assert folder_of(tmp_path / "products" / "anvil", root=tmp_path) == "products/anvil"
    assert folder_of(tmp_path / "link" / "anvil", root=tmp_path) == "products/anvil"
    assert folder_of(Path("/"), root=tmp_path) == ""
    assert folder_of(tmp_path, root=None) == ""
