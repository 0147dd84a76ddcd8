"""Looking after a deployed stack: its state, its logs, what readers did not find, what it costs, what it proves."""
