"""How large everything is that a function carries, against AWS's limit and the project's budget, per architecture."""

import sys
import time
from pathlib import Path

from athenaeum.embeddings.prepare import prepare_encoder
from athenaeum.infra.bundles.encoder import bundle_encoder
from athenaeum.infra.bundles.function import bundle_function
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.bundles.sizes import LIMIT, table, total
from athenaeum.infra.context import ARCHITECTURES, Platform
from athenaeum.infra.progress import to_stderr
from athenaeum.infra.server.encoder_layer import shares_of
from athenaeum.settings import cache_dir

MIB = 1024 * 1024
UNZIPPED = {"arm64": 230, "x86_64": 248}
ZIPPED = 80


def main() -> int:
    """Print the tables; 1 when AWS would refuse an architecture."""
    encoder = bundle_encoder(prepare_encoder(cache=Path(cache_dir())))
    print("## Size of the deployed function\n")
    refused = False
    rows = []
    tables = []
    for architecture in ARCHITECTURES:
        begun = time.monotonic()
        layer = bundle_layer(Platform(architecture), progress=to_stderr)
        seconds = time.monotonic() - begun
        code = bundle_function(Platform(architecture), layer_modules=layer.modules)
        shares = shares_of(dependencies=layer, code=code, encoder=encoder)
        zipped = sum(share.zipped for share in shares if not share.indent)
        rows.append(
            f"| {architecture} | {total(shares) / MIB:.1f} | {UNZIPPED[architecture]} | {zipped / MIB:.1f} | {ZIPPED} "
            f"| {seconds:.1f} |"
        )
        tables.append(f"### {architecture}\n\n```\n{table(shares)}\n```\n")
        refused = refused or total(shares) > LIMIT
    print(
        "| architecture | unzipped MiB | budget | zipped MiB | budget | seconds to bundle the layer, cache included |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    print("\n".join(rows), end="\n\n")
    print("\n".join(tables))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
