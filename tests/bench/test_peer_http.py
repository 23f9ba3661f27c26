"""The start of a contender that is a server, with a stand-in for it in a real process."""

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bench.child_process import Launch, free_port, running
from bench.client import OcrClient
from bench.dialects import dialect_named
from bench.errors import BenchError, RequestFailedError
from bench.peers import http_peer
from bench.peers.http_peer import HttpConnection, started_server
from tests.bench.processes import is_alive

SERVER = """
import http.server, json, os, sys, time
LINE = {"rec_txt": "text", "dt_boxes": [[0, 0], [5, 0], [5, 5]], "score": 0.5}
GOOD = 200, {"0": LINE}
EMPTY = 200, {}
BLANK = 200, {"0": LINE | {"rec_txt": " "}}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, document = PLAN.pop(0) if len(PLAN) > 1 else PLAN[0]
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
def serve():
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def server(tmp_path):
    """Return a function that starts a stand-in with this code and yields the started contender."""

    def start(code):
        port = free_port()
        (tmp_path / "server.py").write_text(SERVER + textwrap.dedent(code))
        launch = Launch([sys.executable, "-I", "server.py", str(port)], tmp_path, tmp_path / "logs" / "server.log")
        connection = HttpConnection(f"http://127.0.0.1:{port}", dialect_named("rapidocr-api"))
        return started_server("Peer 1", launch, connection)

    return start


def test_the_cold_start_ends_with_the_first_answer_that_has_text(server, monkeypatch):
    """Refused connections, errors, empty and blank answers are asked over again; only text ends the cold start."""
    asked = []
    read = OcrClient.read

    def watched(self, *arguments):
        try:
            prediction = read(self, *arguments)
        except RequestFailedError as error:
            asked.append(error.cause)
            raise
        asked.append([line.text for line in prediction.lines])
        return prediction

    monkeypatch.setattr(OcrClient, "read", watched)
    with server("PLAN = [(503, {}), (500, {}), EMPTY, BLANK, GOOD]; time.sleep(0.1); serve()") as peer:
        assert asked[0] == "connection"
        assert [answer for answer in asked if answer != "connection"] == ["http 500", [], [" "], ["text"]]
        assert peer.exec_to_first_answer_s >= 0.1
        assert peer.name == "Peer 1"


def test_it_is_the_process_that_was_started_and_it_ends_with_the_context(server):
    """The pid is that of the tree's top; it and every process that it made are gone afterwards."""
    code = """
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    PLAN = [(200, {"0": LINE | {"rec_txt": f"{os.getpid()} {child.pid}"}})]
    serve()
    """
    with server(code) as peer:
        (line,) = peer.connection.read(Path(__file__)).lines
        pids = [int(pid) for pid in line.text.split()]
        assert pids[0] == peer.pid
        assert all(map(is_alive, pids))
    assert not any(map(is_alive, pids))


def test_a_server_that_ends_at_its_start_shows_its_last_words(server):
    """A contender that does not start is one clear error with its status and the end of its log."""
    with pytest.raises(BenchError, match=r"(?s)Peer 1 ended with status 3.*no weights"):  # noqa: SIM117
        with server("print('no weights', file=sys.stderr); sys.exit(3)"):
            pass


def test_a_server_that_never_reads_anything_is_given_up(server, monkeypatch):
    """A contender that answers, and never with text, is one clear error; it is ended all the same."""
    monkeypatch.setattr(http_peer, "START_S", 0.5)
    with pytest.raises(BenchError, match="no answer with text"), server("PLAN = [EMPTY]; serve()"):
        pass


def test_a_reading_that_fails_says_how(server):
    """The causes of a single reading are those that the load generator counts."""
    with server("PLAN = [GOOD, (500, {'detail': 'broken'}), (200, [1]), GOOD]; serve()") as peer:
        with pytest.raises(RequestFailedError, match="http 500: broken"):
            peer.connection.read(Path(__file__))
        with pytest.raises(RequestFailedError, match="malformed"):
            peer.connection.read(Path(__file__))
        assert peer.connection.read(Path(__file__)).seconds > 0


def test_a_command_that_is_not_there_is_a_clear_error(tmp_path):
    """A missing interpreter ends in one line, not in a traceback."""
    launch = Launch([str(tmp_path / "nothing")], tmp_path, tmp_path / "log")
    with pytest.raises(BenchError, match="could not be started"), running(launch):
        pass


@pytest.mark.parametrize(("grace_s", "last_words"), [(30.0, "asked to end"), (0.0, "")])
def test_only_who_is_given_time_is_asked_to_end(tmp_path, grace_s, last_words):
    """With a grace period the process may put its things in order; without one it is killed at once."""
    code = """
    import signal, sys, time
    def leave(*_):
        print("asked to end", flush=True)
        sys.exit()
    signal.signal(signal.SIGTERM, leave)
    open("ready", "w").close()
    time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with running(Launch(command, tmp_path, tmp_path / "log", os.environ, grace_s)):
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
    assert (tmp_path / "log").read_text().strip() == last_words
