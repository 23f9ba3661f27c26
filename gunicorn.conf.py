"""gunicorn's settings, derived from the service's own (``OCR_*``, see docs/settings.md)."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

# The service is the folder of this file, wherever gunicorn is started.
chdir = str(Path(__file__).resolve().parent)
sys.path.insert(0, chdir)

from app.access.gate import Access
from app.errors import ConfigurationError
from app.faas.bucket_allow_list import BucketAllowList
from app.fetching.allow_list import AllowList
from app.log_format import logging_config
from app.settings import REPLACEMENT_FLAG, Settings
from app.slot_plan import SlotPlan

_FROZEN_SECONDS = 5.0
"""The arbiter looks after its workers every second; after so long it was frozen, and gives them so long to wake up."""

try:
    # The keys in clear are for those who hash them: the workers would find them in here for as long as they live.
    _settings = Settings.from_env(os.environ).without_keys()
except ConfigurationError as _error:
    sys.exit(f"configuration error: {_error}")

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = [f"{_host}:{_settings.port}"]
worker_class = "app.server.buffered_worker.BufferedWorker"
worker_connections = _settings.max_connections
workers = _settings.workers
threads = SlotPlan.for_settings(_settings).answering_threads(_settings)
keepalive = _settings.keepalive_seconds
timeout = _settings.start_timeout_seconds
graceful_timeout = _settings.graceful_timeout_seconds
logconfig_dict = logging_config(_settings.log_level)
accesslog = None
forwarded_allow_ips = ""  # no peer may set the scheme or the script's name; see OCR_TRUSTED_PROXIES
control_socket_disable = True  # it would be opened under $HOME, which may not be writable
# The heartbeat file: memory where there is any (a container's /tmp may be a slow disk); Lambda has no /dev/shm.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# Must be set before prometheus_client is imported, which the workers do; a reload (SIGHUP) keeps the folder.
if workers == 1:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
elif "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="ocr-metrics-")


def _check_free(host, port):
    """Find out whether gRPC's port can be had: workers share it, and not only with each other.

    Raises:
        ConfigurationError: It cannot.
    """
    if port:
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        with socket.socket(family) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host.strip("[]"), port))
            except OSError as error:
                raise ConfigurationError(f"OCR_GRPC_PORT={port}: {error.strerror}") from None


def on_starting(server):
    """Stop a start with keys, origins or hosts that cannot be used; a reload goes on, with workers that are lenient.

    And let the arbiter not take workers for hung that were frozen with it, as function platforms do between requests:
    when it finds that it has not looked for long itself, it gives them a while to say that they live.
    """
    try:
        Access.for_settings(Settings.from_env(os.environ))
        AllowList.parse(_settings.url_hosts)
        BucketAllowList.parse(_settings.buckets)
        _check_free(_host, _settings.grpc_port)
    except ConfigurationError as error:
        sys.exit(f"configuration error: {error}")
    judge, last_look, patience_ends = server.murder_workers, time.monotonic(), 0.0

    def murder_workers():
        nonlocal last_look, patience_ends
        now = time.monotonic()
        if now - last_look > _FROZEN_SECONDS:
            patience_ends = now + _FROZEN_SECONDS
        last_look = now
        if now >= patience_ends:
            judge()

    server.murder_workers = murder_workers


def post_fork(server, worker):
    """Mark workers that replace another, and let them forget the keys; the arbiter keeps both for later workers."""
    server.cfg.env_orig.pop("OCR_API_KEYS", None)
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
