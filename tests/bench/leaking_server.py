"""A program: a service that keeps two MiB of each request. It prints its port and serves until its input ends."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEPT = []
ANSWER = json.dumps({"timings_ms": {"total": 1.0}, "pages": [{"lines": []}]}).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers ``POST`` like the service."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        """Keep memory, and answer well."""
        self.rfile.read(int(self.headers["Content-Length"]))
        KEPT.append(bytearray(b"x") * (2 << 20))
        self.reply(200, ANSWER)

    def do_GET(self):
        """There is nothing else."""
        self.reply(404, b"")

    def reply(self, status, body):
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
