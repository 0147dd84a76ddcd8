"""`athenaeum doctor` on a repository and an account that have everything, and with each thing taken away."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from onboarding_repository import ROLE, ROOT, Account, athenaeum, isolated, make_repository

from athenaeum.config import load_config
from athenaeum.errors import NotReadyError
from athenaeum.onboarding.doctor import examine
from athenaeum.onboarding.machine import check_python

DEPLOY, CHECK = ".github/workflows/docs-endpoint.yml", ".github/workflows/docs-check.yml"


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `init` leaves it, with a word about who may read the docs and a site."""
    folder = make_repository(tmp_path_factory.mktemp("initialised") / "my docs")
    assert athenaeum("init", "--yes", cwd=folder).returncode == 0
    config = folder / "athenaeum.yml"
    config.write_text(config.read_text() + "auth:\n  public: true\nsite:\n  url: https://widgets.example.org/\n")
    return folder


@pytest.fixture
def ready(initialised: Path, tmp_path: Path) -> Path:
    """A copy of it, to take things from."""
    return Path(shutil.copytree(initialised, tmp_path / "my docs"))


Found = dict[str, tuple[str, str, str]]
WORST = {"missing": 0, "advice": 1, "unknown": 2, "ok": 3}


def examined(repository: Path, *, role: str = "", offline: bool = False, env: dict[str, str] | None = None) -> Found:
    """Check → state, message and fix; a check that found several things is named by the worst of them."""
    found: Found = {}
    for each in examine(repository, role=role, offline=offline, environ=isolated(env)):
        if each.name not in found or WORST[each.state] < WORST[found[each.name][0]]:
            found[each.name] = (each.state, each.message, each.fix)
        assert each.fix or each.state != "missing", f"{each.name} has no fix"
    return found


def lacking(found: dict[str, tuple[str, str, str]]) -> set[str]:
    return {name for name, (state, _, _) in found.items() if state in ("missing", "advice")}


def test_with_everything_there_nothing_is_missing(ready: Path, account: Account) -> None:
    account.complete()
    found = examined(ready, role=ROLE, env=account.environ)
    assert lacking(found) == set()
    assert {name for name, (state, _, _) in found.items() if state != "ok"} == set()


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(repository: Path) -> None:
        text = (repository / path).read_text()
        assert old in text
        (repository / path).write_text(text.replace(old, new))

    return change


def remove(*paths: str) -> Callable[[Path], None]:
    def change(repository: Path) -> None:
        for path in paths:
            (repository / path).unlink()

    return change


def lacks_a_submodule(folder: Path) -> None:
    shared = folder / load_config(folder / "athenaeum.yml").docs.paths[0] / "shared"
    shared.mkdir()
    path = shared.relative_to(folder).as_posix()
    (folder / ".gitmodules").write_text(f'[submodule "shared"]\n\tpath = {path}\n\turl = ../shared\n')


def breaks_git(folder: Path) -> None:
    shutil.rmtree(folder / ".git")
    (folder / ".git").mkdir()


