"""API keys: which may be one, how they are kept, and how one that a client shows is looked up."""

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.errors import ConfigurationError

MIN_CHARACTERS = 16
MOST_KEYS = 1000
"""A client's key is compared with every one of them."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that is let in.

    name: what the log may show, its place: ``env-1``, ``file-2``. Nothing in it comes from the key: even a few digits
    of a hash would tell whoever reads the log which of his guesses are worth a try.
    digest: its keyed hash, see `Seal`.
    """

    name: str
    digest: bytes = field(repr=False)


class Seal:
    """Hashes keys, blake2b under a salt of this process alone.

    A quick hash is enough: keys are long and random, not passwords, and the salt never leaves the process.
    """

    def __init__(self) -> None:
        self._salt = os.urandom(32)

    def __call__(self, key: str) -> bytes:
        """The 32 bytes under which *key* is kept. Takes whatever a client may send."""
        return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=32).digest()

    def all(self, keys: Iterable[str], origin: str) -> tuple[KnownKey, ...]:
        """*keys* sealed and named after *origin* and their place in it."""
        return tuple(KnownKey(f"{origin}-{place}", self(key)) for place, key in enumerate(keys, 1))


def checked(keys: Sequence[str], source: str) -> Sequence[str]:
    """*keys*, each fit to be one.

    Raises:
        ConfigurationError: One is not, or they are too many. The text names *source* and the place, never the key.
    """
    if len(keys) > MOST_KEYS:
        raise ConfigurationError(f"{source}: {len(keys)} keys > {MOST_KEYS} allowed")
    for place, key in enumerate(keys, 1):
        if len(key) < MIN_CHARACTERS:
            raise ConfigurationError(f"{source}: key {place} has {len(key)} characters < {MIN_CHARACTERS} needed")
        if not all("!" <= character <= "~" for character in key):
            raise ConfigurationError(f"{source}: key {place} has a character other than ASCII's visible ones")
    return keys


def find(known: Iterable[KnownKey], digest: bytes) -> KnownKey | None:
    """The key that hashes to *digest*; which, and whether there is one, makes no difference to the time it takes."""
    found = None
    for key in known:
        if hmac.compare_digest(key.digest, digest):
            found = key
    return found
