"""A small document service: what the start-up sequence of this repository starts."""
