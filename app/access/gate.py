"""The gate: who is asked for a key, whether it is a right one, and whether its owner comes too often."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.access.addresses import client_of
from app.access.key_file import KeyFile
from app.access.keys import KnownKey, Seal, checked, find
from app.access.origins import parse_origins
from app.access.rate_limit import RateLimit
from app.errors import ConfigurationError, RateLimitedError, UnauthorizedError
from app.settings import Settings

PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/info", "/health", "/v2/health/live", "/v2/health/ready"})
"""Of the service's own and of the dialects'."""

_PUBLIC = frozenset({"/", "/openapi.json", "/docs", "/docs/"})
_PUBLIC_FILE = re.compile(r"/(docs|page)/[0-9a-f]+/[a-z0-9_-]+(\.[a-z0-9]+)+")
"""Pages and descriptions say how to call the service, and nothing of what goes on in it."""

_WRONG_KEYS_A_SECOND = 1.0
_WRONG_KEYS_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class _Keys:
    """Where keys come from."""

    seal: Seal
    fixed: tuple[KnownKey, ...]
    file: KeyFile | None

    def find(self, key: str) -> KnownKey | None:
        return find(self.fixed + (self.file.current() if self.file else ()), self.seal(key))


@dataclass(frozen=True, slots=True)
class Access:
    """What each request must pass. Thread-safe; its memory is bounded.

    origins: whose pages may call the service, see `parse_origins`.
    """

    origins: frozenset[str]
    _keys: _Keys | None
    _open_paths: frozenset[str]
    _limit: RateLimit | None
    _limit_text: str
    _wrong_keys: RateLimit

    @classmethod
    def for_settings(
        cls, settings: Settings, *, lenient: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> "Access":
        """The gate that *settings* ask for; their keys are hashed here, and may be forgotten then.

        lenient: see `KeyFile`.

        Raises:
            ConfigurationError: A key, the file of keys or an origin cannot be used.
        """
        limit = None
        if settings.rate_limit:
            # A share for each worker: together they never let more in than was set.
            burst = -(-settings.rate_burst // settings.workers)
            limit = RateLimit(settings.rate_limit / settings.workers, burst, clock)
        return cls(
            parse_origins(settings.cors_origins),
            _keys(settings, clock, lenient=lenient),
            _PUBLIC | PROBES if settings.open_probes else _PUBLIC,
            limit,
            f"more than {settings.rate_limit:g} requests a second, after {settings.rate_burst} at once",
            RateLimit(_WRONG_KEYS_A_SECOND, _WRONG_KEYS_AT_ONCE, clock),
        )

    def admits(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request may come in for its key's sake: asked at its head, to know if its body is worth reading.

        path: as it was sent, with or without the query. headers: by their names in lower case.
        """
        keys = self._keys_asked_for(method, path.partition("?")[0])
        if keys is None:
            return True
        shown = _shown(headers)
        return len(shown) == 1 and keys.find(*shown) is not None

    def enter(self, method: str, path: str, headers: Mapping[str, str], address: str) -> str:
        """Let a request in; returns the name of its key, or nothing where none is asked for.

        address: the client's. headers: by their names in lower case.

        Raises:
            UnauthorizedError: It shows no key, a wrong one, or two that differ.
            RateLimitedError: Its key (its address, where there are no keys) comes too often, or its address has shown
                too many wrong keys. A right key is let in even then: many clients may share the address of a proxy.
        """
        keys = self._keys_asked_for(method, path)
        key = self._identify(keys, headers, address) if keys else None
        if self._limit is not None and method == "POST":
            wait = self._limit.take(key.digest if key else client_of(address))
            if wait:
                raise RateLimitedError(self._limit_text, wait)
        return key.name if key else ""

    def _keys_asked_for(self, method: str, path: str) -> _Keys | None:
        # Browsers ask with OPTIONS before they send a key; that does nothing and tells only which methods there are.
        if method == "OPTIONS":
            return None
        is_open = path in self._open_paths or _PUBLIC_FILE.fullmatch(path)
        return None if is_open and method in {"GET", "HEAD"} else self._keys

    def _identify(self, keys: _Keys, headers: Mapping[str, str], address: str) -> KnownKey:
        shown = _shown(headers)
        if not shown:
            raise UnauthorizedError("a key is needed, as Authorization: Bearer KEY or as X-API-Key: KEY")
        key = keys.find(*shown) if len(shown) == 1 else None
        if key:
            return key
        wait = self._wrong_keys.take(client_of(address))
        if wait:
            raise RateLimitedError("too many wrong keys came from this address", wait)
        raise UnauthorizedError("the key is wrong" if len(shown) == 1 else "two headers show different keys")


def _keys(settings: Settings, clock: Callable[[], float], *, lenient: bool) -> _Keys | None:
    if not settings.api_keys and not settings.api_keys_file:
        return None
    seal = Seal()
    given = [key.strip() for key in settings.api_keys.split(",") if key.strip()]
    if settings.api_keys and not given:
        raise ConfigurationError("OCR_API_KEYS: holds no key")
    fixed = seal.all(checked(given, "OCR_API_KEYS"), "env")
    file = KeyFile(settings.api_keys_file, seal, clock, lenient=lenient) if settings.api_keys_file else None
    return _Keys(seal, fixed, file)


def _shown(headers: Mapping[str, str]) -> set[str]:
    """The keys that a request shows. An Authorization of another scheme is somebody else's, such as a gateway's."""
    shown = set()
    scheme, _, credentials = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        shown.add(credentials.strip())
    if "x-api-key" in headers:
        shown.add(headers["x-api-key"].strip())
    return shown
