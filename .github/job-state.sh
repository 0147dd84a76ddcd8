#!/usr/bin/env bash
# What a step must leave as it was: interpreters, search path, folder, and variables that are not the runner's own.
set -euo pipefail
for program in python python3 node npm aws cdk; do
  printf '%s %s\n' "$program" "$(command -v "$program" || echo absent)"
done
pwd
# Each step has files and a name of its own.
env | cut -d= -f1 | grep -vE '^(GITHUB_|RUNNER_|ACTIONS_|ACT|INPUT_|_$|SHLVL$|BASH_|OLDPWD$)' | sort
printf 'PATH %s\n' "$PATH"
printf 'PYTHONPATH %s\n' "${PYTHONPATH-unset}"
