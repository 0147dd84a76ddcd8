"""Refuse answers that could only fail later, before anything is written."""

import re
import sys

slug = """{{ cookiecutter.project_slug }}"""
stack = """{{ cookiecutter.stack_name }}"""
docs = """{{ cookiecutter.docs_path }}"""
memory = """{{ cookiecutter.memory_size }}"""

if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", slug):
    sys.exit(f"project_slug {slug!r} cannot be a folder name. Use letters, digits, dots, dashes and underscores.")
if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack):
    sys.exit(f"stack_name {stack!r} is not a stack name. Use letters, digits and dashes, beginning with a letter.")
if docs.startswith(("/", "..")) or not docs.strip("./ "):
    sys.exit(f"docs_path {docs!r} must be a folder inside the repository, such as docs.")
if not memory.isdigit() or not 128 <= int(memory) <= 10240:
    sys.exit(f"memory_size {memory!r} must be a number of MB from 128 to 10240.")
