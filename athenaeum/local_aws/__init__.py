"""The embedded AWS: the API emulation, the Lambda runtime and the gateway."""
