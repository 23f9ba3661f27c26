"""An event that names objects in buckets: each is read, recognised like any image, and its result written beside it."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import MalformedRequestError, ObjectNotAllowedError, OcrError
from app.faas.bucket_allow_list import BucketAllowList
from app.faas.bucket_store import BucketStore
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from app.faas.credentials import Credentials

_OK = 200

Context = Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class ObjectEvents:
    """What is done about such events. Thread-safe.

    recognise: has the application answer a call, with a context (see `inner_call.call`). status_of: the HTTP status of
    an error. result_suffix: what a result's key has behind the object's own; empty: none is written.
    """

    allowed: BucketAllowList
    store: BucketStore
    recognise: Callable[[HttpCall, Context], HttpReply]
    status_of: Callable[[OcrError], int]
    most: int
    result_suffix: str

    def answer(self, objects: Sequence[ObjectCall], credentials: Credentials | None, context: Context) -> HttpReply:
        """A document for each of *objects*, in order; the status is that of the first that failed, if any did.

        The results of earlier ones are passed over: written into the bucket that is watched, they are events again.

        Raises:
            MalformedRequestError: The event names more objects than a request may have images.
        """
        if len(objects) > self.most:
            raise MalformedRequestError(f"{len(objects)} objects > {self.most} allowed")
        context = list(context)
        documents, status = [], _OK
        for wanted in objects:
            document = self._document(wanted, credentials, context)
            documents.append(document)
            if status == _OK:
                status = document.get("status", _OK)
        body = json.dumps({"objects": documents}, ensure_ascii=False, separators=(",", ":"))
        return HttpReply(status, (("Content-Type", "application/json"),), body.encode())

    def _document(self, wanted: ObjectCall, credentials: Credentials | None, context: Context) -> dict[str, Any]:
        name = {"object": f"{wanted.store}://{wanted.bucket}/{wanted.key}"}
        if self.result_suffix and wanted.key.endswith(self.result_suffix):
            return name | {"skipped": "it is a result"}
        try:
            if not self.allowed.covers(wanted):
                raise ObjectNotAllowedError(f"OCR_BUCKETS does not allow {name['object']}")
            image = self.store.read(wanted, credentials)
            call = HttpCall("POST", "/ocr", headers=(("Content-Type", "application/octet-stream"),), body=image)
            reply = self.recognise(call, context)
            if reply.status == _OK and self.result_suffix:
                key = wanted.key + self.result_suffix
                self.store.write(wanted, key, reply.body, credentials)
                name["written"] = f"{wanted.store}://{wanted.bucket}/{key}"
        except OcrError as error:
            return name | {"status": self.status_of(error), "error": {"code": error.code, "detail": str(error)}}
        document = json.loads(reply.body)
        if reply.status == _OK:
            return name | {"status": _OK, "result": document}
        return name | {"status": reply.status, "error": {"code": document["code"], "detail": document["detail"]}}
