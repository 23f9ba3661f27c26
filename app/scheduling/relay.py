"""What one thread makes piece by piece, for another that takes it as it comes."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from app.errors import UnavailableError

PieceT = TypeVar("PieceT")
ResultT = TypeVar("ResultT")


def relayed(
    make: Callable[[Callable[[PieceT], None]], ResultT], give_up: Callable[[], None]
) -> Generator[PieceT, None, ResultT]:
    """The pieces that *make* hands on, each as soon as it does, and at the end what it returns.

    It runs in a thread of its own, whether or not its pieces are taken. Who closes this before its end has *give_up*
    called, and waits until *make* has ended.

    Raises:
        BaseException: What *make* raises, behind all its pieces.
        UnavailableError: There is no thread to be had.
    """
    pieces: SimpleQueue[PieceT | Future[ResultT]] = SimpleQueue()
    outcome: Future[ResultT] = Future()

    def work() -> None:
        try:
            outcome.set_result(make(pieces.put))
        except BaseException as error:  # noqa: BLE001 - whatever it is, who takes the pieces hears of it
            outcome.set_exception(error)
        pieces.put(outcome)

    thread = threading.Thread(target=work, name="relay", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise UnavailableError("there is no thread to be had") from error
    try:
        while not isinstance(piece := pieces.get(), Future):
            yield piece
    except BaseException:
        give_up()
        raise
    finally:
        thread.join()
    return outcome.result()
