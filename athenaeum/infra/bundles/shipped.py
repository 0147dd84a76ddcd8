"""Files this room carries: where they are in an installed wheel and in a checkout."""

from pathlib import Path

from athenaeum.errors import BundleError

_HERE = Path(__file__).resolve().parent
PACKAGE = _HERE.parents[1]
"""The folder of the athenaeum package itself."""


def layer_requirements() -> Path:
    """The hash-locked requirements of the dependency layer.

    The wheel holds a copy in this room; a checkout has the original among its locked sets.
    """
    places = (PACKAGE / "infra" / "layer.txt", PACKAGE.parent / "requirements" / "layer.txt")
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise BundleError(
            "The locked requirements of the dependency layer are missing from this installation.",
            remedy="Install athenaeum-deploy again.",
        )
    return found


def run_script() -> bytes:
    """`run.sh`, what Lambda Web Adapter starts; always with LF line ends, whatever a checkout did to them."""
    return (_HERE / "run.sh").read_bytes().replace(b"\r\n", b"\n")
