"""Objects are read and written where the event says, within limits, with the credentials of the call."""

from collections.abc import Iterator

import pytest

from app.errors import BodyTooLargeError, MalformedRequestError, ObjectUnreachableError
from app.faas.bucket_store import BucketStore
from app.faas.calls import ObjectCall
from app.faas.credentials import Credentials
from tests.faas.bucket_server import Buckets, serving

KEYS = Credentials("an-id", "a-secret", "a-token")
PHOTO = ObjectCall("oss", "cn-hangzhou", "photos", "in/a b+ü.png", 3)


@pytest.fixture(name="where")
def _where() -> Iterator[tuple[BucketStore, Buckets]]:
    with serving() as (url, buckets):
        yield BucketStore(url, 2.0, 1000), buckets


def test_an_object_is_read_as_the_functions_role(where: tuple[BucketStore, Buckets]) -> None:
    """Its bytes, under its very key; the request is signed with the call's temporary credentials, for its region."""
    store, buckets = where
    buckets.objects["/photos/in/a b+ü.png"] = b"abc"
    assert store.read(PHOTO, KEYS) == b"abc"
    ((method, _, headers),) = buckets.requests
    assert method == "GET"
    assert "Credential=an-id/" in headers["authorization"]
    assert "/cn-hangzhou/s3/" in headers["authorization"]
    assert headers["x-amz-security-token"] == "a-token"


def test_a_result_is_written_beside_it(where: tuple[BucketStore, Buckets]) -> None:
    """Into the same bucket, under the key that is asked for, as JSON."""
    store, buckets = where
    store.write(PHOTO, "in/a.json", b"{}", KEYS)
    assert buckets.objects == {"/photos/in/a.json": b"{}"}
    assert buckets.requests[0][2]["content-type"] == "application/json"


def test_what_is_too_large_is_not_read(where: tuple[BucketStore, Buckets]) -> None:
    """By the event's own word nothing is asked for; where that lies, or is silent, by the store's."""
    store, buckets = where
    buckets.objects["/photos/big"] = bytes(1001)
    with pytest.raises(BodyTooLargeError, match="1001 bytes > 1000 allowed"):
        store.read(ObjectCall("s3", "eu-west-1", "photos", "big", 1001), KEYS)
    assert not buckets.requests
    for told in (3, None):
        with pytest.raises(BodyTooLargeError, match="1001 bytes > 1000 allowed"):
            store.read(ObjectCall("s3", "eu-west-1", "photos", "big", told), KEYS)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("gone", "it is not there"),
        ("secret", "the function's role may not"),
        ("slow", "the store does not answer, or not in time"),
        ("a/../b", "its key is none that can be asked for"),
    ],
)
def test_why_an_object_cannot_be_had(where: tuple[BucketStore, Buckets], key: str, reason: str) -> None:
    """In words of our own, without the store's answer or address, and in the time that there is."""
    store, buckets = where
    buckets.denied.add("/photos/secret")
    buckets.silent.add("/photos/slow")
    with pytest.raises(ObjectUnreachableError) as caught:
        store.read(ObjectCall("s3", "eu-west-1", "photos", key), KEYS)
    assert str(caught.value) == f"the object cannot be read: {reason}"


def test_a_result_that_cannot_be_written_is_an_error(where: tuple[BucketStore, Buckets]) -> None:
    """Nobody takes it for written."""
    store, buckets = where
    buckets.read_only = True
    with pytest.raises(ObjectUnreachableError, match="cannot be written: the function's role may not"):
        store.write(PHOTO, "in/a.json", b"{}", KEYS)


@pytest.mark.parametrize("region", ["", "x.example.com/", "a@b", "-a", "a" * 65])
def test_a_region_is_no_way_to_another_host(region: str) -> None:
    """It becomes part of the address: what is no region is refused before anything is asked."""
    with pytest.raises(MalformedRequestError, match="region"):
        BucketStore("", 1.0, 1000).read(ObjectCall("oss", region, "photos", "a"), KEYS)


def test_credentials_are_not_shown() -> None:
    """Not where a call is printed, as into a log."""
    assert "a-secret" not in repr(KEYS)
    assert "a-token" not in repr(KEYS)


def test_without_credentials_no_other_clouds_are_looked_for() -> None:
    """A function without a role: the library would ask Amazon's metadata address."""
    with pytest.raises(ObjectUnreachableError, match="no credentials"):
        BucketStore("", 1.0, 1000).read(ObjectCall("oss", "cn-hangzhou", "photos", "a"), None)
