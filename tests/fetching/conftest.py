"""Fixtures for fetching: origins, a way to fetch from them, and the authority that certifies them."""

import contextlib
import ssl
from collections.abc import Callable, Iterator

import pytest

from app.fetching.allow_list import AllowList
from app.fetching.fetcher import Fetcher
from app.fetching.resolver import Resolver
from app.scheduling.deadline import Deadline
from tests.fetching.origins import LOOPBACK, Answer, Authority, Names, Origin


@pytest.fixture
def origin() -> Iterator[Callable[..., Origin]]:
    """Start an origin; all are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(*answers: bytes | Answer, tls: ssl.SSLContext | None = None) -> Origin:
            return stack.enter_context(contextlib.closing(Origin(list(answers), tls)))

        yield start


@pytest.fixture(scope="session")
def public_tls() -> ssl.SSLContext:
    """A client's TLS that trusts the machine's authorities; to read those takes a while."""
    return ssl.create_default_context()


@pytest.fixture
def fetch(public_tls: ssl.SSLContext) -> Callable[..., bytes]:
    """Fetch a URL with names that lie on the loopback, which this test's policy alone lets through."""

    def fetch(
        url: str,
        hosts: str,
        *,
        names: Names | None = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = 20,
        taken: int = 0,
        policy: Callable[..., bool] = LOOPBACK.__eq__,
        max_bytes: int = 1000,
        deadline: Deadline | None = None,
    ) -> bytes:
        resolver = Resolver(2, names or Names({"origin.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]}))
        context = tls or public_tls
        fetcher = Fetcher(AllowList.parse(hosts), resolver, context, "ppocr-service/1", seconds, max_bytes, policy)
        return fetcher.fetch(url, taken, deadline or Deadline(60))

    return fetch


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the tests' origins are certified by."""
    return Authority(tmp_path_factory.mktemp("authority"))
