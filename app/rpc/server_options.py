"""The limits of the transport, as gRPC's library takes them."""

from app.settings import Settings

_FRAME_BYTES = 1 << 16
"""What a message has around an image: names, shapes, options."""

_PING_SECONDS = 60
"""After so long without a word a client is asked whether it is there."""

_PING_ANSWER_SECONDS = 20
_LEAST_PING_SECONDS = 10
"""Clients that ask more often than that are cut off."""

Options = list[tuple[str, int]]


def server_options(settings: Settings, connections: int) -> Options:
    """The options for *settings*. *connections*: as many may be open."""
    return [
        ("grpc.so_reuseport", 1),  # each worker listens for itself, a replacement while the one before it still does
        ("grpc.max_receive_message_length", settings.max_bytes + _FRAME_BYTES),  # unpacked, where it is compressed
        ("grpc.max_send_message_length", -1),  # answers are bounded by what was asked
        ("grpc.max_allowed_incoming_connections", connections),
        ("grpc.max_concurrent_streams", settings.max_connections),
        ("grpc.max_connection_idle_ms", 1000 * max(1, settings.keepalive_seconds)),
        ("grpc.keepalive_time_ms", 1000 * _PING_SECONDS),
        ("grpc.keepalive_timeout_ms", 1000 * _PING_ANSWER_SECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 1000 * _LEAST_PING_SECONDS),
    ]
