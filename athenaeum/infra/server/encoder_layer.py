"""Whether the encoder goes into a layer, and the size table that decides it."""

from pathlib import Path

from aws_cdk import Annotations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.errors import AthenaeumError
from athenaeum.infra import assets
from athenaeum.infra.bundles import sizes
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.encoder import bundle_encoder
from athenaeum.infra.context import ENCODER
from athenaeum.infra.progress import to_stderr
from athenaeum.infra.server.index_folder import IndexFolder


def encoder_layers(
    scope: Construct,
    *,
    encoder: str | Path | None,
    index: IndexFolder | None,
    dependencies: Bundle | None,
    code: Bundle | None,
    architecture: str,
) -> list[lambda_.LayerVersion]:
    """The encoder in a layer of its own where everything still fits; it is in the index's store in any case.

    `encoder` names its folder, else the context, else it is the index's own. Prints the size table. What is over AWS's
    limit, or wrong with the folder, becomes an error of the synth.
    """
    if code is None:
        return []
    named = encoder or scope.node.try_get_context(ENCODER) or (index.encoder_folder if index else None)
    folder = Path(str(named)) if named else None
    errors = Annotations.of(scope)
    bundle = None
    try:
        bundle = bundle_encoder(folder, progress=to_stderr) if folder else None
    except AthenaeumError as error:
        errors.add_error(str(error))
    shares = shares_of(dependencies=dependencies, code=code, encoder=bundle)
    if bundle is not None and not sizes.fits(shares):
        errors.add_info("The encoder does not fit beside the other layers; a cold start fetches it from the bucket.")
        bundle = None
        shares = shares_of(dependencies=dependencies, code=code, encoder=None)
    to_stderr(f"sizes of {scope.node.path} ({architecture})\n{sizes.table(shares)}", 0, 0)
    try:
        sizes.check_total(shares)
    except AthenaeumError as error:
        errors.add_error(str(error))
    if bundle is None:
        return []
    code_ = assets.code_of(bundle)
    return [lambda_.LayerVersion(scope, "Encoder", code=code_, description="Encoder of the index's vectors")]


def shares_of(*, dependencies: Bundle | None, code: Bundle, encoder: Bundle | None) -> list[sizes.Share]:
    """The lines of the size table; a layer that is not ours to measure counts as nothing."""
    shares = [sizes.Share("function code", code.unzipped, code.zipped)]
    if dependencies is not None:
        shares.append(sizes.Share("dependency layer", dependencies.unzipped, dependencies.zipped))
        shares += [sizes.Share(name, size, indent=1) for name, size in dependencies.parts.items()]
    if encoder is not None:
        shares.append(sizes.Share("encoder layer", encoder.unzipped, encoder.zipped))
    shares.append(sizes.Share("Lambda Web Adapter (reserved)", sizes.ADAPTER))
    return shares
