"""Exports and imports between stacks, as CloudFormation keeps them. moto 5.2.5 looks after them at a creation alone.

There, a stack is deleted whose export another one imports, and nothing can be told of the importer from then on; what
an update exports can be imported by nobody; and a stack that is made before the first export never sees one.
moto's classes are changed in memory, never its files.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any


def keep_exports() -> None:
    """Change moto's stacks: what is in use is neither deleted nor changed, and every stack sees every export."""
    from moto.cloudformation import models

    stack: Any = models.Stack
    _see_all_exports(stack)
    _follow_updates(stack)
    _refuse_deletion(models.CloudFormationBackend)


def importers(name: str, stacks: Mapping[str, Any]) -> list[str]:
    """The names of the stacks whose templates import the export `name`, in order."""
    return sorted(each.name for each in stacks.values() if name in set(_imported(each)))


def _backend(stack: Any) -> Any:
    from moto.cloudformation.models import cloudformation_backends

    return cloudformation_backends[stack.account_id][stack.region_name]


def _see_all_exports(stack: Any) -> None:
    """An empty set of exports is taken for none, and a change set's stack is given none."""
    original = stack._create_resource_map

    def create(self: Any) -> Any:
        self.cross_stack_resources = _backend(self).exports
        return original(self)

    stack._create_resource_map = create


def _follow_updates(stack: Any) -> None:
    """An update neither adds nor takes away exports, and nobody is asked whether they are used."""
    original = stack.update

    def update(self: Any, template: Any, *args: Any, **kwargs: Any) -> None:
        backend = _backend(self)
        _check_update(self, self.parse_template(template), backend)
        original(self, template, *args, **kwargs)
        for known in [each for each in backend.exports.values() if each.exporting_stack_id == self.stack_id]:
            del backend.exports[known.name]
        for export in self.exports:
            backend.exports.setdefault(export.name, export)

    stack.update = update


def _check_update(stack: Any, template: Mapping[str, Any], backend: Any) -> None:
    """Raise `ValidationError` before anything is changed, as far as the new template tells."""
    wanted, whole = _told(stack, template)
    for name, value in wanted.items():
        other = backend.exports.get(name)
        if other is not None and other.exporting_stack_id != stack.stack_id:
            raise _refusal(f"Export with name {name} is already exported by another stack.")
        if other is not None and value is not None and value != other.value and (users := _users(name, stack, backend)):
            raise _refusal(f"Export {name} cannot be updated as it is in use by {users}")
    for known in [each for each in backend.exports.values() if each.exporting_stack_id == stack.stack_id and whole]:
        if known.name not in wanted and (users := _users(known.name, stack, backend)):
            raise _refusal(f"Export {known.name} cannot be deleted as it is in use by {users}")


def _told(stack: Any, template: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The exports of a template by name, and whether these are all: a new parameter's value is not known yet.

    The value is None where only the update itself will show it.
    """
    from moto.cloudformation.parsing import clean_json

    found: dict[str, Any] = {}
    outputs = [each for each in (template.get("Outputs") or {}).values() if isinstance(each, Mapping)]
    exported = [each for each in outputs if each.get("Export")]
    for output in exported:
        with contextlib.suppress(Exception):
            value = output.get("Value")
            name = clean_json(output["Export"].get("Name"), stack.resource_map)
            found[str(name)] = value if isinstance(value, str) else None
    return found, len(found) == len(exported)


def _refuse_deletion(backend: Any) -> None:
    """What others import is not deleted, and a deletion that fails leaves the stack where it was.

    CloudFormation takes the call, and says the same in the status reason of a stack that stays as it is.
    """
    original = backend.delete_stack

    def delete(self: Any, name_or_stack_id: str) -> Any:
        for stack in [each for each in self.stacks.values() if name_or_stack_id in (each.stack_id, each.name)]:
            for export in stack.exports:
                if users := _users(export.name, stack, self):
                    raise _refusal(f"Export {export.name} cannot be deleted as it is in use by {users}")
            for export in stack.exports:
                # moto takes each out of its list, and stumbles over one that is not there.
                self.exports.setdefault(export.name, export)
        return original(self, name_or_stack_id)

    backend.delete_stack = delete


def _users(name: str, stack: Any, backend: Any) -> str:
    others = {key: each for key, each in backend.stacks.items() if each.stack_id != stack.stack_id}
    return " and ".join(importers(name, others))


def _imported(stack: Any) -> Iterator[str]:
    """The names of all exports that a stack imports: those of its resources and outputs that are there."""
    from moto.cloudformation.parsing import clean_json

    conditions = getattr(stack.resource_map, "lazy_condition_map", {})
    for part in ("Resources", "Outputs"):
        for each in (stack.template_dict.get(part) or {}).values():
            if isinstance(each, Mapping) and each.get("Condition") and not conditions.get(each["Condition"]):
                continue
            for name in _import_values(each):
                with contextlib.suppress(Exception):
                    yield str(clean_json(name, stack.resource_map))


def _import_values(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::ImportValue":
                yield inner
            else:
                yield from _import_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _import_values(inner)


def _refusal(message: str) -> Exception:
    from moto.cloudformation.exceptions import ValidationError

    refused: Exception = ValidationError(message=message)
    return refused
