"""What a deployed CloudFormation template asks to be run: functions, APIs and bucket copies. Pure.

The template is the truth about a function: moto keeps neither layers nor streaming, and not every update of memory.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from athenaeum.errors import LocalAwsError
from athenaeum.local_aws.template import front_door
from athenaeum.local_aws.template.references import Resolve, called_function, of_type, target, targets
from athenaeum.local_aws.template.api import Api, Route


@dataclass(frozen=True, slots=True)
class Asset:
    """A zip in the emulated S3; without a bucket the layer version whose ARN is the key."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function as its template describes it. `layers` are assets, or ARNs of layers of other accounts."""

    logical_id: str
    name: str
    handler: str
    runtime: str
    memory: int
    timeout: int
    temporary: int
    environment: tuple[tuple[str, str], ...]
    code: Asset
    layers: tuple[Asset | str, ...]

    @property
    def digest(self) -> str:
        """Changes exactly when running instances must be replaced."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Copy:
    """What one of CDK's bucket deployments puts into a bucket."""

    logical_id: str
    sources: tuple[Asset, ...]
    bucket: str
    prefix: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when CloudFormation would run the deployment again."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack, reduced to what the embedded AWS runs. `notes` tell what it leaves out, `failure` why nothing runs."""

    name: str
    functions: Mapping[str, Function] = field(default_factory=dict)
    apis: tuple[Api, ...] = ()
    copies: tuple[Copy, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failure: str = ""


def read_stack(
    name: str,
    template: Mapping[str, Any],
    resolve: Resolve,
    *,
    layer_of: Callable[[str], Asset | None] = lambda _arn: None,
) -> Deployed:
    """Read `template` as deployed under `name`; resources of other types are moto's own business.

    `layer_of` gives what is in the layer version of an ARN, None for one that is not in the account.
    """
    resources: Mapping[str, Any] = template.get("Resources", {})
    apis = _apis(resources, resolve)
    called = {route.function for api in apis for route in api.routes}
    called |= {authorizer.function for api in apis for authorizer in api.authorizers.values()}
    functions = {
        logical_id: _function(logical_id, resources, resolve, layer_of)
        for logical_id in of_type(resources, "AWS::Lambda::Function")
        if logical_id in called
    }
    copies = tuple(
        copy_of(logical_id, resolve(resources[logical_id]["Properties"]))
        for logical_id in in_order(resources)
        if resources[logical_id]["Type"] == "Custom::CDKBucketDeployment"
    )
    outputs = {key: str(resolve(output["Value"])) for key, output in template.get("Outputs", {}).items()}
    return Deployed(name, functions, tuple(apis), copies, outputs, tuple(_notes(resources)))


def layers_of(template: Mapping[str, Any], resolve: Resolve) -> dict[str, Asset]:
    """The layer versions of a deployed template: ARN → what is in it."""
    resources: Mapping[str, Any] = template.get("Resources", {})
    return {
        str(resolve({"Ref": logical_id})): _content(resources[logical_id], resolve)
        for logical_id in of_type(resources, "AWS::Lambda::LayerVersion")
    }


def _content(layer: Mapping[str, Any], resolve: Resolve) -> Asset:
    content = resolve(layer["Properties"]["Content"])
    return Asset(content["S3Bucket"], content["S3Key"])


def _function(
    logical_id: str, resources: Mapping[str, Any], resolve: Resolve, layer_of: Callable[[str], Asset | None]
) -> Function:
    raw = resources[logical_id]["Properties"]
    known = resolve(
        {key: value for key, value in raw.items() if key not in ("Layers", "Code", "LoggingConfig", "Role")}
    )
    code = resolve(raw["Code"])
    if "S3Bucket" not in code:
        raise LocalAwsError(
            f"{logical_id} has its code in the template, which the embedded AWS does not run.",
            remedy="Give it as an asset: Code.from_asset.",
        )
    variables = known.get("Environment", {}).get("Variables", {})
    return Function(
        logical_id=logical_id,
        name=str(resolve({"Ref": logical_id})),
        handler=known.get("Handler", ""),
        runtime=known.get("Runtime", ""),
        memory=int(known.get("MemorySize", 128)),
        timeout=int(known.get("Timeout", 3)),
        temporary=int(known.get("EphemeralStorage", {}).get("Size", 512)),
        environment=tuple(sorted((key, str(value)) for key, value in variables.items())),
        code=Asset(code["S3Bucket"], code["S3Key"]),
        layers=tuple(_layer(layer, resources, resolve, layer_of) for layer in raw.get("Layers", ())),
    )


def _layer(
    layer: Any, resources: Mapping[str, Any], resolve: Resolve, layer_of: Callable[[str], Asset | None]
) -> Asset | str:
    target = layer.get("Ref", "") if isinstance(layer, Mapping) else ""
    if target in resources and resources[target]["Type"] == "AWS::Lambda::LayerVersion":
        return _content(resources[target], resolve)
    # Of another stack, however its ARN came here: an import, a parameter, an output of a nested stack, a word.
    arn = str(resolve(layer))
    return layer_of(arn) or arn


def copy_of(logical_id: str, known: Mapping[str, Any]) -> Copy:
    """The copy that the properties of one of CDK's bucket deployments describe."""
    return Copy(
        logical_id=logical_id,
        sources=tuple(Asset(*pair) for pair in zip(known["SourceBucketNames"], known["SourceObjectKeys"], strict=True)),
        bucket=known["DestinationBucketName"],
        prefix=known.get("DestinationBucketKeyPrefix", "").strip("/"),
        include=tuple(known.get("Include", ())),
        exclude=tuple(known.get("Exclude", ())),
    )


def _apis(resources: Mapping[str, Any], resolve: Resolve) -> list[Api]:
    found = []
    for logical_id in of_type(resources, "AWS::ApiGateway::RestApi"):
        properties = resources[logical_id].get("Properties", {})
        stages = [
            str(resolve(resources[stage]["Properties"]["StageName"]))
            for stage in of_type(resources, "AWS::ApiGateway::Stage")
            if target(resources[stage]["Properties"].get("RestApiId")) == logical_id
        ]
        routes = tuple(_routes(logical_id, resources, resolve))
        if stages and routes:
            binary = tuple(resolve(properties.get("BinaryMediaTypes", ())))
            found.append(
                Api(
                    logical_id,
                    str(resolve({"Ref": logical_id})),
                    stages[0],
                    routes,
                    binary,
                    front_door.authorizers(logical_id, resources, resolve),
                    front_door.plans(logical_id, resources, resolve),
                    front_door.answers(logical_id, resources, resolve),
                    front_door.domain(logical_id, resources, resolve),
                )
            )
    return found


def _routes(api: str, resources: Mapping[str, Any], resolve: Resolve) -> Iterator[Route]:
    for logical_id in of_type(resources, "AWS::ApiGateway::Method"):
        properties = resources[logical_id]["Properties"]
        integration = properties.get("Integration", {})
        if target(properties.get("RestApiId")) != api or integration.get("Type") != "AWS_PROXY":
            continue
        function = called_function(integration.get("Uri"), resources)
        if function:
            yield Route(
                path=_path(target(properties["ResourceId"]), resources, resolve),
                method=str(resolve(properties["HttpMethod"])),
                function=function,
                streamed=integration.get("ResponseTransferMode") == "STREAM",
                authorization=str(properties.get("AuthorizationType", "NONE")),
                authorizer=target(properties.get("AuthorizerId")),
                key_required=bool(properties.get("ApiKeyRequired", False)),
            )


def _path(resource: str, resources: Mapping[str, Any], resolve: Resolve) -> str:
    """The path of an `AWS::ApiGateway::Resource`, from the parts up to the API itself."""
    parts: list[str] = []
    while resource in resources and resources[resource]["Type"] == "AWS::ApiGateway::Resource":
        properties = resources[resource]["Properties"]
        parts.insert(0, str(resolve(properties["PathPart"])))
        resource = target(properties["ParentId"])
    return "/" + "/".join(parts)


def in_order(resources: Mapping[str, Any]) -> list[str]:
    """All logical ids, each after what it depends on; else in the template's order."""
    done: dict[str, None] = {}

    def visit(logical_id: str) -> None:
        if logical_id in done or logical_id not in resources:
            return
        done[logical_id] = None
        needed = resources[logical_id].get("DependsOn", [])
        before = [needed] if isinstance(needed, str) else list(needed)
        before += targets(resources[logical_id].get("Properties", {}))
        for other in before:
            visit(other)
        # Moves to the end: everything it needs has been placed.
        done.pop(logical_id)
        done[logical_id] = None

    for logical_id in resources:
        visit(logical_id)
    return list(done)


def _notes(resources: Mapping[str, Any]) -> Iterator[str]:
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::WAFv2::WebACLAssociation":
            yield f"{logical_id}: the web ACL is not emulated; nothing is blocked"
        if resource["Type"] == "AWS::ApiGateway::Stage" and resource.get("Properties", {}).get("CacheClusterEnabled"):
            yield f"{logical_id}: the cache of the stage is not emulated; every request reaches the function"
