"""The modes of the action, one file each."""
