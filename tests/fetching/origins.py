"""Origins for the tests: servers on the loopback that answer whatever they are told to, with TLS and without."""

import contextlib
import dataclasses
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = ip_address("127.0.0.1")
Answer = Callable[[socket.socket], None]


class Origin:
    """Answers each connection with the next of *answers*, the last one again and again; keeps what it was asked."""

    def __init__(self, answers: list[bytes | Answer], tls: ssl.SSLContext | None = None) -> None:
        self.answers, self.asked, self.connections = answers, [], 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            answer = self.answers[min(self.connections, len(self.answers) - 1)]
            self.connections += 1
            with contextlib.suppress(OSError):
                self._answer(connection, answer)
            connection.close()

    def _answer(self, connection: socket.socket, answer: bytes | Answer) -> None:
        connection.settimeout(10)
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                head += chunk
            self.asked.append(head.decode())
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(15)


def ok(body: bytes, *headers: str, length: int | None = -1) -> bytes:
    """A response with status 200; length: what it declares, None for nothing."""
    declared = len(body) if length == -1 else length
    lines = ["HTTP/1.1 200 OK", *headers] + ([] if declared is None else [f"Content-Length: {declared}"])
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(target: str, status: int = 302) -> bytes:
    """A response that leads elsewhere."""
    return f"HTTP/1.1 {status} Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


@dataclasses.dataclass
class Names:
    """Stands in for the resolver: each lookup of a name takes the next of its answers, the last one stays."""

    answers: dict[str, list[list[str]]]
    asked: list[str] = dataclasses.field(default_factory=list)

    def __call__(self, host: str, _port: int) -> list:
        """Look *host* up."""
        answers = self.answers[host]  # KeyError: no such name
        found = answers[min(self.asked.count(host), len(answers) - 1)]
        self.asked.append(host)
        return [ip_address(text) for text in found]


@dataclasses.dataclass
class Authority:
    """A certificate authority of the test's own."""

    folder: Path

    def __post_init__(self) -> None:
        """Make its key and its own certificate."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))

    def _sign(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> bytes:
        now = dt.datetime.now(dt.UTC)
        builder = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1))
        builder = builder.not_valid_after(now + dt.timedelta(hours=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def server(self, host: str, seen: list[str | None]) -> ssl.SSLContext:
        """A server's TLS for *host*; the names that clients ask for are appended to *seen*."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        certificate = self._sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, names)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / f"{host}.pem"
        file.write_bytes(certificate + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.sni_callback = lambda _socket, name, _context: seen.append(name)
        return context

    def client(self) -> ssl.SSLContext:
        """A client's TLS that trusts this authority alone, made as the service makes its own."""
        return ssl.create_default_context(cadata=self.certificate.decode())
