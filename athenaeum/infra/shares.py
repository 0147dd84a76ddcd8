"""The lines of the size table of one server."""

from athenaeum.infra.bundle import Bundle
from athenaeum.infra.sizes import ADAPTER, Share


def shares_of(*, dependencies: Bundle | None, code: Bundle, encoder: Bundle | None) -> list[Share]:
    """What the function has unzipped; a layer that is not ours to measure counts as nothing."""
    shares = [Share("function code", code.unzipped, code.zipped)]
    if dependencies is not None:
        shares.append(Share("dependency layer", dependencies.unzipped, dependencies.zipped))
        shares += [Share(name, size, indent=1) for name, size in dependencies.parts.items()]
    if encoder is not None:
        shares.append(Share("encoder layer", encoder.unzipped, encoder.zipped))
    shares.append(Share("Lambda Web Adapter (reserved)", ADAPTER))
    return shares
