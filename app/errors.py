"""The domain's errors: one tree, each class with a stable ``code`` that clients may rely on.

No error here knows HTTP; ``app.http.problems`` maps codes to statuses.
"""

from typing import ClassVar

REFUSAL = "ocr.refusal"
"""The key, in a request's environment, of the error that it ends with before it reaches a route."""


class OcrError(Exception):
    """Base of every error that the service raises on purpose. Its text is safe to show to a client."""

    code: ClassVar[str] = "internal_error"


class ConfigurationError(OcrError):
    """A setting cannot be used; the service does not start."""

    code = "configuration_error"


class WeightsError(OcrError):
    """Model files are missing, damaged or cannot be fetched; the service does not start."""

    code = "weights_error"


class ChecksumMismatchError(WeightsError):
    """A model file's sha256 is not the pinned one."""

    code = "checksum_mismatch"


class RequestError(OcrError):
    """The client sent something that cannot be served."""

    code = "bad_request"


class MalformedRequestError(RequestError):
    """The body is not what its content type says, or carries no image."""

    code = "malformed_request"


class RequestTimeoutError(RequestError):
    """The request arrived too slowly."""

    code = "request_timeout"


class LineTooLongError(RequestError):
    """The request's first line, which has its address, is longer than allowed."""

    code = "uri_too_long"


class HeadersTooLargeError(RequestError):
    """The request's headers are larger, or more, than allowed."""

    code = "request_header_fields_too_large"


class ExpectationError(RequestError):
    """The request expects what the service does not do."""

    code = "expectation_failed"


class TransferCodingError(RequestError):
    """The body is encoded for the transfer in a way that is not supported."""

    code = "not_implemented"


class ProtocolVersionError(RequestError):
    """The request speaks a version of the protocol that is not supported."""

    code = "http_version_not_supported"


class UnsupportedMediaError(RequestError):
    """The bytes are of no image format that is served."""

    code = "unsupported_media_type"


class BrokenImageError(RequestError):
    """The format is known, but the file is truncated or damaged."""

    code = "broken_image"


class DocumentEncryptedError(RequestError):
    """The document cannot be opened without a password, or is encrypted in a way that is not known."""

    code = "document_encrypted"


class BodyTooLargeError(RequestError):
    """The request body has more bytes than allowed."""

    code = "body_too_large"


class ImageTooLargeError(RequestError):
    """The image's header states more pixels, bytes or scans, or a longer side, than allowed."""

    code = "image_too_large"


class TooManyFramesError(RequestError):
    """The image's file holds more frames or pages than allowed."""

    code = "too_many_frames"


class TooManyImagesError(RequestError):
    """The request carries more images than allowed."""

    code = "too_many_images"


class UnknownModelError(RequestError):
    """The request names a model, or a version of it, that the service has not."""

    code = "unknown_model"


class InvalidOptionError(RequestError):
    """An option is unknown, does not parse or is out of range."""

    code = "invalid_option"


class InvalidMembersError(RequestError):
    """Members of the body are missing or of the wrong type; the text lists them, as JSON."""

    code = "invalid_members"


class UnauthorizedError(RequestError):
    """The request shows no key where one is needed, or a wrong one."""

    code = "unauthorized"


class AnswerTooLargeError(RequestError):
    """The answer has more bytes than the platform that carries it takes, or more drawings than it may."""

    code = "answer_too_large"


class UrlNotAllowedError(RequestError):
    """An image's URL is none that the service fetches from, or it fetches none at all."""

    code = "url_not_allowed"


class UrlUnreachableError(RequestError):
    """What an allowed URL names could not be had: no connection, not in time, or not with status 200."""

    code = "url_unreachable"


class ObjectNotAllowedError(RequestError):
    """An event names an object in a bucket that the service does not read from."""

    code = "object_not_allowed"


class ObjectEventError(OcrError):
    """An event of a bucket names an object that could not be read: raised to the platform, which tries again or not."""

    code = "object_event"


class ObjectUnreachableError(RequestError):
    """An object that may be read could not be, or its result could not be written beside it."""

    code = "object_unreachable"


class UnavailableError(OcrError):
    """The service cannot take the request now; trying again later may succeed."""

    code = "unavailable"

    def __init__(self, message: str, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class QueueFullError(UnavailableError):
    """As many requests wait as may wait."""

    code = "queue_full"


class RateLimitedError(UnavailableError):
    """The client comes more often than it may."""

    code = "rate_limited"


class NotReadyError(UnavailableError):
    """The models were not ready within the request's deadline."""

    code = "not_ready"


class DrainingError(UnavailableError):
    """The process is shutting down and takes no new work."""

    code = "draining"


class DeadlineExceededError(OcrError):
    """The request's time ran out; its remaining stages were not run."""

    code = "deadline_exceeded"


class ClientGoneError(DeadlineExceededError):
    """The client hung up; the request's remaining stages were not run."""

    code = "client_gone"


class EngineError(UnavailableError):
    """The inference engine failed to load or to run; one that failed while it ran is replaced."""

    code = "engine_error"
