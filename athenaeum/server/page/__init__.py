"""The web page: search that works without JavaScript, a chat where there is one, and how to connect an agent."""
