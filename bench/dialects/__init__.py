"""How the services under measurement are spoken to, a file a dialect."""

from bench.dialects.base import Dialect, ServerTime, WireRequest
from bench.dialects.registry import DIALECTS, dialect_named

__all__ = ["DIALECTS", "Dialect", "ServerTime", "WireRequest", "dialect_named"]
