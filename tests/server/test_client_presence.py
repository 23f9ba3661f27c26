"""Who wants to know of a hang-up hears of it, once."""

from app.server.client_presence import ClientPresence


def test_a_hang_up_is_told_once_to_each():
    """Every callback runs once, one that comes too late at once, and one that fails keeps no other from it."""
    presence, told = ClientPresence(), []
    presence.on_hang_up(lambda: told.append(1))
    presence.on_hang_up(lambda: 1 / 0)
    presence.on_hang_up(lambda: told.append(2))
    assert told == []
    presence.hang_up()
    presence.hang_up()
    assert told == [1, 2]
    presence.on_hang_up(lambda: told.append(3))
    assert told == [1, 2, 3]
