"""What a setting is: its declaration beside its field, and how its text in the environment becomes a value."""

import re
from collections.abc import Mapping
from dataclasses import Field, field
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError

PREFIX = "OCR_"
PORT_FALLBACKS = ("FUNCTIONS_CUSTOMHANDLER_PORT", "PORT", "FC_CUSTOM_LISTEN_PORT", "FC_SERVER_PORT")
DEFAULT_PORT = 9000

ALL = "all"
NONE = "none"
"""What stands for all, or none, of the choices of a setting that may have several."""

_SWITCH = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}

# Kubernetes puts OCR_PORT=tcp://10.0.0.1:80 into every pod beside a Service named "ocr": that is no port of ours.
# And with it, and for Services named "ocr-something", variables like these.
_LINK_NAME = re.compile(r"^OCR_(\w+_)?(SERVICE_HOST|SERVICE_PORT\w*|PORT(_\d+_\w+)?)$")
_SERVICE_LINK = re.compile(r"^(tcp|udp|sctp)://")


def setting(  # noqa: PLR0913 - all but two of them have a default, and go by name
    default: Any,
    text: str,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    secret: bool = False,
) -> Any:
    """Declare a field with what its parser and the settings page need to know.

    A default that is a tuple makes a setting that may have several of its choices.
    secret: the value is shown nowhere, not even where it is refused.
    """
    metadata = {"text": text, "choices": choices, "low": low, "high": high}
    return field(default=default, metadata=metadata, repr=not secret)


def variable(spec: "Field[Any]") -> str:
    """The environment variable of a field."""
    return PREFIX + spec.name.upper()


def is_service_link(name: str) -> bool:
    """Whether an environment variable is one that Kubernetes sets for a Service whose name begins with "ocr"."""
    return _LINK_NAME.match(name) is not None


def is_set_by_kubernetes(name: str, raw: str) -> bool:
    """Whether a variable that could be a setting is, with this value, a Service's address as Kubernetes tells it."""
    return is_service_link(name) and _SERVICE_LINK.match(raw) is not None


def parse(name: str, raw: str, spec: "Field[Any]") -> Any:
    """*raw* as the type of *spec*, checked against its choices and range.

    Raises:
        ConfigurationError: It does not parse, is out of range or is not one of its choices.
    """
    if type(spec.default) is bool:
        if raw.lower() not in _SWITCH:
            raise ConfigurationError(f"{name}={raw!r}: must be one of {', '.join(_SWITCH)}")
        return _SWITCH[raw.lower()]
    if type(spec.default) is tuple:
        return _parse_several(name, raw, spec.metadata["choices"])
    convert = {int: int, float: float, str: str}.get(type(spec.default), Path)
    try:
        value = convert(raw)
    except ValueError:
        raise ConfigurationError(f"{name}={raw!r}: not a {'whole ' if convert is int else ''}number") from None
    choices = spec.metadata["choices"]
    if choices and value not in choices:
        raise ConfigurationError(f"{name}={raw!r}: must be one of {', '.join(choices)}")
    low, high = spec.metadata["low"], spec.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigurationError(f"{name}={raw}: must lie between {low} and {high}")
    return value


def _parse_several(name: str, raw: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    given = {part.strip() for part in raw.split(",")} - {""}
    if given in ({ALL}, {NONE}):
        return choices if ALL in given else ()
    if not given or not given <= set(choices):
        raise ConfigurationError(f"{name}={raw!r}: must be {ALL}, {NONE}, or some of {', '.join(choices)}")
    return tuple(choice for choice in choices if choice in given)


def port(environ: Mapping[str, str], spec: "Field[Any]", otherwise: int = DEFAULT_PORT) -> int:
    """The port: ``OCR_PORT``, else the first platform variable that is set, else *otherwise*.

    Raises:
        ConfigurationError: It is no port.
    """
    names = [PREFIX + "PORT", *PORT_FALLBACKS]
    if "AWS_LAMBDA_FUNCTION_NAME" in environ:
        names.insert(2, "AWS_LWA_PORT")
    for name in names:
        raw = environ.get(name, "").strip()
        if raw and not _SERVICE_LINK.match(raw):
            return int(parse(name, raw, spec))
    return otherwise
