"""What the output of `cdk` means: recorded lines in, errors and progress out."""

import pytest

from athenaeum import errors
from athenaeum.deployment.run_cdk import failure, step

RAISED = """Traceback (most recent call last):
  File "app.py", line 9, in <module>
    raise SizeError("too much")
athenaeum.errors.SizeError: The function is 300 MB unzipped. Leave the encoder out of the layers.
app.py: Subprocess exited with error 1
"""
OTHER = """Traceback (most recent call last):
  File "app.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'

Subprocess exited with error 1
"""
ANNOTATED = """[Error at /Stack/Server] There is no index at ./index. Run `athenaeum index` first.
Found errors
"""
CREDENTIALS = """
 ❌  Stack failed: _AuthenticationError: Need to perform AWS calls for account 1, but no credentials have been found
"""
EXPIRED = "\n❌ Stack failed: ExpiredToken: The security token included in the request is expired\n"
BARE = (
    "Stack: SSM parameter /cdk-bootstrap/hnb659fds/version not found. "
    "Has the environment been bootstrapped? Please run 'cdk bootstrap'\n"
)
FAILED = """Stack: deploying... [1/1]
Stack | 1/5 | CREATE_FAILED | AWS::S3::Bucket | Bucket already exists
❌  Stack failed: ToolkitError: The stack named Stack failed creation: Bucket already exists
"""

REFUSED = """Bad: creating stack...
❌  Bad failed to deploy
‣ AlreadyExistsException: Stack Bad already exists
"""


@pytest.mark.parametrize(
    ("output", "kind", "words"),
    [
        (RAISED, errors.SizeError, "300 MB"),
        (OTHER, errors.SynthError, "No module named 'nothing'"),
        (ANNOTATED, errors.SynthError, "no index at ./index"),
        (CREDENTIALS, errors.CredentialsError, "no credentials"),
        (EXPIRED, errors.CredentialsError, "expired"),
        (BARE, errors.DeployError, "not bootstrapped"),
        (FAILED, errors.DeployError, "Bucket already exists"),
        (REFUSED, errors.DeployError, "Stack Bad already exists"),
        ("", errors.DeployError, "no reason"),
    ],
)
def test_each_failure_has_its_error_and_a_remedy(output: str, kind: type[errors.AthenaeumError], words: str) -> None:
    error = failure(output)
    assert type(error) is kind
    assert words in error.message
    assert error.remedy
    assert "\n" not in error.message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("✨  Synthesis time: 6.84s", "synthesised"),
        ("Docs: deploying... [1/1]", "deploying Docs"),
        ("Docs: updating stack...", "updating Docs"),
        ("athenaeum: bundling the encoder", "bundling the encoder"),
        (" ✅  Docs (no changes)", "Docs has no changes"),
        ("Docs:  start: Building Deps/Layer/Code", ""),
    ],
)
def test_progress_is_made_of_the_lines_that_tell_something(line: str, said: str) -> None:
    assert step(line) == said
