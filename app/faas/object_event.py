"""An event that names objects in buckets: each is read, recognised like any image, and its result written beside it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import REFUSAL, ConfigurationError, MalformedRequestError, ObjectNotAllowedError, OcrError
from app.faas.bucket_allow_list import BucketAllowList
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from app.faas.credentials import Credentials
from app.faas.inner_call import call

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from app.faas.bucket_store import BucketStore

_OK = 200
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.{}_-]+(:[0-9]{1,5})?(/[A-Za-z0-9.{}_/-]*)?")
_IMAGE = (("Content-Type", "application/octet-stream"),)


@dataclass(frozen=True, slots=True)
class ObjectEvents:
    """What is done about such events. Thread-safe.

    application: recognises, and words errors. store: None where no bucket is allowed. most: objects of an event.
    result_suffix: what a result's key has behind the object's own; empty: none is written.
    """

    application: "WSGIApplication"
    allowed: BucketAllowList
    store: "BucketStore | None"
    most: int
    result_suffix: str

    @classmethod
    def for_buckets(  # noqa: PLR0913 - settings, by name
        cls,
        application: "WSGIApplication",
        *,
        buckets: str,
        endpoint: str,
        seconds: float,
        max_bytes: int,
        most: int,
        result_suffix: str,
    ) -> "ObjectEvents":
        """Those of the *buckets* that the operator named; see `BucketAllowList` and `BucketStore`.

        Raises:
            ConfigurationError: *buckets* holds what is no bucket, or *endpoint* is no address.
        """
        allowed, store = BucketAllowList.parse(buckets), None
        if endpoint and not _ENDPOINT.fullmatch(endpoint):
            raise ConfigurationError("OCR_BUCKET_ENDPOINT: must be an address such as https://{bucket}.example.com")
        if buckets:
            from app.faas.bucket_store import BucketStore  # noqa: PLC0415 - its library has 16 MB, which few need

            store = BucketStore(endpoint, seconds, max_bytes)
        return cls(application, allowed, store, most, result_suffix)

    def answer(
        self, objects: Sequence[ObjectCall], credentials: Credentials | None, context: Mapping[str, Any]
    ) -> HttpReply:
        """A document for each of *objects*, in order; status, code and detail are the first one's that failed, if any.

        The results of earlier ones are passed over: written into the bucket that is watched, they are events again.
        *context*: see `inner_call.call`.

        Raises:
            MalformedRequestError: The event names more objects than a request may have images.
        """
        if len(objects) > self.most:
            raise MalformedRequestError(f"{len(objects)} objects > {self.most} allowed")
        documents = [self._document(wanted, credentials, context) for wanted in objects]
        failed = [document for document in documents if document.get("status", _OK) != _OK][:1]
        told: dict[str, Any] = {"objects": documents}
        for document in failed:
            told |= {"status": document["status"], **document["error"]}
        body = json.dumps(told, separators=(",", ":")) + "\n"  # in ASCII: a key may be no text at all
        return HttpReply(told.get("status", _OK), (("Content-Type", "application/json"),), body.encode())

    def _document(
        self, wanted: ObjectCall, credentials: Credentials | None, context: Mapping[str, Any]
    ) -> dict[str, Any]:
        document: dict[str, Any] = {"object": _address(wanted, wanted.key)}
        if self.result_suffix and wanted.key.endswith(self.result_suffix):
            return document | {"skipped": "it is a result"}
        if wanted.key.endswith("/"):
            return document | {"skipped": "it is a folder"}
        try:
            reply = self._recognised(wanted, credentials, context)
            if reply.status == _OK and self.result_suffix:
                document["written"] = self._write(wanted, reply.body, credentials)
        except OcrError as error:
            reply = call(self.application, HttpCall("POST", "/ocr"), {**context, REFUSAL: error}.items())
        answer = json.loads(reply.body)
        if reply.status != _OK:
            return document | {"status": reply.status, "error": {name: answer[name] for name in ("code", "detail")}}
        return document | {"status": _OK, "result": answer}

    def _recognised(self, wanted: ObjectCall, credentials: Credentials | None, context: Mapping[str, Any]) -> HttpReply:
        if self.store is None or not self.allowed.covers(wanted):
            raise ObjectNotAllowedError(f"OCR_BUCKETS does not allow {_address(wanted, wanted.key)}")
        if not wanted.key or wanted.key.startswith("/") or "//" in wanted.key:  # the library would ask for another
            raise MalformedRequestError("the object's key is empty, or has slashes that stand for nothing")
        image = self.store.read(wanted, credentials)
        return call(self.application, HttpCall("POST", "/ocr", headers=_IMAGE, body=image), context.items())

    def _write(self, wanted: ObjectCall, result: bytes, credentials: Credentials | None) -> str:
        assert self.store is not None  # noqa: S101 - what was recognised was read from it
        key = wanted.key + self.result_suffix
        self.store.write(wanted, key, result, credentials)
        return _address(wanted, key)


def _address(wanted: ObjectCall, key: str) -> str:
    return f"{wanted.store}://{wanted.bucket}/{key}"
