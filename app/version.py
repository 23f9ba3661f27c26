"""The service's name and version, as in pyproject.toml and CHANGELOG.md."""

NAME = "ppocr-service"

VERSION = "0.1.0"

PRODUCT = f"{NAME} {VERSION}"
