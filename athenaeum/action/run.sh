#!/usr/bin/env bash
# The one step of action.yml: a private environment from the locked requirements, then the action itself.
# The job's own Python, PATH and working directory stay as they are. Runs with the bash 3.2 of macOS.
set -euo pipefail

# What the job tells its own Python (PYTHONHOME, PYTHONPATH, …) is not meant for ours.
for name in ${!PYTHON@}; do unset "$name"; done
# No Python that is started from here on imports from the working directory: that is the repository being indexed.
export PYTHONSAFEPATH=1

# Nor is a program or a library looked for there, as a relative or empty part of a search path would have it.
absolute() {
  local kept="" each IFS=:
  set -f
  for each in $1; do
    case $each in /*) kept="$kept${kept:+:}$each" ;; esac
  done
  set +f
  printf '%s' "$kept"
}
for name in PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH; do
  if [ -n "${!name:-}" ]; then export "$name=$(absolute "${!name}")"; fi
done

python=""
for each in python3.13 python3.12 python3.11 python3 python; do
  if "$each" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$each; break; fi
done
if [ -z "$python" ]; then
  echo "::error title=Athenaeum::Python 3.11 or newer is needed on the runner. Add actions/setup-python before this step."
  exit 4
fi

# One environment per set of locked requirements, shared by the runs of a runner that keeps its tool cache; those for
# pull requests have a place of their own.
if ! made=$("$python" -I "$ATHENAEUM_CHECKOUT/requirements/install.py" --no-project --runner action); then
  echo "::error title=Athenaeum::The action's requirements could not be installed; the reason stands above."
  exit 4
fi
while IFS= read -r line; do export "$line"; done <<MADE
$made
MADE

# The code is used in place: nothing is ever installed from an index by the name of this product.
export PYTHONPATH="$ATHENAEUM_CHECKOUT" PYTHONDONTWRITEBYTECODE=
exec "$ATHENAEUM_VENV/bin/python" -P -m athenaeum.action
