"""Objects in buckets, read and written with the S3 protocol, which all of these stores speak.

Endpoints, Alibaba's (inside the region, where functions are and traffic is free):
https://help.aliyun.com/en/oss/developer-reference/use-aws-sdks-to-access-oss; Tencent's:
https://www.tencentcloud.com/document/product/436/32537; Huawei's:
https://support.huaweicloud.com/intl/en-us/productdesc-obs/obs_03_0152.html.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.errors import BodyTooLargeError, MalformedRequestError, ObjectUnreachableError
from app.faas.calls import ObjectCall
from app.faas.credentials import Credentials

_ENDPOINTS = {
    "s3": "",  # the library knows Amazon's
    "oss": "https://{bucket}.s3.oss-{region}-internal.aliyuncs.com",
    "cos": "https://{bucket}.cos.{region}.myqcloud.com",
    "obs": "https://{bucket}.obs.{region}.myhuaweicloud.com",
}
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_RETRIES = 2
_FAILURES = (BaseError, OSError, ValueError)
"""The library uses Python's own for what is not there, and for keys that are none."""


@dataclass(frozen=True, slots=True)
class BucketStore:
    """Reads and writes objects. Thread-safe.

    endpoint: in the place of the region's own, with ``{bucket}`` and ``{region}`` in it where they belong; empty: the
    region's own. seconds: of one object. max_bytes: of one object.
    """

    endpoint: str
    seconds: float
    max_bytes: int

    def read(self, wanted: ObjectCall, credentials: Credentials | None) -> bytes:
        """The content of *wanted*; a larger one than allowed is not read.

        Raises:
            BodyTooLargeError: It is larger.
            ObjectUnreachableError: It is not there, may not be read, or does not come in time.
            MalformedRequestError: Its region or its key is none.
        """
        if wanted.size is not None:
            self._check_size(wanted.size)
        store = self._store(wanted, credentials)
        try:
            found = store.get(wanted.key)
            self._check_size(found.meta["size"])
            return bytes(found.bytes())
        except _FAILURES as error:
            raise _unreachable("read", error) from error

    def write(self, beside: ObjectCall, key: str, content: bytes, credentials: Credentials | None) -> None:
        """Put *content* under *key* into the bucket of *beside*.

        Raises:
            ObjectUnreachableError: It cannot be written.
        """
        store = self._store(beside, credentials)
        try:
            store.put(key, content, attributes={"Content-Type": "application/json"}, use_multipart=False)
        except _FAILURES as error:
            raise _unreachable("written", error) from error

    def _check_size(self, size: int) -> None:
        if size > self.max_bytes:
            raise BodyTooLargeError(f"an object of {size} bytes > {self.max_bytes} allowed")

    def _store(self, wanted: ObjectCall, credentials: Credentials | None) -> Any:
        if not _REGION.fullmatch(wanted.region):
            raise MalformedRequestError("the event's region is none")
        if wanted.store != "s3" and credentials is None:  # else the library would look for Amazon's
            raise ObjectUnreachableError("the object cannot be had: the platform gave the call no credentials")
        options: dict[str, Any] = {"region": wanted.region, "virtual_hosted_style_request": True}
        endpoint = self.endpoint or _ENDPOINTS[wanted.store]
        if endpoint:
            options["endpoint"] = endpoint.replace("{bucket}", wanted.bucket).replace("{region}", wanted.region)
            options["virtual_hosted_style_request"] = "{bucket}" in endpoint
        if credentials:
            options |= {"access_key_id": credentials.key_id, "secret_access_key": credentials.secret}
            options |= {"token": credentials.token} if credentials.token else {}
        limit = timedelta(seconds=self.seconds)
        return S3Store(
            wanted.bucket,
            client_options={"timeout": limit, "allow_http": endpoint.startswith("http://")},
            retry_config={"max_retries": _RETRIES, "retry_timeout": limit},
            **options,
        )


def _unreachable(what: str, error: Exception) -> ObjectUnreachableError:
    """The library's errors hold addresses and the store's answer, which are not for whoever sent the event."""
    reasons = {
        "FileNotFoundError": "it is not there",
        "PermissionDeniedError": "the function's role may not",
        "UnauthenticatedError": "the store knows no such credentials",
        "ValueError": "its key is none that can be asked for",
    }
    reason = reasons.get(type(error).__name__, "the store does not answer, or not in time")
    return ObjectUnreachableError(f"the object cannot be {what}: {reason}")
