"""The live release of this process."""
