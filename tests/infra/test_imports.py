"""Missing imports are found without running anything."""

from pathlib import Path

import pytest

from athenaeum.infra.bundles.imports import modules_of, reachable_modules, unresolved_imports


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "app/__init__.py": "",
        "app/main.py": "import json.decoder\nfrom app import parts\nfrom .parts import deep\nfrom .parts.deep import x",
        "app/parts/__init__.py": "",
        "app/parts/deep.py": "x = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def missing(tree: Path, text: str, **options: object) -> list[str]:
    (tree / "app" / "main.py").write_text(text)
    return [item.wanted for item in unresolved_imports(["app.main"], roots=[tree], **options)]  # type: ignore[arg-type]


def test_a_complete_tree_has_nothing_missing(tree: Path) -> None:
    assert unresolved_imports(["app.main"], roots=[tree]) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import nowhere", "nowhere"),
        ("import app.nowhere", "app.nowhere"),
        ("from nowhere import x", "nowhere"),
        ("from app.nowhere import x", "app.nowhere"),
        ("from .nowhere import x", "app.nowhere"),
        ("from ..nowhere import x", "nowhere"),
        ("class A:\n    import nowhere", "nowhere"),
        ("if True:\n    import nowhere", "nowhere"),
    ],
)
def test_a_missing_module_is_named(tree: Path, text: str, wanted: str) -> None:
    assert missing(tree, text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import nowhere\nexcept ImportError:\n    pass",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nowhere",
        "import sys\nif sys.platform == 'win32':\n    import nowhere",
        "def f():\n    import nowhere",
        "from app.parts.deep import whatever_name",
        "from . import parts",
    ],
)
def test_what_may_fail_by_design_is_not_missing(tree: Path, text: str) -> None:
    assert missing(tree, text) == []


def test_late_imports_are_followed_when_asked(tree: Path) -> None:
    assert missing(tree, "def f():\n    import nowhere", late_too=True) == ["nowhere"]
    assert missing(tree, "async def f():\n    for x in y:\n        import nowhere", late_too=True) == ["nowhere"]


def test_the_walk_goes_through_what_is_imported(tree: Path) -> None:
    (tree / "app" / "parts" / "deep.py").write_text("import nowhere")
    found = unresolved_imports(["app.main"], roots=[tree])
    assert [(item.module, item.wanted) for item in found] == [("app.parts.deep", "nowhere")]


def test_modules_known_to_be_elsewhere_are_not_missing(tree: Path) -> None:
    assert missing(tree, "import boto3\nimport botocore.config", others=("boto3", "botocore")) == []
    assert missing(tree, "import lib.gone", others=("lib", "lib.there")) == ["lib.gone"]


def test_modules_are_listed_with_their_packages(tree: Path) -> None:
    (tree / "app" / "_native.cpython-313-x86_64-linux-gnu.so").write_bytes(b"")
    (tree / "app" / "__pycache__").mkdir()
    (tree / "app" / "__pycache__" / "main.cpython-313.pyc").write_bytes(b"")
    assert modules_of(tree) == ("app", "app._native", "app.main", "app.parts", "app.parts.deep")


def test_what_can_be_reached_includes_imports_in_functions_and_tries(tree: Path) -> None:
    (tree / "app" / "main.py").write_text("try:\n    import app.parts.deep\nexcept ImportError:\n    pass\n")
    (tree / "app" / "parts" / "deep.py").write_text("def f():\n    from app import late\n")
    (tree / "app" / "late.py").write_text("")
    (tree / "app" / "never.py").write_text("import app.main")
    assert reachable_modules("app.main", root=tree) == {"app", "app.main", "app.parts", "app.parts.deep", "app.late"}
