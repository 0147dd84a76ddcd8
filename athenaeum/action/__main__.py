"""`python -m athenaeum.action`: what action.yml runs."""

import os
import sys

from athenaeum.action.main import main

sys.exit(main(os.environ))
