"""The brain of action.yml: inputs, modes, outputs."""
