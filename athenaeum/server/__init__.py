"""The HTTP application: routes, wire schemas, MCP and the web page."""
