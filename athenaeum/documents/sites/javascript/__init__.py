"""The literal values of a site's configuration in JavaScript."""
