"""Getting a connection to Postgres: the one place that connects, and the servers it can connect to."""
