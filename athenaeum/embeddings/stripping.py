"""Takes out of an exported graph what does not compute: stack traces, original names and descriptions.

They are a sixtieth of the file, name folders of the machine that exported it, and make two exports differ by bytes.
"""

from pathlib import Path
from typing import Any


def strip_notes(path: Path) -> None:
    """Rewrite the ONNX file `path` without metadata and descriptions; what it computes stays the same."""
    import onnx

    model = onnx.load(str(path))
    _strip(model)
    model.producer_name, model.producer_version = "athenaeum", ""
    path.write_bytes(model.SerializeToString(deterministic=True))


def _strip(part: Any) -> None:
    for name in ("metadata_props", "doc_string"):
        if name in part.DESCRIPTOR.fields_by_name:
            part.ClearField(name)
    for field, value in part.ListFields():
        # Every message of the graph, subgraphs of attributes included; a tensor's numbers are no messages.
        if field.message_type is not None:
            for each in (value,) if hasattr(value, "DESCRIPTOR") else value:
                _strip(each)
