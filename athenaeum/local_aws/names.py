"""Names of the embedded AWS that several of its parts use."""

ACCOUNT = "123456789012"
"""The account number of the embedded AWS: moto's own."""


REGION = "us-east-1"


TOOLKIT = "CDKToolkit"
"""The stack that `cdk bootstrap` makes."""


SEPARATOR = b"\0" * 8
"""Between the prelude and the body of a streamed answer."""
