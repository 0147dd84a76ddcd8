"""A release and a query to hits. One way in for the server, agents, the command line and the evaluation."""
