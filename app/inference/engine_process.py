"""What runs in an engine's process: the models, and a thread for each picture that is worked on.

Between it and the worker go pickles: both are this service, and no byte of a client's is in them but pixels.
"""

import contextlib
import logging
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.engine_plan import EnginePlan
from app.engines.base import Image
from app.errors import EngineError, OcrError
from app.inference.loaded_engine import LoadedEngine, load
from app.pipeline.result import PageOptions, Run
from app.processes import shared_memory
from app.processes.channel import Channel, ChannelClosedError, Message
from app.scheduling.deadline import Deadline

_LOG = logging.getLogger(__name__)


def serve(channel: Channel, plan: EnginePlan) -> None:
    """Load what *plan* says, tell the other end of *channel*, and read the pictures that it sends until it closes."""
    try:
        engine = load(plan)
    except OcrError as error:
        channel.send(Message({"failed": True}, pickle.dumps(error)))
        return
    except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
        _LOG.critical("the engine cannot be loaded", exc_info=True)
        channel.send(Message({"failed": True}, pickle.dumps(EngineError(f"the engine cannot be loaded: {error}"))))
        return
    channel.send(Message({"load_seconds": engine.load_seconds, "warm_up_seconds": engine.warm_up_seconds}))
    serving = _Serving(engine, channel, plan.slots.active_requests)
    threading.Thread(target=serving.warm_ahead, name="warm-ahead", daemon=True).start()
    with contextlib.suppress(ChannelClosedError):
        while True:
            serving.take(channel.receive())
    engine.stop()


class _Serving:
    """Requests under way."""

    def __init__(self, engine: LoadedEngine, channel: Channel, threads: int) -> None:
        self._engine = engine
        self._channel = channel
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._deadlines: dict[int, Deadline] = {}

    def warm_ahead(self) -> None:
        """Make what may be wanted later while nobody waits, and tell when all of it is there."""
        self._engine.warm_ahead(lambda: not self._deadlines)
        with contextlib.suppress(ChannelClosedError):
            self._channel.send(Message({"warm": True}))

    def take(self, message: Message) -> None:
        """Begin, give up, or answer a question."""
        head = message.head
        if "ping" in head:
            self._channel.send(Message({"pong": True, "running": self._engine.running()}))
        elif "abandon" in head:
            with contextlib.suppress(KeyError):  # it was answered meanwhile
                self._deadlines[head["abandon"]].abandon()
        else:
            deadline = Deadline(*head["deadline"])
            self._deadlines[head["id"]] = deadline
            self._threads.submit(self._answer, message, deadline)

    def _answer(self, message: Message, deadline: Deadline) -> None:
        head, (file,) = message.head, message.files
        options: PageOptions = pickle.loads(message.blob)  # noqa: S301 - of this service's own process
        run = Run(head["ticket"], deadline, options, parts=[] if "parts" in head else None)
        answer = {"id": head["id"]}
        if run.parts is not None:
            answer["parts"] = run.parts
        try:
            image = _picture(file, head["height"], head["width"])
            blob = pickle.dumps((self._engine.pipeline.recognise(image, run), run.timings))
        except OcrError as error:
            answer, blob = answer | {"failed": True}, pickle.dumps(error)
        except Exception:  # noqa: BLE001 - the request must hear of it, and the engine serves on
            _LOG.exception("inference failed", extra={"run_seconds": round(time.monotonic() - deadline.span[1], 3)})
            answer, blob = answer | {"failed": True}, pickle.dumps(EngineError("inference failed; the log says why"))
        self._deadlines.pop(head["id"], None)
        with contextlib.suppress(ChannelClosedError):  # nobody wants it any more
            self._channel.send(Message(answer, blob))


def _picture(file: int, height: int, width: int) -> Image:
    memory = shared_memory.attach(file, height * width * 3)
    return np.frombuffer(memory, np.uint8).reshape(height, width, 3)
