"""Several environments from one app: `cdk deploy --app "python environments.py" --context environment=prod`."""

from aws_cdk import App
from stacks.athenaeum_stack import AthenaeumStack

app = App()
environment = app.node.try_get_context("environment") or "dev"
AthenaeumStack(
    app,
    f"Athenaeum-{environment}",
    openai_secret_arn=app.node.try_get_context("openai-secret-arn") or "",
    production=environment == "prod",
)
app.synth()
