"""The app is a FastAPI app: its routes validate, its document describes, and importing it does nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from athenaeum.server.app import create_app
from athenaeum.server.assembly import assemble
from athenaeum.server.edge.openapi import describe
from athenaeum.server.http.fastapi_import import APIRoute, FastAPI
from athenaeum.settings import ServerSettings

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, **environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:athenaeum", "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_every_route_is_fastapis(tmp_path):
    app = create_app(assemble(ServerSettings(index_dir=str(tmp_path))))
    assert isinstance(app, FastAPI)
    assert all(isinstance(route, APIRoute) for route in app.routes)


def test_fastapi_is_imported_with_its_document_unbuilt_and_nobody_elses_models_changed():
    code = """
import athenaeum.server.http.fastapi_import
from fastapi.openapi.models import OpenAPI
from pydantic import BaseModel

class Other(BaseModel):
    x: int

print(OpenAPI.__pydantic_complete__, Other.__pydantic_complete__, BaseModel.model_config)
print(OpenAPI(openapi="3.1.0", info={"title": "x", "version": "1"}).info.title)
"""
    assert run(code).splitlines() == ["False True {}", "x"]


def test_importing_the_entry_starts_no_thread_reads_no_index_and_says_nothing(tmp_path):
    code = """
import os, threading
before = set(os.listdir("."))
import athenaeum.mcp_server
assert threading.active_count() == 1, threading.enumerate()
assert not athenaeum.mcp_server.app.user_middleware[0].kwargs["parts"].library.ready
"""
    missing = tmp_path / "nowhere"
    assert run(code, ATHENAEUM_INDEX_DIR=str(missing)) == ""
    assert not missing.exists()


def test_a_setting_that_cannot_be_read_ends_the_entry_with_one_sentence():
    ran = subprocess.run(
        [sys.executable, "-m", "uvicorn", "athenaeum.mcp_server:app", "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"ATHENAEUM_REFRESH_SECONDS": "soon"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 10
    assert "ATHENAEUM_REFRESH_SECONDS is 'soon'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_document_names_every_error_and_has_no_status_of_fastapis_own(tmp_path):
    document = describe(create_app(assemble(ServerSettings(index_dir=str(tmp_path)))), root="https://x/prod")
    assert document["servers"] == [{"url": "https://x/prod"}]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all("422" not in operation["responses"] for operation in operations)
    assert {"400", "413", "415", "503"} <= set(document["paths"]["/search"]["post"]["responses"])
    assert document["components"]["schemas"]["ErrorAnswer"]["properties"]["error"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "allowed"), [("/search", "GET, HEAD, OPTIONS, POST"), ("/mcp", "OPTIONS, POST")])
def test_a_405_names_all_methods_of_the_address(serve, path, allowed):
    refused = serve().client.patch(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert refused.json()["error"]["code"] == "method_not_allowed"
