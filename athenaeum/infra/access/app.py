"""The CDK app of `athenaeum bootstrap`: one stack, told by the context what it is for."""

from aws_cdk import App, BootstraplessSynthesizer

from athenaeum.infra.access.stack import AccessStack
from athenaeum.infra.access.trust import CONTEXT, Access, access_stack_name


def main() -> None:
    """Synthesise the stack of the `Access` in the context."""
    app = App()
    access = Access.from_context(str(app.node.get_context(CONTEXT)))
    # With the caller's own rights: the bootstrap's may be too narrow to make these roles.
    AccessStack(app, access_stack_name(access.stack), access=access, synthesizer=BootstraplessSynthesizer())
    app.synth()


if __name__ == "__main__":
    main()
