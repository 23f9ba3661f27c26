"""What `make check-deploy` stands on: a judge that lets a broken copy pass is found out, and so is a file without."""

from typing import ClassVar

import pytest
import yaml

from deploy.checks import __main__ as command
from deploy.checks import manifest
from deploy.checks.manifest import Manifest, broken, documents, mismatches
from deploy.checks.sdk_schemas import of_huawei_model, of_tencent_model

_SCHEMA = {"type": "object", "properties": {"port": {"type": "integer"}}, "additionalProperties": False}


def judge(text):
    """By a small schema."""
    [document] = documents(text)
    return mismatches(document, _SCHEMA)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of manifests with one in it."""
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "service.yaml").write_text("port: 9000\n")
    monkeypatch.setattr(manifest, "ROOT", tmp_path)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    return tmp_path / "platform"


@pytest.fixture
def run(monkeypatch):
    """`python -m deploy.checks` over one platform with these manifests; the exit status."""

    def run_with(*manifests):
        module = type("Module", (), {"MANIFESTS": manifests})
        monkeypatch.setattr(command, "import_module", lambda _: module)
        return command.main(["platform"])

    return run_with


def test_a_manifest_that_is_right_passes(folder, run, capsys):
    """Status 0, with its broken copies refused."""
    assert run(Manifest("platform/service.yaml", judge, (("port:", "prt:"), ("9000", "http")))) == 0
    assert "ok    platform/service.yaml (2 broken copies)" in capsys.readouterr().out


def test_a_manifest_that_is_wrong_fails(folder, run, capsys):
    """Status 1, and the reason with the place."""
    (folder / "service.yaml").write_text("port: '9000'\n")
    assert run(Manifest("platform/service.yaml", judge, ())) == 1
    assert "$.port: '9000' is not of type 'integer'" in capsys.readouterr().out


def test_a_judge_that_notices_nothing_fails(folder, run, capsys):
    """A check that passes a broken copy is as bad as a manifest that is broken."""
    assert run(Manifest("platform/service.yaml", lambda _: [], (("port:", "prt:"),))) == 1
    assert "passes with 'prt:' for 'port:'" in capsys.readouterr().out


def test_a_file_without_a_check_fails(folder, run, capsys):
    """Nothing lies in a platform's folder unchecked."""
    (folder / "other.yaml").write_text("a: 1\n")
    assert run(Manifest("platform/service.yaml", judge, ())) == 1
    assert "WRONG platform/other.yaml has no check" in capsys.readouterr().out


def test_a_breakage_that_breaks_nothing_is_an_error():
    """A manifest that was changed under its breakage is told, not passed over."""
    with pytest.raises(LookupError, match="prot"):
        broken("port: 9000", "prot", "x")


def test_a_key_that_stands_twice_is_refused():
    """YAML readers silently keep one of the two."""
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        documents("a: 1\nb: {c: 1, c: 2}\n")
    assert documents("x: &x {a: 1}\ny: {<<: *x, a: 2}\n") == [{"x": {"a": 1}, "y": {"a": 2}}]


class Annotated:
    """As Huawei Cloud's SDK spells its models."""

    openapi_types: ClassVar = {"names": "list[str]", "tags": "dict(str, str)", "is_on": "bool"}
    attribute_map: ClassVar = {"names": "names", "tags": "tags", "is_on": "isOn"}


@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ({"names": ["a"], "tags": {"a": "b"}, "isOn": True}, True),
        ({"names": "a"}, False),
        ({"tags": {"a": 1}}, False),
        ({"is_on": True}, False),
        ({"isOn": "true"}, False),
    ],
)
def test_a_model_of_an_sdk_becomes_a_strict_schema(value, is_right):
    """Keys as on the wire, types as the model says, and nothing else."""
    assert (not mismatches(value, of_huawei_model(Annotated))) is is_right


class Documented:
    """As Tencent Cloud's SDK spells its models."""

    def __init__(self):
        """:param _Size: how large
        :type Size: int
        :param _Names: what they are called
        :type Names: list of str
        """


@pytest.mark.parametrize(
    ("value", "is_right"),
    [({"Size": 1, "Names": ["a"]}, True), ({"Size": "1"}, False), ({"Names": [1]}, False), ({"size": 1}, False)],
)
def test_types_are_read_from_docstrings_where_they_stand_nowhere_else(value, is_right):
    """Tencent Cloud's models have no annotations."""
    assert (not mismatches(value, of_tencent_model(Documented))) is is_right
