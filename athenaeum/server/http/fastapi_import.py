"""FastAPI, imported so that a cold start can afford it. The sole importer of fastapi.

A third of FastAPI's import builds validators for the models of its OpenAPI document, which only /openapi.json and /docs
need. pydantic's own option `defer_build`, set as the default while FastAPI is imported, leaves each to be built when it
is first used: 0.12 s of CPU instead of 0.17. Where FastAPI was imported before, nothing is different but the time.
"""

import warnings

from pydantic import BaseModel

# FastAPI silences it while it makes a field, but not when a field that was deferred is built.
warnings.filterwarnings("ignore", message="The 'alias' attribute with value .* was provided to the `Field")

_default = BaseModel.model_config
BaseModel.model_config = {**_default, "defer_build": True}
try:
    from fastapi import FastAPI, Path, Query
    from fastapi.exceptions import RequestValidationError
    from fastapi.openapi.utils import get_openapi
    from fastapi.routing import APIRoute
finally:
    BaseModel.model_config = _default

__all__ = ["APIRoute", "FastAPI", "Path", "Query", "RequestValidationError", "get_openapi"]
