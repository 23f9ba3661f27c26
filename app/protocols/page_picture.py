"""The picture of a page beside its text: for those who show both, and cannot make it of the document themselves."""

import base64

from app.pipeline.result import Drawing, DrawingOptions, Drawings

PICTURE = DrawingOptions(frozenset({Drawing.PAGE}), quality=85)


def picture_member(drawings: Drawings) -> dict[str, str]:
    """The picture among *drawings* as the member of a page's JSON, a data URL; nothing where it was not drawn."""
    if Drawing.PAGE not in drawings:
        return {}
    return {"picture": "data:image/jpeg;base64," + base64.b64encode(drawings[Drawing.PAGE]).decode()}
