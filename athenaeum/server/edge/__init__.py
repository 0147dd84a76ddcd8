"""What every request passes: access, middleware, the description of the API."""
