"""Work that is done at the same time and handed on in order."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_AHEAD = 2
"""Times as many items as there are threads are begun before the first is done: a slow one holds up no thread soon."""


def in_turn(items: Iterable[ItemT], work: Callable[[ItemT], ResultT], threads: int) -> Generator[ResultT, None, None]:
    """What *work* makes of each of *items*, in their order, by so many *threads*.

    Of what is not taken yet no more is kept than `_AHEAD` allows. Who closes this does not wait for what is under way.

    Raises:
        BaseException: What *work* raised, in its turn.
    """
    orders: SimpleQueue[tuple[ItemT, Future[ResultT]] | None] = SimpleQueue()
    outcomes: deque[Future[ResultT]] = deque()

    def run() -> None:
        while order := orders.get():
            item, outcome = order
            try:
                outcome.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - whatever it is, who takes the results hears of it
                outcome.set_exception(error)
            del order, item, outcome  # a result may be large, and the next order a long time in coming

    for _ in range(threads):
        threading.Thread(target=run, name="file", daemon=True).start()
    try:
        for item in items:
            if len(outcomes) == _AHEAD * threads:
                yield outcomes.popleft().result()
            outcomes.append(Future())
            orders.put((item, outcomes[-1]))
        while outcomes:
            yield outcomes.popleft().result()
    finally:
        with suppress(Empty):
            while True:
                orders.get_nowait()
        for _ in range(threads):
            orders.put(None)
