"""Which addresses lie on the public internet, and may be connected to for a stranger."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NO_ORIGIN_V4 = tuple(
    IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890); a cloud has its metadata service at 192.0.0.192
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "168.63.129.16/32",  # public by number, but a cloud's own service to its machines
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that the IANA has given out of IPv6 (RFC 4291, 2.4); whatever lies outside is not on the internet."""

_NO_ORIGIN_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them, which wraps an IPv4 address (RFC 6890, RFC 4380)
        "2002::/16",  # 6to4, which wraps an IPv4 address (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address behind a translator (RFC 6052): how a network that has only IPv6 reaches the rest."""

_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""Upper half of an interface identifier that wraps an IPv4 address (RFC 5214)."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether *address* is a public one.

    Not private, loopback, link-local, carrier NAT, multicast, reserved, documentation or a cloud's metadata, and no
    IPv6 form that wraps an IPv4 address: but for NAT64, and there the wrapped address must be public itself.
    """
    if isinstance(address, IPv4Address):
        return _is_public_v4(address)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GLOBAL_UNICAST or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return address.is_global and not any(address in network for network in _NO_ORIGIN_V6)


def _is_public_v4(address: IPv4Address) -> bool:
    # is_global: in none of the networks of the IANA's registry of special addresses, 100.64.0.0/10 included.
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _NO_ORIGIN_V4)
