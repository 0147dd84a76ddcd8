"""References in a CloudFormation template: which resource a value names, and which function an address calls. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Resolve = Callable[[Any], Any]
"""Gives a template value with its intrinsic functions (Ref, Fn::GetAtt, …) replaced by what was deployed."""


def of_type(resources: Mapping[str, Any], kind: str) -> Iterator[str]:
    """The logical ids of all resources of a type."""
    return (logical_id for logical_id, resource in resources.items() if resource["Type"] == kind)


def target(value: Any) -> str:
    """The logical id that a `Ref` or `Fn::GetAtt` names, else ""."""
    if not isinstance(value, Mapping):
        return ""
    attribute = value.get("Fn::GetAtt", "")
    return str(value.get("Ref") or (attribute.split(".")[0] if isinstance(attribute, str) else attribute[0]))


def called_function(uri: Any, resources: Mapping[str, Any]) -> str:
    """The function (through an alias or a version too) that an integration's URI names."""
    for named in targets(uri):
        kind = resources.get(named, {}).get("Type")
        if kind == "AWS::Lambda::Function":
            return named
        if kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return target(resources[named]["Properties"]["FunctionName"])
    return ""


def targets(value: Any) -> Iterator[str]:
    """Every logical id that a value names, at any depth."""
    if isinstance(value, Mapping):
        if named := target(value):
            yield named
        for inner in value.values():
            yield from targets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from targets(inner)
