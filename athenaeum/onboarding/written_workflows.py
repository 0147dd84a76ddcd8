"""The two workflows that `init` writes: deploy on a push, check on a pull request.

They use no action but checkout, and ask for no permission that their one step does not need. Both actions are pinned by
a full hash; a copy of this package that comes from no release knows no commit of ours, and then says so in the file.
A pull request's workflow runs on `pull_request`, so that code of a fork never meets a secret or a role.
"""

import re

CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
ACTION = "athenaeum/deploy@v1 # moves with every release: this athenaeum is none, so it knows no commit to pin"
"""This action. `.github/release.py pin` writes the commit that is released here before it builds the packages, since no
commit can name itself."""
DEPLOY_FILE = ".github/workflows/docs-endpoint.yml"
CHECK_FILE = ".github/workflows/docs-check.yml"

_DEPLOY = """\
# Written by `athenaeum init`; yours to change. A merge brings the docs to their endpoint.
name: docs endpoint
on:
  push:
    branches: [{branch}]
  workflow_dispatch:

permissions: {{}}

# One deployment of a branch at a time; one that waits is replaced by a newer one, one that runs is left to end.
concurrency:
  group: docs-endpoint-${{{{ github.ref }}}}
  cancel-in-progress: false

jobs:
  deploy:
    name: Deploy the docs endpoint
    runs-on: ubuntu-latest
    timeout-minutes: 45
    permissions:
      contents: read
      id-token: write # exchanged for AWS credentials; no long-lived key is stored
    steps:
      - uses: {checkout}
        with:
          persist-credentials: false
      - uses: {action}
        with:
          # Both are printed by `athenaeum bootstrap`, as variables of the repository.
          aws-region: ${{{{ vars.AWS_REGION }}}}
          role-to-assume: ${{{{ vars.AWS_ROLE_ARN }}}}
"""

_CHECK = """\
# Written by `athenaeum init`; yours to change. A pull request is told what it does to what readers find.
name: docs check
on:
  pull_request:

permissions: {{}}

concurrency:
  group: docs-check-${{{{ github.event.pull_request.number || github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    name: Check the docs
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
      pull-requests: write # for the one comment; a fork's token may not, and the job summary has it too
      id-token: write # exchanged for a role that can only read the live index; a fork gets none
    steps:
      - uses: {checkout}
        with:
          persist-credentials: false
          fetch-depth: 0 # the docs of the merge base are what the change is compared with
      - uses: {action}
        with:
          mode: check
          # Printed by `athenaeum bootstrap`; without them the change is compared with its base alone.
          aws-region: ${{{{ vars.AWS_REGION }}}}
          role-to-assume: ${{{{ vars.AWS_READ_ROLE_ARN }}}}
"""


def deploy_workflow(branch: str) -> str:
    """The workflow of a push to `branch`."""
    return _DEPLOY.format(branch=_quoted(branch), checkout=CHECKOUT, action=ACTION)


def check_workflow() -> str:
    """The workflow of a pull request."""
    return _CHECK.format(checkout=CHECKOUT, action=ACTION)


def _quoted(text: str) -> str:
    import yaml

    # Quoted only where YAML would read something else: a number, a boolean, a comment.
    plain = re.fullmatch(r"[A-Za-z][\w./-]*", text) and yaml.safe_load(text) == text
    return text if plain else "'" + text.replace("'", "''") + "'"
