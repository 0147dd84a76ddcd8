"""`python -m athenaeum` is the command line."""

import sys

from athenaeum.cli.main import main

sys.exit(main())
