"""The gate must name every kind of fault that a rule can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from paconvert.catalog.coverage import fate
from tools import mapping
from tools.check import check_file, check_proofs
from tools.mapping import read_file

GOOD = {"signature": "(input, dim=None, *, out=None)", "to": "paddle.nn.functional.relu", "returns": "Tensor"}


@pytest.fixture
def faults_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tools.check.ROOT", tmp_path)

    def check(entries: dict[str, Any] | str) -> list[str]:
        path = tmp_path / "torch.json"
        path.write_text(
            entries if isinstance(entries, str) else json.dumps(entries, indent=2), encoding="utf-8"
        )
        file = read_file(path)
        return [str(fault) for fault in check_file(file, file.entries, with_proofs=False)]

    return check


def test_a_good_entry_has_no_fault(faults_of: Any) -> None:
    assert faults_of({"torch.cat": GOOD}) == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "is not valid under any"),
        ({"to": "paddle.cat", "drop": "no"}, "is valid under each of"),
        ({**GOOD, "colour": "red"}, "colour"),
        ({**GOOD, "signature": "(input, input)"}, "a parameter twice"),
        ({**GOOD, "signature": "(input, =)"}, "not Python"),
        ({**GOOD, "to": "{input} +"}, "not Python"),
        ({**GOOD, "to": "paddle.f({input}, {input}, {dim})"}, "more than once"),
        ({**GOOD, "to": "paddle.f({input})"}, "dim is lost"),
        ({**GOOD, "to": "paddle.f({input}, {dim}, {axis})"}, "{axis}, which is no parameter"),
        ({**GOOD, "to": "helpers.no_such_helper"}, "no helper no_such_helper"),
        ({**GOOD, "arguments": {"axis": "dim"}}, "`arguments` names axis"),
        ({**GOOD, "when": {"dim": "perhaps"}}, "perhaps"),
        ({"alias": "torch.no"}, "has no entry"),
        ({"signature": "()", "overloads": [{"to": "a"}, {"to": "b"}]}, "never taken"),
    ],
)
def test_faults_of_an_entry(entry: dict[str, Any], message: str, faults_of: Any) -> None:
    assert any(message in fault for fault in faults_of({"torch.cat": entry})), faults_of({"torch.cat": entry})


def test_faults_name_file_line_and_entry(faults_of: Any) -> None:
    found = faults_of({"torch.abs": GOOD, "torch.cat": {**GOOD, "to": "paddle.f({input})"}})
    assert found == [
        "torch.json:7: torch.cat: dim is lost: the template does not use it, and it is not in `ignore`"
    ]


def test_order_repetition_and_namespace(faults_of: Any) -> None:
    assert "sorted" in faults_of({"torch.b": GOOD, "torch.a": GOOD})[0]
    assert "belongs in torch.nn.json" in faults_of({"torch.nn.a": GOOD})[0]
    entry = json.dumps(GOOD)
    assert "twice" in faults_of(f'{{\n  "torch.a": {entry},\n  "torch.a": {entry}\n}}')[0]


def test_an_alias_of_an_alias(faults_of: Any) -> None:
    found = faults_of({"torch.a": {"alias": "torch.b"}, "torch.b": {"alias": "torch.c"}, "torch.c": GOOD})
    assert "name torch.c" in found[0]


def test_pinned_and_ignored_arguments_are_not_lost(faults_of: Any) -> None:
    pinned = {**GOOD, "to": "paddle.f({input})", "when": {"dim": "= None"}}
    rest = {"signature": GOOD["signature"], "to": "paddle.f"}
    assert faults_of({"torch.a": {"overloads": [pinned, rest]}}) == []
    assert (
        faults_of({"torch.a": {**GOOD, "to": "paddle.f({input})", "ignore": {"dim": "no difference"}}}) == []
    )


def test_unproven_arguments_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from paconvert.rules.model import Rule

    monkeypatch.setattr("tools.check.proofs", lambda _: {"torch.cat": [{"code": "y = torch.cat(x)"}]})
    assert list(check_proofs(Rule("torch.cat", GOOD))) == ["no proof gives dim"]


def test_helpers_have_unique_names() -> None:
    assert mapping.repeated_helpers() == {}
    assert list(mapping.renamed_helpers()) == []


def test_what_became_of_names_without_an_entry() -> None:
    entries = {
        "torch.A": {"unsupported": "no", "advice": "none"},
        "torch.B": {"to": "paddle.B", "bases": ["torch.Base"]},
        "torch.Base.share": {"to": ".share"},
        "torch.c.A": {"alias": "torch.B"},
        "torch.B.own": {"to": ".own"},
    }
    names = ["torch.A.run", "torch.B.share", "torch.B.left", "torch.c.A.own", "torch.c.A.left"]
    names += ["torch.A", "torch.B", "torch.c.A", "torch.same"]
    public = dict.fromkeys(names, "") | {"torch.same": "torch.B"}
    assert {name: fate(name, entries, public) for name in names} == {
        "torch.A.run": "unsupported",
        "torch.B.share": "alias",
        "torch.B.left": "no entry",
        "torch.c.A.own": "alias",
        "torch.c.A.left": "no entry",
        "torch.A": "unsupported",
        "torch.B": "converted",
        "torch.c.A": "alias",
        "torch.same": "alias",
    }
