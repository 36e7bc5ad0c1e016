"""The gate must name every kind of fault that a rule can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from paconvert.catalog.coverage import fate
from paconvert.catalog.data import ProofRecord, Proofs
from paconvert.rules.load import Rules
from paconvert.rules.model import Rule
from tests.paired.run import Outcome, Status
from tools import docs, mapping, release
from tools.check import (
    check_docs,
    check_file,
    check_proofs,
    check_proven,
    check_public,
    check_signature,
    check_target,
)
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


def probe(**facts: Any) -> dict[str, Any]:
    empty = {"exists": True, "parameters": [], "exact": True, "open": False, "aliases": [], "calls": []}
    return {**empty, "defaults": {}, "keyword_only": [], **facts}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"parameters": ["input", "dim"], "keyword_only": ["out"]}, "does not take out"),
        ({"parameters": ["input", "dim", "out", "new"]}, "takes new, which no signature has"),
        ({"parameters": ["dim", "input", "out"], "keyword_only": ["out"]}, "dim, input by position"),
        (
            {"parameters": ["input", "dim", "out"], "keyword_only": ["out"], "defaults": {"dim": "0"}},
            "default of dim is 0",
        ),
        ({"parameters": ["input", "out"], "exact": False, "calls": [["input", "out"]]}, "do not have dim"),
        (
            {"parameters": ["input", "dim", "out"], "exact": False, "calls": [["dim", "input"]]},
            "no form of torch's takes input, dim in this order",
        ),
    ],
)
def test_a_signature_is_that_of_the_installed_torch(
    facts: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.check.proofs", lambda _: {})
    found = list(check_signature(Rule("torch.f", GOOD), probe(**facts)))
    assert any(message in fault for fault in found), found


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (probe(exists=False), "no paddle.nn.functional.relu"),
        (probe(parameters=["x", "axis"]), "does not take input"),
        (probe(parameters=["x", "axis"], aliases=["input", "dim"]), ""),
        (probe(open=True), ""),
    ],
)
def test_a_target_takes_what_it_is_given(target: dict[str, Any], message: str) -> None:
    found = list(check_target(Rule("torch.f", GOOD), {"paddle.nn.functional.relu": target}))
    assert any(message in fault for fault in found) if message else not found, found


def test_proofs_must_have_run_as_things_are_now() -> None:
    run = Proofs({}, {"torch.cat": ProofRecord("key", 3), "torch.dog": ProofRecord("key", missing="box")})
    assert list(check_proven("torch.cat", run, "key")) == []
    assert list(check_proven("torch.dog", run, "key")) == []
    assert "changed since its proofs ran" in next(check_proven("torch.cat", run, "other"))
    assert "have not run" in next(check_proven("torch.abs", run, "key"))


def test_pages_that_are_out_of_date_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "texts", lambda: {docs.FOLDER / "torch.md": "new", docs.README: "new"})
    found = [path.name for path, text in docs.outdated() if text == "new"]
    assert found == ["torch.md", "README.md"]
    assert "python -m tools docs" in str(next(check_docs()))


def test_the_table_keeps_its_place() -> None:
    text = f"before\n{docs.BEGIN}\nold\n{docs.END}\nafter\n"
    assert docs.with_table(text, "| new |") == f"before\n{docs.BEGIN}\n| new |\n{docs.END}\nafter\n"
    with pytest.raises(ValueError, match="marks"):
        docs.with_table("nothing", "| new |")


def test_public_names_of_the_installed_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.check.load_public", lambda: {"torch.a": "", "torch.gone": ""})
    monkeypatch.setattr("tools.check.current_public", lambda: {"torch.a": "", "torch.new": ""})
    message = str(next(check_public()))
    assert "1 new" in message and "1 gone" in message


def outcome(name: str, status: Status, form: str = "code") -> Outcome:
    return Outcome(name, 0, form, status, "a\n message")


def test_a_release_tells_what_broke_and_what_could_be_simpler() -> None:
    outcomes = [
        outcome("torch.a", Status.SAME),
        outcome("torch.b", Status.SAME),
        outcome("torch.b", Status.DIFFERENT, "keyword"),
        outcome("torch.c", Status.MISSING),
        outcome("torch.d", Status.REFUSED),
    ]
    broken = release.bad_names(outcomes)
    assert broken == {"torch.b": "keyword: different: a message"}
    assert release.proven_names(outcomes) == ["torch.a"]
    assert release.changed_names({"a": "", "b": ""}, {"b": "", "c": ""}) == (["c"], ["a"])
    loaded = Rules(
        {"torch.a": GOOD, "torch.b": {**GOOD, "to": "helpers.b"}, "torch.c": {**GOOD, "to": "{input} + 1"}},
        Rules.load().facts,
    )
    assert list(release.composed(["torch.a", "torch.b", "torch.c"], loaded)) == ["torch.b", "torch.c"]
    lines = "\n".join(
        release.report({"torch": "3"}, broken, ["torch.a"], ["torch.new"], ["torch.old"], {"torch.old": GOOD})
    )
    for part in ("broken: 1", "torch.a -> paddle.a", "new in torch: 1, 1 of them", "torch.old (converted)"):
        assert part in lines
