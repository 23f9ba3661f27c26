"""What tests ask of processes."""

import psutil


def is_alive(pid):
    """Return whether a process runs; one that is dead and has not been waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
