"""What an application's answer is made of on its way to the client."""

from app.server.request_answer import AnswerSink


def test_a_small_answer_leaves_in_one_piece():
    """Head and body are one write, and so one packet."""
    sink = AnswerSink()
    sink.sendall(b"head")
    sink.sendall(b"body")
    assert sink.take() == (b"headbody",)


def test_a_large_answer_is_not_copied():
    """What the application keeps in memory is sent from there: a client that reads slowly costs no copy of it."""
    sink, body = AnswerSink(), b"x" * 100_000
    sink.sendall(b"head")
    sink.sendall(body)
    head, sent = sink.take()
    assert head == b"head"
    assert sent is body
