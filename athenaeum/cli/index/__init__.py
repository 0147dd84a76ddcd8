"""Commands that build an index or ask one."""
