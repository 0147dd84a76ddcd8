"""Refuse answers that could only fail later, before anything is written.

Answers stand here as JSON strings, which Python reads as strings whatever they hold: none can become code.
"""

import re
import sys

slug = {{cookiecutter.project_slug | string | tojson}}
stack = {{cookiecutter.stack_name | string | tojson}}
docs = {{cookiecutter.docs_path | string | tojson}}
memory = {{cookiecutter.memory_size | string | tojson}}

if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", slug):
    sys.exit(f"project_slug {slug!r} cannot be a folder name. Use letters, digits, dots, dashes and underscores.")
if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack):
    sys.exit(f"stack_name {stack!r} is not a stack name. Use letters, digits and dashes, beginning with a letter.")
if not re.fullmatch(r"(?!.*(^|/)\.\.?(/|$))\w[\w. +@-]*(/[\w.+@-][\w. +@-]*)*/?", docs):
    sys.exit(f"docs_path {docs!r} must be a folder inside the repository, such as docs.")
if not memory.isdigit() or not 128 <= int(memory) <= 10240:
    sys.exit(f"memory_size {memory!r} must be a number of MB from 128 to 10240.")
