"""Lets one module of a large package be imported without running the package's own `__init__` first.

`llama_index.core` loads every part of itself, SQL and chat engines included: 1,300 modules of which a node parser needs
500. A package deferred here is put in its place unfilled; whoever asks it for a name it does not have yet fills it.
"""

import importlib.util
import sys
import threading
from types import ModuleType
from typing import Any

_filling = threading.RLock()


class _Deferred(ModuleType):
    """A package whose `__init__` has not run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        with _filling:
            if isinstance(self, _Deferred):
                # An ordinary module from here on: what the code below asks of it meanwhile is there or is not.
                setattr(self, "__class__", ModuleType)  # noqa: B010 - an assignment that type checkers cannot follow
                loader: Any = self.__spec__.loader if self.__spec__ else None
                try:
                    loader.exec_module(self)
                except BaseException:
                    self.__class__ = _Deferred
                    raise
        return getattr(self, name)


def defer(package: str, **names: object) -> ModuleType:
    """The package, its `__init__` put off until a name is asked for that it lacks, unless it has run already.

    `names` are what it is to have before. `ImportError` when there is no such package.
    """
    if package in sys.modules:
        return sys.modules[package]
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    module = importlib.util.module_from_spec(spec)
    module.__dict__.update(names)
    module.__class__ = _Deferred
    sys.modules[package] = module
    above, _, name = package.rpartition(".")
    if above:
        setattr(sys.modules[above], name, module)
    return module
