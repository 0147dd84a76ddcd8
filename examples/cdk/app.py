"""Approach 2 of the deployment guide: a stack wired by hand. `cdk deploy` in this folder."""

from pathlib import Path

from aws_cdk import App
from stacks.athenaeum_stack import AthenaeumStack

app = App()
AthenaeumStack(
    app,
    "AthenaeumCustom",
    index_path=Path("index"),
    architecture=app.node.try_get_context("athenaeum:architecture") or "arm64",
    python=app.node.try_get_context("athenaeum:python") or "3.13",
)
app.synth()
