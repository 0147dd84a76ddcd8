"""One push of a repository whose branch, files, titles and text try to become commands; the job is as it was before."""

import shutil
from pathlib import Path

import pytest
from action_runner import Job, Runner, git

ROOT = Path(__file__).resolve().parents[2]
BRANCH = 'x$(touch${IFS}$HOME/pwned-branch);"`touch${IFS}pwned-branch`'
PAGES = {
    "plain.md": "# Plain\n\nThe default colour of a widget is blue.\n",
    "$(touch pwned-file).md": "# Dollar\n\nA page whose name is a command.\n",
    "`touch pwned-tick`.md": "# Tick\n\nA page whose name is a command.\n",
    "a'; touch pwned-quote; '.md": "# Quote\n\nA page whose name ends a string.\n",
    "--help.md": "# Option\n\nA page whose name is an option.\n",
    "::error::name.md": "# Command\n\n[broken](nowhere.md)\n",
    "title.md": '---\ntitle: "::set-output name=endpoint-url::http://evil.example"\n---\n[a](%0A::add-path::evil.md)\n',
    "text.md": "# Text\n\n::add-mask::blue\n::stop-commands::never\n##[error]no\n[x](no::warning::x.md)\n\n\u202e\n",
    "run.md": "# Run ${{ github.token }}\n\n$(touch pwned-text) `touch pwned-text` {{ cookiecutter }} {% raw %}\n",
}
WORKFLOW = """\
on: push
jobs:
  endpoint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: before
        run: bash .github/job-state.sh > "$RUNNER_TEMP/before"
      - id: athenaeum
        uses: athenaeum/deploy@v1
        with:
          working-directory: "some $(touch pwned-folder) where"
          docs-path: my docs
          target: local
      - name: after
        run: |
          bash .github/job-state.sh > "$RUNNER_TEMP/after"
          diff "$RUNNER_TEMP/before" "$RUNNER_TEMP/after"
          echo "the job is as it was"
      - name: ask
        env:
          ENDPOINT: ${{ steps.athenaeum.outputs.endpoint-url }}
        run: |
          curl --silent --fail "$ENDPOINT/search?q=default%20colour%20of%20a%20widget"
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "hostile docs"
    docs = folder / "some $(touch pwned-folder) where" / "my docs"
    docs.mkdir(parents=True)
    for name, text in PAGES.items():
        (docs / name).write_text(text)
    # Modules that Python would take for its own or ours if it looked in the working directory.
    for place in (folder, docs.parent):
        for module in ("json", "yaml", "athenaeum", "pip", "moto", "sitecustomize"):
            (place / module).mkdir()
            (place / module / "__init__.py").write_text("open(__file__ + '.pwned', 'w').close()\nraise SystemExit(9)\n")
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW)
    shutil.copyfile(ROOT / ".github" / "job-state.sh", folder / ".github" / "job-state.sh")
    git_init(folder)
    return folder


def git_init(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", BRANCH)
    git(folder, "remote", "add", "origin", "https://github.com/acme/hostile-docs.git")


@pytest.fixture(scope="module")
def pushed(repository: Path, runner: Runner) -> Job:
    return runner.push(repository)


def test_the_docs_are_live_whatever_they_are_called(pushed: Job) -> None:
    assert pushed.code == 0, pushed.log[-8000:]
    assert pushed.output("pages") == str(len(PAGES))
    assert "The default colour of a widget is blue." in pushed.log


def test_nothing_of_it_was_run(pushed: Job, repository: Path, runner: Runner) -> None:
    places = (repository.parent, runner.checkout, runner.home)
    found = [path for place in places for name in ("pwned*", "*.pwned") for path in place.rglob(name)]
    found += Path.home().glob("pwned*")
    # The branch's own reference is a file that is called so.
    found = [path for path in found if ".git" not in path.parts]
    assert found == []


def test_no_text_became_a_command_of_the_workflow(pushed: Job) -> None:
    assert "evil.example" not in pushed.output("endpoint-url")
    assert pushed.output("endpoint-url").startswith("http://localhost:")
    for line in pushed.log.splitlines():
        said = line.partition("| ")[2].strip() if "| " in line else line
        assert not said.startswith(("::add-mask::blue", "::stop-commands", "::add-path", "##[error]no")), line


def test_python_node_path_and_variables_of_the_job_are_as_before(pushed: Job) -> None:
    assert "the job is as it was" in pushed.log
