"""Which addresses count as one client."""

import ipaddress

UNKNOWN = "unknown"


def client_of(address: str) -> str:
    """The client at *address*: the address itself, of IPv6 its /64, which is the least that anyone is given.

    Some proxies write a port behind it. What is no address is one client together: `UNKNOWN`.
    """
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(parsed) >> 64 << 64)}/64"
