"""gunicorn's settings, derived from the service's own (``OCR_*``, see docs/settings.md)."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

# The service is the folder of this file, wherever gunicorn is started.
chdir = str(Path(__file__).resolve().parent)
sys.path.insert(0, chdir)

from app.errors import ConfigurationError
from app.log_format import logging_config
from app.settings import REPLACEMENT_FLAG, Settings
from app.slot_plan import SlotPlan

_SPARE_THREADS = 16
"""Threads beyond those that admitted requests can hold, so that probes, metrics and refusals find a free one."""

try:
    _settings = Settings.from_env(os.environ)
except ConfigurationError as _error:
    sys.exit(f"configuration error: {_error}")

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = [f"{_host}:{_settings.port}"]
worker_class = "app.server.buffered_worker.BufferedWorker"
worker_connections = _settings.max_connections
workers = _settings.workers
threads = SlotPlan.for_settings(_settings).active_requests + _settings.queue_size + _SPARE_THREADS
keepalive = _settings.keepalive_seconds
timeout = _settings.start_timeout_seconds
graceful_timeout = _settings.graceful_timeout_seconds
logconfig_dict = logging_config(_settings.log_level)
accesslog = None
control_socket_disable = True  # it would be opened under $HOME, which may not be writable
# The heartbeat file: memory where there is any (a container's /tmp may be a slow disk); Lambda has no /dev/shm.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# Must be set before prometheus_client is imported, which the workers do; a reload (SIGHUP) keeps the folder.
if workers == 1:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
elif "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="ocr-metrics-")


def post_fork(server, worker):
    """Mark workers that replace another: their cold start is counted from their fork."""
    if worker.age > server.cfg.workers:
        os.environ[REPLACEMENT_FLAG] = "1"


def post_worker_init(worker):
    """At SIGTERM, first let readiness fail and admission close; then gunicorn waits for what was accepted."""
    stop = signal.getsignal(signal.SIGTERM)

    def drain(number, frame):
        worker.wsgi.extensions["ocr"].drain()
        stop(number, frame)

    signal.signal(signal.SIGTERM, drain)
    # Ctrl-C reaches the whole group, and the arbiter then ends its workers. One that ends by itself meanwhile may be
    # interrupted by the arbiter's signal as it waits for its threads, and then hangs until it is killed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def child_exit(server, worker):
    """Drop the live gauges of a worker that is gone."""
    if workers > 1:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    """Remove the folder of the metrics."""
    if workers > 1:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
