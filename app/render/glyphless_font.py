"""A font whose one glyph is a line without width, for text that is not to be seen: it says what stands there, no more.

Every character that a document needs gets a number, and each is that glyph, as wide as it is high: so the font has a
few hundred bytes, whatever the script. The glyph has a size because readers pass over text that has none.
"""

import struct
from collections.abc import Iterator, Mapping

from app.render.pdf_file import PdfFile, dictionary, reference

ASCENT, DESCENT = 0.8, 0.2
"""Of the height of a line, above and below the line on which letters stand."""

_EM = 1000
_NAME = "/Glyphless"
_VERSION = 0x00010000
"""Of TrueType, and of each of its tables."""

_MAGIC, _SUM_OF_FONT = 0x5F0F3CF5, 0xB1B0AFBA
"""By which a table is known, and what all of a font's words come to."""

_WORD = 0xFFFFFFFF
_LISTED = 100
"""Characters in a list of a CMap, at most."""


class GlyphlessFont:
    """The font of one document, which grows while its text is written."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def encoded(self, text: str) -> str:
        """*text* as the font has it: a string in PDF's notation, two bytes a character."""
        numbers = (self._numbers.setdefault(character, len(self._numbers) + 1) for character in text)
        return "<" + "".join(f"{number:04x}" for number in numbers) + ">"

    def write(self, file: PdfFile, number: int) -> None:
        """Add the font to *file*, under a *number* that was reserved for it, when all text is written."""
        program = _program()
        data = file.write_deflated({"Length1": len(program)}, program)
        ascent, descent = round(ASCENT * _EM), -round(DESCENT * _EM)
        descriptor = file.write(
            {
                "Type": "/FontDescriptor",
                "FontName": _NAME,
                "Flags": 4,  # its characters are of no standard set
                "FontBBox": f"[0 {descent} {_EM} {ascent}]",
                "ItalicAngle": 0,
                "Ascent": ascent,
                "Descent": descent,
                "CapHeight": ascent,
                "StemV": 80,
                "FontFile2": reference(data),
            }
        )
        descendant = file.write(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": _NAME,
                "CIDSystemInfo": dictionary({"Registry": "(Adobe)", "Ordering": "(Identity)", "Supplement": 0}),
                "FontDescriptor": reference(descriptor),
                "CIDToGIDMap": reference(file.write_deflated({}, bytes(2) + len(self._numbers) * b"\0\1")),
                "DW": _EM,
            }
        )
        characters = file.write_deflated({}, "\n".join(_character_map(self._numbers)).encode())
        font = {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": _NAME,
            "Encoding": "/Identity-H",
            "DescendantFonts": f"[{reference(descendant)}]",
            "ToUnicode": reference(characters),
        }
        file.write(font, number)


def _character_map(numbers: Mapping[str, int]) -> Iterator[str]:
    """By which a reader finds the characters again."""
    yield "/CIDInit /ProcSet findresource begin"
    yield "12 dict begin"
    yield "begincmap"
    yield "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def"
    yield "/CMapName /Adobe-Identity-UCS def"
    yield "/CMapType 2 def"
    yield "1 begincodespacerange"
    yield "<0000> <ffff>"
    yield "endcodespacerange"
    known = [f"<{number:04x}> <{character.encode('utf-16-be').hex()}>" for character, number in numbers.items()]
    for begin in range(0, len(known), _LISTED):
        part = known[begin : begin + _LISTED]
        yield f"{len(part)} beginbfchar"
        yield from part
        yield "endbfchar"
    yield "endcmap"
    yield "CMapName currentdict /CMap defineresource pop"
    yield "end"
    yield "end"


def _program() -> bytes:
    """A TrueType file of the glyph behind the one that stands for none: the tables that PDFs want, and no others."""
    ascent, descent = round(ASCENT * _EM), -round(DESCENT * _EM)
    glyph = struct.pack(">h4h2H3B6h", 1, 0, descent, _EM, ascent, 2, 0, 1, 1, 1, 0, _EM, -_EM, descent, _EM, -_EM)
    glyph += bytes(-len(glyph) % 4)
    head = struct.pack(
        ">4I2H2Q4h2H3h", _VERSION, _VERSION, 0, _MAGIC, 0, _EM, 0, 0, 0, descent, _EM, ascent, 0, 8, 2, 0, 0
    )
    tables = {
        b"glyf": glyph,
        b"head": head,
        b"hhea": struct.pack(">I3hH11hH", _VERSION, ascent, descent, 0, _EM, 0, 0, _EM, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">Hhh", _EM, 0, 0),
        b"loca": struct.pack(">3H", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">I14H", _VERSION, 2, 3, 1, 0, 0, 2, *[0] * 8),
    }
    font = _assembled(tables)
    place = font.index(struct.pack(">I", _MAGIC)) - 4
    return font[:place] + struct.pack(">I", _SUM_OF_FONT - _checksum(font) & _WORD) + font[place + 4 :]


def _assembled(tables: Mapping[bytes, bytes]) -> bytes:
    power = len(tables).bit_length() - 1
    directory = struct.pack(">I4H", _VERSION, len(tables), 16 << power, power, 16 * (len(tables) - (1 << power)))
    place = len(directory) + 16 * len(tables)
    body = b""
    for tag, data in tables.items():
        directory += tag + struct.pack(">III", _checksum(data), place + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return directory + body


def _checksum(data: bytes) -> int:
    """The sum of *data* as words of 32 bits."""
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & _WORD
