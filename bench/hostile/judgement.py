"""Whether an answer is one of those that are right."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from bench.hostile.exchange import Answer
from bench.hostile.item import CLOSED, OK

_PROBLEM = "application/problem+json"
_MEMBERS = frozenset({"type", "title", "status", "code", "detail"})
_TOO_LARGE = "body_too_large"


@dataclass(frozen=True, slots=True)
class Judge:
    """reading: what the service reads in the good picture. max_bytes: of a body, above which 413 is always right."""

    reading: str
    max_bytes: int

    def fault(self, answer: Answer, allowed: AbstractSet[str], size: int, *, is_http: bool = True) -> str:
        """What is wrong with the answer to a request of *size* bytes; empty where nothing is."""
        if not answer.status:
            return "" if answer.code == CLOSED and CLOSED in allowed else answer.code.replace(CLOSED, "connection lost")
        if answer.status >= 500 and str(answer.status) not in allowed:
            return "a failure of the server"
        if is_http and answer.status >= 400 and not _is_problem(answer):
            return f"no problem document, but {answer.content_type or 'nothing'}"
        if allowed & {answer.code, str(answer.status)} or self._is_too_long(answer, size):
            return ""
        return f"allowed: {', '.join(sorted(allowed))}"

    def fault_beside_good(self, answer: Answer, allowed: AbstractSet[str], size: int) -> str:
        """What is wrong with the answer to two images of which the second is good."""
        if self._is_too_long(answer, size):
            return ""
        if answer.status != 200:
            return self.fault(answer, {OK}, size) or "no answer for the good picture"
        results = (answer.document or {}).get("results")
        if not isinstance(results, list) or len(results) != 2:
            return "not a result an image"
        if reading_of(results[1]) != self.reading:
            return "the good picture beside it was read otherwise"
        code = results[0].get("error", {}).get("code", OK)
        return "" if code in allowed else f"{code} beside a good picture, allowed: {', '.join(sorted(allowed))}"

    def _is_too_long(self, answer: Answer, size: int) -> bool:
        return answer.code == _TOO_LARGE and size > self.max_bytes


def reading_of(result: Mapping[str, Any] | None) -> str:
    """The text of one image's result, and where its lines are: what must not change."""
    return repr([(page.get("text"), page.get("lines")) for page in (result or {}).get("pages", ())])


def _is_problem(answer: Answer) -> bool:
    document = answer.document or {}
    return answer.content_type == _PROBLEM and document.keys() >= _MEMBERS and document["status"] == answer.status
