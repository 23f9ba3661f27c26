"""Dialects of the wire: pure functions between bytes and the domain."""
