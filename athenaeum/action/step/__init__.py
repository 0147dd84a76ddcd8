"""A step of a workflow: inputs, event, outputs, phases."""