TAKEN: dict[str, tuple[Callable[[Path], None], str, str, str]] = {
    "configuration": (remove("athenaeum.yml"), "configuration", "advice", "no athenaeum.yml"),
    "a valid configuration": (
        edit("athenaeum.yml", "docs:", "dcos:"),
        "configuration",
        "missing",
        r"line \d+: Unknown setting `dcos`",
    ),
    "the pages": (edit("athenaeum.yml", "- .", "- handbook"), "docs", "missing", "handbook"),
    "the site": (edit("athenaeum.yml", "url: https://widgets.example.org/", "name: W"), "site", "advice", "generator"),
    "the questions": (remove(".athenaeum/questions.yml"), "questions", "advice", "no answer is guarded"),
    "valid questions": (
        edit(".athenaeum/questions.yml", "expect:", "expct:"),
        "questions",
        "missing",
        "expct",
    ),
    "the deploying workflow": (remove(DEPLOY), "workflow-deploy", "missing", "No workflow deploys"),
    "the checking workflow": (remove(CHECK), "workflow-check", "advice", "No workflow checks"),
    "a workflow that is YAML": (edit(DEPLOY, "jobs:", "jobs: {"), "workflow-file", "missing", "not valid YAML"),
    "id-token": (
        edit(DEPLOY, "      id-token: write", "      actions: read"),
        "permission-id-token",
        "missing",
        "OIDC",
    ),
    "contents": (edit(DEPLOY, "      contents: read\n", ""), "permission-contents", "missing", "may not read"),
    "pull-requests": (
        edit(CHECK, "      pull-requests: write", "      actions: read"),
        "permission-pull-requests",
        "advice",
        "may not comment",
    ),
    "the checkout": (
        edit(DEPLOY, "actions/checkout@", "actions/cache@"),
        "workflow-checkout",
        "missing",
        "does not check the repository out",
    ),
    "the history": (edit(CHECK, "fetch-depth: 0", "fetch-depth: 1"), "workflow-history", "advice", "one commit"),
    "a group for each branch": (
        edit(DEPLOY, "docs-endpoint-${{ github.ref }}", "docs-endpoint"),
        "workflow-concurrency",
        "advice",
        "may run twice",
    ),
    "events that deploy": (
        edit(DEPLOY, "  workflow_dispatch:", "  workflow_dispatch:\n  release:"),
        "workflow-events",
        "advice",
        "does nothing on release",
    ),
    "the whole checkout": (
        lacks_a_submodule,
        "checkout",
        "advice",
        "shared is a submodule",
    ),
    "a repository that git reads": (
        breaks_git,
        "repository",
        "missing",
        "is no git repository",
    ),
    "safety from forks": (
        edit(CHECK, "  pull_request:", "  pull_request_target:"),
        "workflow-fork-safe",
        "missing",
        "pull_request_target",
    ),
    "a model that is there": (
        edit("athenaeum.yml", "docs:", "embedding:\n  model: ./models/none\ndocs:"),
        "encoder",
        "missing",
        "no folder ./models/none",
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_each_thing_taken_from_the_repository_is_named(what: str, ready: Path) -> None:
    take, name, state, said = TAKEN[what]
    take(ready)
    found = examined(ready, offline=True)
    assert found[name][0] == state, found
    assert re.search(said, found[name][1]), found[name]


def test_a_repository_without_a_remote_is_named(ready: Path) -> None:
    subprocess.run(["git", "-C", ready, "remote", "remove", "origin"], check=True)
    assert examined(ready, offline=True)["repository"][0] == "unknown"


@pytest.mark.parametrize(
    ("private", "setting", "state"),
    [(True, "", "missing"), (False, "", "ok"), (True, "auth:\n  mode: iam\n", "ok"), (None, "", "unknown")],
)
def test_a_private_repository_without_auth_is_named(
    private: bool | None, setting: str, state: str, bare: Path, tmp_path: Path
) -> None:
    (bare / "athenaeum.yml").write_text(f"docs: {{paths: [.]}}\n{setting}")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"private": private}} if private is not None else {}))
    assert examined(bare, offline=True, env={"GITHUB_EVENT_PATH": str(event)})["audience"][0] == state


def without(**changes: str) -> Callable[[Account], dict[str, str]]:
    return lambda account: {name: changes.get(name, value) for name, value in account.environ.items()}


def rebuilt(*, bootstrap: str = "28", audience: str = "sts.amazonaws.com", subjects: tuple[str, ...] = ()) -> Any:
    """The account without a part ("" leaves it out), or with another one."""

    def make(account: Account) -> dict[str, str]:
        if bootstrap:
            bucket = {"Bucket": {"Type": "AWS::S3::Bucket"}}
            # Whatever its stack is called: the CDK finds a bootstrap by its qualifier.
            account.stack("OurToolkit", {"Resources": bucket, "Outputs": {"BootstrapVersion": {"Value": bootstrap}}})
            account.bootstrapped(bootstrap)
        if audience:
            account.provider(audience)
        if subjects:
            account.role(*subjects)
        return account.environ

    return make


