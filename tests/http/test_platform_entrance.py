"""What stands in front of the application where a platform calls."""

from typing import Any

import pytest
from werkzeug.test import create_environ

from app.faas.contract import contract_of
from app.faas.platform import Platform
from app.http.platform_entrance import PlatformEntrance
from app.scheduling.occupancy import Occupancy


def test_a_request_is_in_until_its_answer_is_closed() -> None:
    """Who asks whether the instance is idle hears no while an answer is sent as it is made, and yes behind it."""
    occupancy, closed = Occupancy(), []

    def streaming(_: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            yield b"first"
            yield b"last"
        finally:
            closed.append(True)

    nobody: Any = None
    contract = contract_of(Platform.ALIBABA_FC)
    entrance = PlatformEntrance(streaming, contract, nobody, nobody, nobody, nobody, occupancy)
    answer: Any = entrance(create_environ("/info"), lambda *_: None)
    assert next(iter(answer)) == b"first"
    assert not occupancy.wait_empty(0)
    answer.close()
    assert closed == [True]
    assert occupancy.wait_empty(0)


def test_a_request_that_fails_is_no_longer_in() -> None:
    """Whatever becomes of it."""

    def failing(_: dict[str, Any], __: Any) -> Any:
        raise ZeroDivisionError

    occupancy, nobody = Occupancy(), None
    entrance = PlatformEntrance(failing, contract_of(Platform.ALIBABA_FC), *[nobody] * 4, occupancy)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        entrance(create_environ("/info"), lambda *_: None)
    assert occupancy.wait_empty(0)
