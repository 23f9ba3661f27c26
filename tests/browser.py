"""A real browser for the tests: headless Chromium, spoken to over a pipe (https://chromedevtools.github.io/devtools-protocol).

On Debian and Ubuntu: apt-get install chromium.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in _NAMES if (path := shutil.which(name))), None)
_PATIENCE_SECONDS = 60
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
# The browser reads commands from descriptor 3 and writes to 4, which are not free in this process.
_LAUNCHER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Page:
    """A page of the browser.

    requested: the addresses that it asked for, its own first. complaints: errors and warnings of its console.
    """

    def __init__(self, commands: int, answers: int) -> None:
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self._commands, self._answers = commands, answers
        self._incoming = b""
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return what it results in."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._observe(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, url: str) -> None:
        """Go to *url*."""
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of what it promises."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never came true: {expression}\n{self.evaluate('document.body.innerText')}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click on the first element that *selector* finds, once there is one."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        """Type *text* into the first element that *selector* finds."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key by the name that the DOM has for it."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def point_at(self, selector: str) -> None:
        """Move the pointer to the middle of the first element that *selector* finds."""
        place = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.evaluate(f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({place})")
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screen(self, width: int, height: int, scale: float = 1, *, phone: bool = False) -> None:
        """Show pages on a screen of so many CSS pixels; a phone's is touched."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    def prefer(self, **features: str) -> None:
        """Set media features, with underscores for their hyphens."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=named)

    def screenshot(self, selector: str = "html") -> bytes:
        """A PNG of what is to be seen of the first element that *selector* finds."""
        place = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        clip = self.evaluate(f"(({{x, y, width, height}}) => ({{x, y, width, height}}))({place})") | {"scale": 1}
        more = {} if selector == "html" else {"clip": clip}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"])

    def choose(self, selector: str, *files: Path) -> None:
        """Choose *files* in the file input that *selector* finds."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        found = self.call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        self.call("DOM.setFileInputFiles", objectId=found["result"]["objectId"], files=[str(file) for file in files])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._incoming:
            assert select.select([self._answers], [], [], _PATIENCE_SECONDS)[0], "the browser does not answer"
            data = os.read(self._answers, 1 << 20)
            assert data, "the browser is gone"
            self._incoming += data
        message, _, self._incoming = self._incoming.partition(b"\0")
        return json.loads(message)

    def _observe(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requested.append(told["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if told["type"] in {"error", "warning", "assert"}:
                self.complaints.append(json.dumps(told["args"]))
            case "Log.entryAdded" if told["entry"]["level"] in {"error", "warning"}:
                self.complaints.append(json.dumps(told["entry"]))


@contextlib.contextmanager
def browser_page(folder: Path) -> Iterator[Page]:
    """A page in a browser of its own, whose profile is in *folder*."""
    assert BROWSER
    read_commands, commands = os.pipe()
    answers, write_answers = os.pipe()
    # Above the descriptors that the launcher overwrites.
    handed = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in (read_commands, write_answers)]
    command = [sys.executable, "-c", _LAUNCHER, *map(str, handed), BROWSER, *_FLAGS, f"--user-data-dir={folder}"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, pass_fds=handed, stdin=quiet, stdout=quiet, stderr=quiet)
    for descriptor in (read_commands, write_answers, *handed):
        os.close(descriptor)
    try:
        yield Page(commands, answers)
    finally:
        os.close(commands)  # at which it ends
        os.close(answers)
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