OLD, NEW = "repo:acme/widgets:ref:refs/heads/main", "repo:acme@1/widgets@2:ref:refs/heads/main"
ABSENT: dict[str, tuple[Callable[[Account], dict[str, str]], str, str, str]] = {
    "the region": (without(AWS_REGION=""), "region", "missing", "No AWS region"),
    "the credentials": (
        without(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""),
        "credentials",
        "missing",
        "no usable AWS credentials",
    ),
    "AWS": (without(AWS_ENDPOINT_URL="http://127.0.0.1:9"), "credentials", "missing", "EndpointConnectionError"),
    "the bootstrap": (rebuilt(bootstrap="", subjects=(OLD, NEW)), "cdk-bootstrap", "missing", "not bootstrapped"),
    "a new bootstrap": (rebuilt(bootstrap="4", subjects=(OLD, NEW)), "cdk-bootstrap", "missing", "version 4"),
    "the provider": (rebuilt(audience="", subjects=(OLD, NEW)), "oidc-provider", "missing", "no identity provider"),
    "the audience": (rebuilt(audience="other", subjects=(OLD, NEW)), "oidc-provider", "missing", "audience"),
    "the role": (rebuilt(), "oidc-trust", "missing", "is not there"),
    "the trust": (rebuilt(subjects=("repo:acme/other:ref:refs/heads/main",)), "oidc-trust", "missing", "not trust"),
    "the newer subject": (rebuilt(subjects=(OLD,)), "oidc-trust", "advice", "with numbers"),
    "the older subject": (rebuilt(subjects=(NEW,)), "oidc-trust", "advice", "without numbers"),
    "a narrow trust": (rebuilt(subjects=("repo:acme/*",)), "oidc-trust", "advice", "pattern"),
}


@pytest.mark.parametrize("what", ABSENT)
def test_each_thing_taken_from_the_account_is_named(what: str, ready: Path, account: Account) -> None:
    take, name, state, said = ABSENT[what]
    found = examined(ready, role=ROLE, env=take(account))
    assert found[name][0] == state, found
    assert re.search(said, found[name][1]), found[name]
    others = {
        each for each in ("region", "credentials", "cdk-bootstrap", "oidc-provider", "oidc-trust") if each != name
    }
    if name not in ("region", "credentials"):
        assert {found[each][0] for each in others} == {"ok"}


def test_a_workflow_that_deploys_to_the_embedded_aws_needs_no_account(ready: Path) -> None:
    edit(DEPLOY, "        with:\n", "        with:\n          target: local\n")(ready)
    found = examined(ready)
    assert "credentials" not in found
    assert lacking(found) == set()


def test_without_a_role_in_the_workflow_the_bootstrap_stack_is_asked(ready: Path, account: Account) -> None:
    rebuilt()(account)
    assert examined(ready, env=account.environ)["oidc-trust"][:2] == (
        "missing",
        "There is no role that acme/widgets may take.",
    )


