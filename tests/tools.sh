#!/bin/sh
# Programs the tests drive, built once into the Go and cargo folders outside the tree. One line for each that is missing.
# Versions: the action runner and the workflow linter whose behaviour the tests were written against.
ACT=v0.2.87
ACTIONLINT=v1.7.12

have() { command -v "$1" >/dev/null 2>&1 || [ -x "$HOME/go/bin/$1" ]; }

build() {
  have "$1" && return 0
  if command -v go >/dev/null 2>&1; then
    echo "building $1 $3 with go (about 2 minutes, once)"
    GOFLAGS=-trimpath go install "$2@$3" >/dev/null 2>&1 || echo "$1 could not be built: its tests are left out"
  else
    echo "Go is not installed: the tests that need $1 are left out"
  fi
}

build act github.com/nektos/act "$ACT"
build actionlint github.com/rhysd/actionlint/cmd/actionlint "$ACTIONLINT"
command -v chromium >/dev/null 2>&1 || echo "Chromium is not installed: the browser tests are left out"
sh "$(dirname "$0")/server/clients/install.sh"
exit 0
