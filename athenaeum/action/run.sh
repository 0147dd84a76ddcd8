#!/usr/bin/env bash
# The one step of action.yml: a private environment from the locked requirements, then the action itself.
# The job's own Python, PATH and working directory stay as they are.
set -euo pipefail

# No Python that is started from here on imports from the working directory: that is the repository being indexed.
export PYTHONSAFEPATH=1

python=""
for each in python3.13 python3.12 python3.11 python3 python; do
  if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$each; break; fi
done
if [ -z "$python" ]; then
  echo "::error title=Athenaeum::Python 3.11 or newer is needed on the runner. Add actions/setup-python before this step."
  exit 4
fi

# One environment per set of locked requirements, shared by the runs of a runner that keeps its tool cache.
export ATHENAEUM_CACHE_DIR="${ATHENAEUM_CACHE_DIR:-${RUNNER_TOOL_CACHE:-$HOME/.cache}/athenaeum}"
mapfile -t made < <("$python" "$ATHENAEUM_CHECKOUT/requirements/install.py" --no-project --shared "$ATHENAEUM_CACHE_DIR" action)
if [ "${#made[@]}" -ne 2 ]; then
  echo "::error title=Athenaeum::The action's requirements could not be installed; the reason stands above."
  exit 4
fi

# The code is used in place: nothing is ever installed from an index by the name of this product.
export ATHENAEUM_CHECKOUT="${made[1]}" PYTHONPATH="${made[1]}" PYTHONDONTWRITEBYTECODE=
exec "${made[0]}/bin/python" -P -m athenaeum.action