@pytest.mark.parametrize(("extra", "module"), [("deploy", "aws_cdk"), ("index", "llama_index"), ("serve", "fastapi")])
def test_a_missing_extra_is_named(extra: str, module: str, ready: Path, tmp_path: Path) -> None:
    """The base Python with all packages of this environment but one."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (site,) = {Path(path) for path in sys.path if path.startswith(sys.prefix) and path.endswith("site-packages")}
    for path in site.iterdir():
        if path.name != module and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(packages)))}
    command = [sys._base_executable, "-P", "-m", "athenaeum", "doctor", "--offline", "--json"]  # type: ignore[attr-defined]
    done = subprocess.run(command, cwd=ready, env=environment, capture_output=True, text=True, check=False)
    checks = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert checks[f"extra-{extra}"]["state"] == "missing", done.stderr
    assert module in checks[f"extra-{extra}"]["message"]
    assert checks[f"extra-{extra}"]["fix"] == f'pip install "athenaeum-deploy[{extra}]"'


def test_an_old_python_is_named() -> None:
    assert check_python((3, 10)).state == "missing"
    assert check_python((3, 11)).state == "ok"


@pytest.fixture
def provider() -> Iterator[str]:
    """A server that knows one model, as OpenAI's, Ollama's and Bedrock's APIs would say it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/foundation-model-availability/"):
                there = "known" in self.path
                self.answer(
                    200,
                    {"regionAvailability": "AVAILABLE", "entitlementAvailability": "AVAILABLE"}
                    | {"authorizationStatus": "AUTHORIZED" if there else "NOT_AUTHORIZED", "modelId": "m"},
                )
            elif self.headers.get("Authorization") == "Bearer wrong":
                self.answer(401, {})
            else:
                self.answer(200 if self.path.endswith("/known") else 404, {})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(200 if body["model"] == "known" else 404, {})

        def answer(self, status: int, body: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("chat", "env", "state", "said"),
    [
        ("provider: openai, model: known, base_url: '{at}'", {}, "ok", "known of openai"),
        ("provider: openai, model: other, base_url: '{at}'", {}, "missing", "does not have it"),
        ("provider: openai, model: known, base_url: '{at}'", {"OPENAI_API_KEY": "wrong"}, "missing", "refuses the key"),
        ("provider: openai, model: known, base_url: 'http://127.0.0.1:9'", {}, "missing", "cannot be reached"),
        ("provider: openai, model: gpt", {"OPENAI_API_KEY": ""}, "unknown", "no OPENAI_API_KEY"),
        ("provider: ollama, model: known, base_url: '{at}'", {}, "ok", "known of ollama"),
        ("provider: ollama, model: other, base_url: '{at}'", {}, "missing", "does not have it"),
        ("provider: bedrock, model: us.vendor.known", {"AWS_ENDPOINT_URL_BEDROCK": "{at}"}, "ok", "of Bedrock"),
        ("provider: bedrock, model: vendor.other", {"AWS_ENDPOINT_URL_BEDROCK": "{at}"}, "missing", "no access"),
        ("provider: bedrock", {}, "advice", "default"),
        ("provider: none", {}, "ok", "no language model is needed"),
    ],
)
def test_access_to_the_language_model_is_looked_at(
    chat: str, env: dict[str, str], state: str, said: str, ready: Path, account: Account, provider: str
) -> None:
    config = ready / "athenaeum.yml"
    config.write_text(config.read_text() + f"chat: {{{chat.format(at=provider)}}}\n")
    environment = account.environ | {name: value.format(at=provider) for name, value in env.items()}
    found = examined(ready, env=environment)["chat-model"]
    assert found[0] == state, found
    assert said in found[1]


def test_for_a_person_each_missing_thing_is_followed_by_its_fix(bare: Path) -> None:
    done = athenaeum("doctor", "--offline", cwd=bare)
    assert done.returncode == NotReadyError.exit_code == 5
    assert "MISSING   workflow-deploy: No workflow deploys on a push.\n          Run `athenaeum init`.\n" in done.stdout
    assert done.stderr.startswith("athenaeum: Missing: docs, workflow-deploy.")


def test_for_a_program_it_is_one_document_and_an_exit_code(ready: Path) -> None:
    done = athenaeum("doctor", "--offline", "--json", cwd=ready)
    said = json.loads(done.stdout)
    assert (done.returncode, said["ready"]) == (0, True), done.stderr
    assert set(said["checks"][0]) == {"name", "state", "message", "fix"}
    (ready / DEPLOY).unlink()
    done = athenaeum("doctor", "--offline", "--json", cwd=ready)
    assert (done.returncode, json.loads(done.stdout)["ready"]) == (5, False)


def test_no_secret_is_in_what_it_says(ready: Path, account: Account, provider: str) -> None:
    config = ready / "athenaeum.yml"
    config.write_text(config.read_text() + f"chat: {{provider: openai, model: other, base_url: '{provider}'}}\n")
    secrets = {"OPENAI_API_KEY": "sk-very-secret", "AWS_SECRET_ACCESS_KEY": "aws-very-secret"}
    done = athenaeum("doctor", "--json", cwd=ready, env=account.environ | secrets)
    assert "very-secret" not in done.stdout + done.stderr
