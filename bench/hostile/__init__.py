"""Input that lies, bombs and breaks, and what a service makes of it."""
