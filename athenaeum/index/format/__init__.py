"""The files of a release and how each is read and written."""
