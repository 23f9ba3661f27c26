"""PDFs for tests, good ones and others, written by hand so that it is plain what is in them."""

import io
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).with_name("images")


def pdf(objects: Mapping[int, bytes], root: int = 1, trailer: bytes = b"") -> bytes:
    """A file of these objects, by number, with a table of where they are."""
    body, places = bytearray(b"%PDF-1.7\n"), {}
    for number, content in objects.items():
        places[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        body += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    return bytes(body) + b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        root,
        trailer,
        table,
    )


def with_table(data: bytes) -> bytes:
    """A file whose objects were edited, with a table of where they are now."""
    objects = re.findall(rb"^(\d+) 0 obj\n(.*?)\nendobj\n", data, re.DOTALL | re.MULTILINE)
    return pdf({int(number): content for number, content in objects})


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream, compressed."""
    packed = zlib.compress(data, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), entries, packed)


def pages_of(
    contents: Sequence[bytes],
    box: bytes = b"0 0 200 100",
    resources: bytes = b"",
    more: Mapping[int, bytes] | None = None,
) -> bytes:
    """A document of a page for each content stream; *more* objects begin at 1000."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * number) for number in range(len(contents)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count %d /Kids [%s] /MediaBox [%s] >>" % (len(contents), kids, box),
    }
    for number, content in enumerate(contents):
        objects[10 + 2 * number] = b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Resources << %s >> >>" % (
            11 + 2 * number,
            resources,
        )
        objects[11 + 2 * number] = stream(content)
    return pdf(objects | dict(more or {}))


def painted(*greys: int, box: bytes = b"0 0 200 100") -> bytes:
    """A document of a page for each grey, painted with it all over."""
    return pages_of([b"%f g 0 0 100000 100000 re f" % (grey / 255) for grey in greys], box)


def scanned(*names: str) -> bytes:
    """A document of a page for each of ``tests/images``, scanned without loss at 144 dots an inch."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    page = b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R /MediaBox [0 0 %g %g] /Resources %s >>"
    named = b"<< /XObject << /I %d 0 R >> >>"
    for number, name in enumerate(names):
        picture, first = Image.open(IMAGES / name).convert("RGB"), 10 + 3 * number
        width, height = (side / 2 for side in picture.size)
        entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB"
        objects[first] = page % (first + 1, width, height, named % (first + 2))
        objects[first + 1] = stream(b"%g 0 0 %g 0 0 cm /I Do" % (width, height))
        objects[first + 2] = stream(picture.tobytes(), entries % picture.size)
    kids = b" ".join(b"%d 0 R" % (10 + 3 * number) for number in range(len(names)))
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(names), kids)
    return pdf(objects)


def scanned_tiff(*names: str) -> bytes:
    """The same as a TIFF."""
    pictures = [Image.open(IMAGES / name).convert("RGB") for name in names]
    target = io.BytesIO()
    pictures[0].save(target, "TIFF", save_all=True, append_images=pictures[1:], compression="tiff_lzw")
    return target.getvalue()


def encrypted() -> bytes:
    """A document that nobody has the password of: its keys are those of no password that there is."""
    data = painted(0)
    entry = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"41" * 32, b"42" * 32)
    return data.replace(b"trailer\n<<", b"trailer\n<< /Encrypt %s /ID [<%s> <%s>]" % (entry, b"43" * 16, b"43" * 16))
