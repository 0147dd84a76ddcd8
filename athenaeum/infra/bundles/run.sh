#!/bin/sh
# What Lambda Web Adapter starts (the function's handler): the server, on our code, then the layer's packages, then the
# runtime's own boto3.
export PYTHONPATH="${LAMBDA_TASK_ROOT:-/var/task}:/opt/python${LAMBDA_RUNTIME_DIR:+:$LAMBDA_RUNTIME_DIR}"
# Pure-Python packages that are needed late, if at all. Not on the path: every start would read the zip's directory.
export ATHENAEUM_LATE_PACKAGES=/opt/python/late.zip
# The code and the layers are read-only: looking for a place to write bytecode costs time and finds none.
export PYTHONDONTWRITEBYTECODE=1
# No package of ours is a plugin of pydantic's: looking for one reads the metadata of them all.
export PYDANTIC_DISABLE_PLUGINS=1
# The adapter drops its idle connections after 4 seconds; were the server first, a request of a function that was frozen
# in between could meet a connection that is just being closed.
exec python -m athenaeum.function athenaeum.mcp_server:app --host 127.0.0.1 --port "${AWS_LWA_PORT:-8080}" \
  --loop asyncio --http h11 --ws none --lifespan on --no-access-log --timeout-keep-alive 60
