"""Athenaeum: a docs repository's own answer endpoint.

Holds the version and nothing else: importing the package must cost nothing, because every command and the
deployed function pay for it.
"""

__version__ = "0.1.0"
