"""How much a stranger may ask for. Each bound is part of the HTTP contract and stands in docs/http-api.md."""

MAX_QUERY = 2_000
"""Characters of a search query."""
DEFAULT_LIMIT = 5
MAX_LIMIT = 50
"""Results of one search."""
MAX_PREFIX = 500
"""Characters of a path prefix."""
MAX_BODY = 1 << 20
"""Bytes of a request body: room for a long conversation, far below what Lambda passes on."""
CACHED_ANSWERS = 256
"""Recent searches kept in the process."""
COLD_WAIT_SECONDS = 10.0
"""How long a request waits for the first index before it is answered 503."""
RETRY_AFTER_SECONDS = 3
"""What a 503 tells the client to wait."""
MAX_FULL = 10 << 20
"""Bytes of /llms-full.txt: about 2.5 million tokens, more than a model reads."""
MAX_LIST = 2 << 20
"""Bytes of /llms.txt."""
MAX_PAGE = 4 << 20
"""Characters of one page of /pages."""
MAX_CONTENT = 20_000
"""Characters of a result's content: ten times what a section usually is."""
MAX_LINE = 300
"""Characters of a title or description in a list."""
