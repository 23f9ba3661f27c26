"""Measurements on disk."""

from dataclasses import dataclass

import pytest

from bench.errors import BenchError
from bench.report.document import FORMAT, read_documents, write_documents
from bench.report.provenance import new_document, now
from tests.bench.report_samples import document


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with what JSON has no type for."""

    latencies: tuple[float, ...]
    by_cause: dict[str, int]
    miss: str | None = None


def test_documents_come_back_from_disk_as_they_were(tmp_path):
    """What is written is what is read, and the result becomes its dataclass again; the folder is made."""
    path = tmp_path / "new" / "result.json"
    outcome = Outcome((0.25, 1.5), {"timeout": 2})
    written = [
        new_document("load", "a", settings={"rate": 1.5}, service={}, result=outcome, started_at=now()),
        document("soak", "b \N{GREEK SMALL LETTER MU} </script>"),
    ]

    write_documents(path, written)

    read = read_documents(path)
    assert read == written
    assert read[0].result_as(Outcome) == outcome


def test_a_result_of_another_form_is_named_as_such():
    """A result that is not the asked dataclass is an error of one line that names the command and the label."""
    with pytest.raises(BenchError, match="load of this service: not a result of this version"):
        document(result={"latencies": "soon"}).result_as(Outcome)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is no result"),
        (b"\xff", "is no result"),
        (b"[]", "is no result"),
        (b'{"format": "ppocr-bench/1", "documents": [{}]}', "is no result"),
        (b'{"format": "ppocr-bench/999", "documents": []}', f"this reads {FORMAT!r}"),
    ],
)
def test_a_broken_file_is_an_error_of_one_line(tmp_path, content, says):
    """Whatever is wrong with a file, the error names it and says what was expected."""
    path = tmp_path / "broken.json"
    path.write_bytes(content)

    with pytest.raises(BenchError) as caught:
        read_documents(path)

    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_is_an_error_of_one_line(tmp_path):
    """A file that is not there is named."""
    with pytest.raises(BenchError, match=r"cannot read .*absent\.json"):
        read_documents(tmp_path / "absent.json")
