"""Objects of a PDF, numbered as they come, and the file that they make."""

import zlib
from collections.abc import Mapping

_HEAD = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
"""With four bytes by which programs see that it is no text."""


class PdfFile:
    """A file that is being written, object by object."""

    def __init__(self) -> None:
        self._parts = [_HEAD]
        self._size = len(_HEAD)
        self._places: list[int] = []

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._places.append(0)
        return len(self._places)

    def write(self, members: Mapping[str, object], number: int | None = None) -> int:
        """Add a dictionary, under a number that was reserved for it or the next; its number."""
        return self._add(dictionary(members).encode(), number)

    def write_stream(self, members: Mapping[str, object], data: bytes) -> int:
        """Add a stream whose *data* is coded as *members* say; its number."""
        head = dictionary({**members, "Length": len(data)}).encode()
        return self._add(b"%b\nstream\n%b\nendstream" % (head, data))

    def write_deflated(self, members: Mapping[str, object], data: bytes) -> int:
        """Add a stream, compressed; its number."""
        return self.write_stream({**members, "Filter": "/FlateDecode"}, zlib.compress(data))

    def finish(self, members: Mapping[str, object]) -> bytes:
        """The whole file. *members*: of its trailer."""
        count = len(self._places) + 1
        rows = b"".join(b"%010d 00000 n \n" % place for place in self._places)
        trailer = dictionary({**members, "Size": count}).encode()
        table = b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n%b\n" % (count, rows, trailer)
        return b"".join([*self._parts, table, b"startxref\n%d\n%%%%EOF\n" % self._size])

    def _add(self, body: bytes, number: int | None = None) -> int:
        number = number or self.reserve()
        self._places[number - 1] = self._size
        self._parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        self._size += len(self._parts[-1])
        return number


def dictionary(members: Mapping[str, object]) -> str:
    """*members*, whose values are in PDF's notation already."""
    return "<<" + "".join(f" /{name} {value}" for name, value in members.items()) + " >>"


def reference(number: int) -> str:
    """A reference to the object of this number."""
    return f"{number} 0 R"


def text_string(text: str) -> str:
    """Any text, as a PDF's own members have it."""
    return f"<FEFF{text.encode('utf-16-be').hex()}>"
