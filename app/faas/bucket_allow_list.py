"""Which buckets events may name objects in, as the operator wrote it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import ConfigurationError
from app.faas.calls import ObjectCall

STORES = ("s3", "oss", "cos", "obs")
"""Amazon S3, Alibaba OSS, Tencent COS, Huawei OBS."""

_ENTRY = re.compile(
    rf"(?P<store>{'|'.join(STORES)})://(?P<bucket>[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9])(?:/(?P<prefix>.*))?"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    store: str
    bucket: str
    prefix: str

    def covers(self, wanted: ObjectCall) -> bool:
        return (wanted.store, wanted.bucket) == (self.store, self.bucket) and wanted.key.startswith(self.prefix)


class BucketAllowList:
    """Store and bucket must be those of an entry, and the key must begin with its prefix."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self._entries = tuple(entries)

    @classmethod
    def parse(cls, text: str) -> "BucketAllowList":
        """Entries ``store://bucket`` or ``store://bucket/prefix`` with commas between them.

        Raises:
            ConfigurationError: One of them is no entry.
        """
        return cls(_entry(part) for part in map(str.strip, text.split(",")) if part)

    def covers(self, wanted: ObjectCall) -> bool:
        """Whether *wanted* may be read, and its result be written beside it."""
        return any(entry.covers(wanted) for entry in self._entries)


def _entry(text: str) -> _Entry:
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise ConfigurationError(f"OCR_BUCKETS: {text!r} is no bucket such as s3://name or oss://name/prefix/")
    return _Entry(match["store"], match["bucket"], match["prefix"] or "")
