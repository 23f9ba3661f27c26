"""The heads of a form's parts are bounded while they are read."""

import io
import random

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import MultipartDecoder

from app.errors import BodyTooLargeError
from app.http.body import MemoryRequest
from app.http.part_heads import MOST_BYTES, CountedHeads

DISPOSITION = b'Content-Disposition: form-data; name="file"; filename="a"'


def read_all(body, size=65536, boundary="b"):
    """Return what comes out of a stream of *body*, read in pieces."""
    stream = CountedHeads(io.BytesIO(body), boundary)
    return b"".join(iter(lambda: stream.read(size), b""))


def parsed(body):
    """Return the files that werkzeug's parser finds in *body* as the service has it read."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    request = MemoryRequest(environ)
    request.max_form_memory_size = 1 << 25
    return [part.data for part in request.parts()]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 65536])
@pytest.mark.parametrize("line", [b"\r\n", b"\n", b"\r"])
def test_an_honest_form_passes_unchanged(size, line):
    """Files of any size and content go through, however they are cut, with either kind of line breaks."""
    data = random.Random(1).randbytes(3 * MOST_BYTES // (100 if size < 100 else 1))
    body = line.join([b"--b", DISPOSITION, b"", data, b"--b", DISPOSITION, b"", b"two", b"--b--", b""])
    assert read_all(body, size) == body
    assert parsed(body) == [data, b"two"]


@pytest.mark.parametrize("size", [5, 1000, 65536])
@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\n" + DISPOSITION + b"\r\nX: " + b"a" * (MOST_BYTES + 1),
        b"--b\n\n" + DISPOSITION + b"\nX: " + b"a" * (MOST_BYTES + 1),
        b"--b \t \r\n\n" + DISPOSITION + b"\nX: " + b"a" * (MOST_BYTES + 1),
        b"\r\n--b" + b" " * 1000 + b"\r\n" + b"A: b\r\n" * (MOST_BYTES // 6 + 1),
        (b"--b\r\n" + DISPOSITION + b"a" * 5000 + b"\r\n\r\ndata\r\n") * (MOST_BYTES // 5000 + 1),
        b"data\n--bX\n--b\n" + b"A: b\n" * (MOST_BYTES // 5 + 1),
    ],
    ids=["long", "blank first", "blanks", "many", "in all", "almost a boundary"],
)
def test_too_much_head_is_refused(body, size):
    """However it is put and cut, more than the limit of heads is refused as soon as it has been read."""
    with pytest.raises(BodyTooLargeError, match=f"part heads > {MOST_BYTES} allowed"):
        read_all(body, size)


def test_what_comes_behind_the_last_boundary_is_no_head():
    """An epilogue of any length is nobody's head."""
    body = b"--b\r\n" + DISPOSITION + b"\r\n\r\nx\r\n--b--\r\n" + b"y" * (2 * MOST_BYTES)
    assert read_all(body) == body
    assert parsed(body) == [b"x"]


def test_nothing_gets_a_long_head_past_the_count(monkeypatch):
    """Of random forms no parser's head is longer than what was counted: whatever werkzeug takes for one is bounded."""
    rng = random.Random(5)
    pieces = (b"\r", b"\n", b"\r\n", b"--b", b"--", b" ", b"a", b"\n\n", DISPOSITION, b"X: y", b"b" * (MOST_BYTES // 4))
    heads, plain = [], MultipartDecoder._parse_headers
    monkeypatch.setattr(
        MultipartDecoder, "_parse_headers", lambda self, head: heads.append(len(head)) or plain(self, head)
    )
    refused = 0
    for _ in range(400):
        body = b"--b\r\n" + b"".join(rng.choice(pieces) for _ in range(rng.randrange(60))) + b"\r\n--b--\r\n"
        heads.clear()
        try:
            parsed(body)
        except BodyTooLargeError:
            refused += 1
        except (HTTPException, ValueError):
            pass
        assert sum(heads) <= MOST_BYTES
    assert refused > 10
