"""Logs as JSON, one object a line, for gunicorn's own lines and the service's alike."""

from typing import Any


def logging_config(level: str, stream: str = "stdout") -> dict[str, Any]:
    """The ``logging.config.dictConfig`` dictionary for *level*; *stream*: ``stdout`` or ``stderr``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(levelname)s %(name)s %(process)d %(message)s",
                "rename_fields": {
                    "levelname": "level",
                    "name": "logger",
                    "process": "pid",
                    "message": "event",
                    "embedded_metrics": "_aws",  # the library takes no names with an underscore in front
                },
                "timestamp": "time",
                "json_ensure_ascii": False,
            }
        },
        "handlers": {
            "stream": {"class": "logging.StreamHandler", "stream": f"ext://sys.{stream}", "formatter": "json"},
        },
        "root": {"level": level.upper(), "handlers": ["stream"]},
        "loggers": {
            "gunicorn.error": {"level": level.upper(), "handlers": ["stream"], "propagate": False},
            # The service writes a line a request itself, with more in it.
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }
