"""How a body is read: what fuzzing found, byte for byte."""

import io

import pytest

from app.errors import MalformedRequestError
from app.http.body import MemoryRequest, read_body


@pytest.mark.parametrize("query", [b"a\xbb=1", b"\xff", b"words=\xc3"])
def test_a_query_that_is_not_utf_8_is_malformed(query):
    """Bytes of a query that are no text are the client's error, where the server in front lets them through."""
    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": query.decode("latin-1"),
        "CONTENT_LENGTH": "3",
        "wsgi.input": io.BytesIO(b"abc"),
    }
    with pytest.raises(MalformedRequestError, match="the query is not UTF-8"):
        read_body(MemoryRequest(environ), 1000)
