"""Traces: when a request's parts were worked on, told to a collector. Off by default, and nothing is imported then."""
