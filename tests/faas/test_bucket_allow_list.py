"""Only what the operator named may be read."""

import pytest

from app.errors import ConfigurationError
from app.faas.bucket_allow_list import BucketAllowList
from app.faas.calls import ObjectCall


@pytest.mark.parametrize(
    ("text", "store", "bucket", "key", "allowed"),
    [
        ("", "s3", "photos", "a", False),
        ("s3://photos", "s3", "photos", "in/a", True),
        ("s3://photos", "oss", "photos", "in/a", False),
        ("s3://photos", "s3", "photos-2", "in/a", False),
        ("s3://other, s3://photos", "s3", "photos", "a", True),
        ("s3://photos/in/", "s3", "photos", "in/a", True),
        ("s3://photos/in/", "s3", "photos", "inside", False),
        ("s3://photos/in/", "s3", "photos", "out/in/a", False),
    ],
)
def test_what_is_allowed(text: str, store: str, bucket: str, key: str, *, allowed: bool) -> None:
    """Store, bucket and prefix must all be those of an entry; without entries nothing is."""
    assert BucketAllowList.parse(text).covers(ObjectCall(store, "r", bucket, key)) is allowed


@pytest.mark.parametrize(
    "text", ["photos", "https://photos", "s3://", "s3://*", "s3://Photos", "s3://a_b", "gs://photos"]
)
def test_what_is_no_entry_stops_the_start(text: str) -> None:
    """One clear line with the setting's name."""
    with pytest.raises(ConfigurationError, match="OCR_BUCKETS"):
        BucketAllowList.parse(text)
