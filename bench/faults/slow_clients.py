"""Clients that send or read one byte a second."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from bench.dialects import WireRequest

PACE_S = 1.0
SMALL_BUFFER = 4096
"""What a slow reader's kernel takes for it, about the least that Linux allows."""


async def slow_senders(url: str, wire: WireRequest, count: int, seconds: float) -> Counter[str]:
    """Open so many connections that send one byte a second of a request's body; return what became of them."""
    return Counter(await asyncio.gather(*(_send_slowly(url, wire, seconds) for _ in range(count))))


async def slow_readers(url: str, wire: WireRequest, count: int, seconds: float) -> Counter[str]:
    """Open so many connections that send a whole request and read its answer at a byte a second."""
    return Counter(await asyncio.gather(*(_read_slowly(url, wire, seconds) for _ in range(count))))


def head_of(url: str, wire: WireRequest) -> bytes:
    """Return the head of a request as it goes over the wire."""
    lines = [f"POST {wire.path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", f"Content-Length: {len(wire.body)}"]
    lines += [f"{name}: {value}" for name, value in wire.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _send_slowly(url: str, wire: WireRequest, seconds: float) -> str:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    except OSError:
        return "no connection"
    answer = asyncio.ensure_future(reader.readline())
    try:
        writer.write(head_of(url, wire))
        for place in range(len(wire.body)):
            await asyncio.wait([answer], timeout=PACE_S)
            if answer.done() or loop.time() >= end:
                break
            writer.write(wire.body[place : place + 1])
        return _told(answer.result()) if answer.done() else "still open"
    except OSError:
        return "closed"
    finally:
        answer.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await answer
        writer.close()


async def _read_slowly(url: str, wire: WireRequest, seconds: float) -> str:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    connection.setblocking(False)
    read = bytearray()
    try:
        await loop.sock_connect(connection, (urlsplit(url).hostname, urlsplit(url).port))
        await loop.sock_sendall(connection, head_of(url, wire) + wire.body)
        while (left_s := end - loop.time()) > 0:
            byte = await asyncio.wait_for(loop.sock_recv(connection, 1), left_s)
            if not byte:
                return f"closed, {_told(bytes(read))}"
            read += byte
            await asyncio.sleep(min(PACE_S, left_s))
    except TimeoutError:
        pass
    except OSError:
        return "closed"
    finally:
        connection.close()
    return "still reading" if read else "nothing to read yet"


def _told(line: bytes) -> str:
    words = line.split(None, 2)
    return f"answered {words[1].decode('ascii', 'replace')}" if len(words) > 1 else "closed"
