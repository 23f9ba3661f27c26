"""What is to do around a snapshot of the running service, of which a platform makes any number of copies.

Lambda's SnapStart takes it of the whole machine: processes, mapped files, both clocks and the kernel's own randomness
go on in each copy as after a pause, and the kernel's is made anew there
(https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html). So ``os.urandom``, and with it every id that
the service gives, differs by itself; deadlines and rates begin with requests, of which there are none at that time;
what is counted in ticks has not ticked. No connection is open: each image by URL has one of its own.
"""

import logging
import os
import random
import ssl
from collections.abc import Callable

_LOG = logging.getLogger(__name__)

_SEED_BYTES = 48

_WARM_SECONDS = 50.0
"""The Web Adapter waits 60 s for a hook, and Lambda 130 s at least for all of the start that a snapshot is taken of."""


class Snapshot:
    """The two hooks. Each may be called any number of times."""

    def __init__(self, await_warm: Callable[[float], bool]) -> None:
        """*await_warm*: waits, for so many seconds at most as it is told, until there is nothing left to warm."""
        self._await_warm = await_warm

    def before(self) -> None:
        """Have all in the snapshot that is made while nobody waits: else each copy would make it again."""
        _LOG.info("snapshot is taken", extra={"warm": self._await_warm(_WARM_SECONDS)})

    def after(self) -> None:
        """Draw apart what all copies would have in common, of generators that only their process knows.

        OpenSSL's, of which TLS has its keys, seeds itself again after an hour or a fork, but not when it is copied; and
        Python's, by which libraries choose after how long to try again.
        """
        ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)
        random.seed()
        _LOG.info("snapshot restored")
