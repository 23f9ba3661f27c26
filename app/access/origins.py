"""Origins (RFC 6454) whose pages may call the service."""

import re

from app.errors import ConfigurationError

ANY = "*"

# Schemes are not http and https alone: pages inside of apps have their own. Browsers leave a scheme's own port out.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_OWN_PORT = re.compile(r"http://.*:80|https://.*:443")


def parse_origins(text: str) -> frozenset[str]:
    """The origins in *text*, which has commas between them, as browsers send them; ``*`` alone: `ANY`.

    Raises:
        ConfigurationError: One is no origin, or ``*`` is not alone.
    """
    origins = frozenset(origin.strip().lower() for origin in text.split(",") if origin.strip())
    if ANY in origins and len(origins) > 1:
        raise ConfigurationError(f"OCR_CORS_ORIGINS={text!r}: * stands for any origin and is given alone")
    for origin in sorted(origins - {ANY}):
        if not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                f"OCR_CORS_ORIGINS: {origin!r} is no origin; one has a scheme, a host and no path: https://example.com"
            )
        if _OWN_PORT.fullmatch(origin):
            raise ConfigurationError(f"OCR_CORS_ORIGINS: browsers send {origin!r} without its port, the scheme's own")
    return origins
