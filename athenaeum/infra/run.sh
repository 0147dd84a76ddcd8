#!/bin/sh
# What Lambda Web Adapter starts (the function's handler): the server, on our code, then the layer's packages, then the
# runtime's own boto3.
export PYTHONPATH="${LAMBDA_TASK_ROOT:-/var/task}:/opt/python${LAMBDA_RUNTIME_DIR:+:$LAMBDA_RUNTIME_DIR}"
# Pure-Python packages that are needed late, if at all. Not on the path: every start would read the zip's directory.
export ATHENAEUM_LATE_PACKAGES=/opt/python/late.zip
# The code and the layers are read-only: looking for a place to write bytecode costs time and finds none.
export PYTHONDONTWRITEBYTECODE=1
# The adapter drops its idle connections after 4 seconds; were the server first, a request of a function that was frozen
# in between could meet a connection that is just being closed.
exec python -m uvicorn athenaeum.mcp_server:app --host 127.0.0.1 --port "${AWS_LWA_PORT:-8080}" \
  --no-access-log --lifespan on --timeout-keep-alive 60
