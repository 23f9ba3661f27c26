"""Which addresses are one client."""

import pytest

from app.access.addresses import UNKNOWN, client_of


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN),
        ("unknown", UNKNOWN),
        ("_hidden", UNKNOWN),
        ("203.0.113.777", UNKNOWN),
        ("[", UNKNOWN),
        ("1:2:3", UNKNOWN),
    ],
)
def test_an_address_is_one_client(address, client):
    """IPv4 by address, IPv6 by /64, whatever port a proxy adds; all that is no address is one client, and no error."""
    assert client_of(address) == client
