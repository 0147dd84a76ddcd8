"""A private repository gets no endpoint that anyone can read without having said so."""

from pathlib import Path

import pytest
from action_process import run_step
from action_runner import commit

from athenaeum.errors import CredentialsError, PublicEndpointError


@pytest.mark.parametrize("payload", [{"repository": {"private": True}}, {"repository": {}}])
def test_a_private_repository_gets_no_public_endpoint_unless_it_says_so(
    tmp_path: Path, payload: dict[str, object]
) -> None:
    folder = tmp_path / "docs repository"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("# A\n")
    head = commit(folder)
    # Jobs on AWS without credentials: what is not refused here fails when it signs in.
    refused = run_step(folder, "push", payload, sha=head, public="")
    assert refused.code == PublicEndpointError.exit_code, refused.log
    assert "public: true" in refused.log
    for said in ({"public": "true"}, {"public": "", "auth": "iam"}):
        assert run_step(folder, "push", payload, sha=head, **said).code == CredentialsError.exit_code
