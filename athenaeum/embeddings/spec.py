"""What an encoder is, as far as a vector can depend on it. Standard library only: manifests carry it.

The digest names source weights, tokenizer, reading rules and export recipe, never the bytes of an export, so another
torch build does not make another encoder.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from athenaeum.errors import ModelError

CARD = "encoder.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """One encoder. `max_length` counts tokens, the special ones included; `precision` is "int8" or "fp32".

    The prefixes are put in front of every query and every passage. Vectors have length 1 when `normalize` is true.
    """

    digest: str
    name: str
    dimension: int
    max_length: int
    pooling: str
    normalize: bool
    query_prefix: str
    passage_prefix: str
    precision: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "EncoderSpec":
        """Read plain JSON data, ignoring keys it does not know; `ModelError` when something is missing or wrong."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            value = data.get(field.name)
            if not isinstance(value, _TYPES[field.name]) or (isinstance(value, bool) and field.name != "normalize"):
                raise ModelError(
                    f"The encoder's description has no usable `{field.name}`.",
                    remedy="Build the index again; the encoder is then made anew.",
                )
            values[field.name] = value
        return cls(**values)


_TYPES: dict[str, type] = {"dimension": int, "max_length": int, "normalize": bool}
_TYPES = {field.name: _TYPES.get(field.name, str) for field in fields(EncoderSpec)}
