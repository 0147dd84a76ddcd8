"""The parts of the slow matrices hold every test that is marked `long`."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_room_with_long_tests_is_in_a_part() -> None:
    spec = importlib.util.spec_from_file_location("long_parts", ROOT / "tests" / "long.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rooms = {
        f"tests/{path.relative_to(ROOT / 'tests').parts[0]}"
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and re.search(r"mark\.long\b", path.read_text(encoding="utf-8"))
    }
    assert rooms == {room for rooms in module.PARTS.values() for room in rooms}
