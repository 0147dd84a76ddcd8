"""The parts of MCPServerConstruct, one concern each."""
