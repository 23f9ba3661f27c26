"""Which addresses are public."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from app.fetching.addresses import is_public

NEVER_V4 = {
    "this host": ["0.0.0.0", "0.1.2.3"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.255"],
    "carrier NAT": ["100.64.0.1", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.1.2.3", "127.255.255.255"],
    "link-local": ["169.254.0.1", "169.254.169.254", "169.254.170.2"],
    "metadata elsewhere": ["100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "protocols": ["192.0.0.1", "192.0.0.170", "192.88.99.1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255"],
    "reserved": ["240.0.0.1", "255.255.255.254", "255.255.255.255"],
}
NEVER_V6 = {
    "unspecified": ["::"],
    "loopback": ["::1"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fd20:ce::254", "fdff::1"],
    "link-local": ["fe80::1", "febf::1", "fe80::1%eth0"],
    "with a zone": ["2606:4700::1111%eth0"],
    "site-local": ["fec0::1"],
    "multicast": ["ff02::1", "ff0e::1"],
    "discard": ["100::1"],
    "documentation": ["2001:db8::1", "3fff::1"],
    "not given out": ["4000::1", "5f00::1", "8000::1"],
    "a public IPv4 address mapped": ["::ffff:8.8.8.8", "::ffff:0:8.8.8.8"],
    "IPv4-compatible": ["::8.8.8.8", "::7f00:1"],
    "6to4": ["2002:7f00:1::", "2002:808:808::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"],
    "ISATAP": ["2606:4700::5efe:7f00:1", "2606:4700::200:5efe:808:808"],
    "local NAT64": ["64:ff9b:1::808:808"],
}
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "192.169.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "64:ff9b::8.8.8.8",
]


def cases(table):
    """Every address of a table with its class."""
    return [pytest.param(text, id=f"{kind}: {text}") for kind, texts in table.items() for text in texts]


@pytest.mark.parametrize("text", cases(NEVER_V4 | NEVER_V6))
def test_what_is_not_on_the_internet_is_never_public(text):
    """Every class of special address is refused, and every IPv6 form that wraps an IPv4 address."""
    assert is_public(ip_address(text)) is False


@pytest.mark.parametrize("text", cases(NEVER_V4))
def test_a_translator_opens_no_way_in(text):
    """NAT64 wraps what is not public: mapped, compatible, 6to4, NAT64 forms of every such IPv4 address are refused."""
    inner = int(IPv4Address(text))
    prefixes = ("::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::", "::ffff:0:0:0")
    wrapped = [IPv6Address(int(IPv6Address(prefix)) | inner) for prefix in prefixes]
    wrapped.append(IPv6Address(0x2002 << 112 | inner << 80))
    wrapped.append(IPv6Address(0x20010000 << 96 | inner << 64 | inner ^ 0xFFFFFFFF))
    assert [str(address) for address in wrapped if is_public(address)] == []


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_public(text):
    """Addresses beside the special networks, and a public one behind a translator, may be fetched from."""
    assert is_public(ip_address(text)) is True


def test_no_address_is_public_that_the_library_calls_special():
    """The rules are never weaker than the standard library's own, at ten thousand random addresses."""
    dice = random.Random(1)
    for _ in range(5000):
        for address in (IPv4Address(dice.getrandbits(32)), IPv6Address(0x2 << 124 | dice.getrandbits(124))):
            if is_public(address):
                assert address.is_global
                assert not any((address.is_multicast, address.is_private, address.is_reserved, address.is_link_local))
