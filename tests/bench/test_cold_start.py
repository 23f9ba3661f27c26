"""What a cold start is said to cost."""

from bench.cold_start.result import ColdStartResult, Start, StartRow, sections
from bench.report.provenance import new_document, now


def test_parts_are_medians_with_their_ends() -> None:
    """Of three starts the middle one; the interpreter, which the service counts with its imports, is taken off them."""
    starts = tuple(Start(0.1, 0.4 + n / 10, 1.0, 0.2, 2.0 + n, 3.0 + n) for n in range(3))
    result = ColdStartResult((StartRow("cold", "kept", starts),))
    document = new_document("cold-start", "tiny", settings={}, service={}, result=result, started_at=now())
    ((table,),) = [section.parts for section in sections([document])]
    parts = ("0.10", "0.40 (0.30 to 0.50)", "1.00", "0.20", "3.00 (2.00 to 4.00)", "4.00 (3.00 to 5.00)")
    assert table.rows == (("cold", "kept", "3", *parts),)
