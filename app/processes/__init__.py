"""Processes of the service's own beside the one that talks HTTP: how they begin, are spoken to, and end."""
