"""How many connections a process may hold open."""

import logging
import resource

_LOG = logging.getLogger(__name__)

_OWN_DESCRIPTORS = 256
"""Descriptors that the process needs besides its connections."""


def allowed_connections(wanted: int) -> int:
    """As many of the *wanted* connections as the process may have descriptors for, after asking for more of those."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OWN_DESCRIPTORS
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < needed:
        allowed = max(soft - _OWN_DESCRIPTORS, soft // 4)
        _LOG.warning("fewer connections than asked for", extra={"allowed": allowed, "descriptors": soft})
        return allowed
    return wanted
