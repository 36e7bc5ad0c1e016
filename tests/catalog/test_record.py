"""The record of an API says of each argument what becomes of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from paconvert.catalog.coverage import grouped, table
from paconvert.catalog.data import ProofRecord, Proofs, Sample, dump_proofs, load_proofs
from paconvert.catalog.example import example_of
from paconvert.catalog.record import ProofStatus, describe
from paconvert.rules.load import Rules

FACTS = Rules.load().facts
CLASS = {"to": "paddle.Tensor", "returns": "instance"}


def rules(**entries: dict[str, Any]) -> Rules:
    found = {f"torch.{name.replace('__', '.')}": entry for name, entry in entries.items()}
    return Rules(found, FACTS)


def way(entry: dict[str, Any], name: str = "f") -> Any:
    return describe(f"torch.{name}", rules(**{name.replace(".", "__"): entry}), Proofs()).ways[0]


@pytest.mark.parametrize(
    ("entry", "difference", "paddle"),
    [
        ({"signature": "(x, n=1)", "to": "paddle.f"}, "same name", "paddle.f(x, n=1)"),
        ({"signature": "(x)", "to": "paddle.g"}, "renamed call", "paddle.g(x)"),
        (
            {
                "signature": "(x, dim=0)",
                "to": "paddle.f",
                "arguments": {"dim": "axis"},
                "add": {"name": "None"},
            },
            "arguments differ",
            "paddle.f(x, axis=0, name=None)",
        ),
        ({"signature": "(x, *, y=2)", "to": "{x} + {y} * paddle.one()"}, "template", "x + y * paddle.one()"),
        ({"signature": "(x)", "to": "helpers.f"}, "helper", "paddle_utils.f(x)"),
        ({"drop": "nothing is needed", "value": "helpers.f"}, "dropped", "paddle_utils.f"),
        ({"unsupported": "no", "advice": "wait"}, "unsupported", ""),
        ({"to": "paddle.f"}, "same name", "paddle.f"),
    ],
)
def test_kinds_and_forms(entry: dict[str, Any], difference: str, paddle: str) -> None:
    found = way(entry)
    assert (found.difference.value, found.paddle) == (difference, paddle)


def test_members_have_their_receiver() -> None:
    assert way({"signature": "(dim)", "to": ".f"}, "Tensor.f").paddle == "self.f(dim)"
    assert way({"signature": "(dim)", "to": "paddle.f"}, "Tensor.f").paddle == "paddle.f(self, dim)"
    assert way({"to": ".f"}, "Tensor.f").paddle == "self.f"


def test_arguments() -> None:
    entry = {
        "signature": "(input, dim=None, layout=None, *sizes, out=None, **more)",
        "to": "paddle.f",
        "arguments": {"dim": "axis"},
        "ignore": {"layout": "there is one"},
        "defaults": {"dim": "-1"},
        "add": {"mode": "helpers.mode"},
    }
    found = way(entry)
    assert [(a.torch, a.paddle, a.note) for a in found.arguments] == [
        ("input", "input", ""),
        ("dim=None", "axis", "`-1` when not given"),
        ("layout=None", "", "left out: there is one"),
        ("*sizes", "sizes", ""),
        ("out=None", "", "the result is written into it"),
        ("**more", "more", ""),
        ("", "mode", "always passed: `paddle_utils.mode`"),
    ]
    assert len(found.changed) == 4
    assert found.paddle == "paddle.f(input, axis=-1, *sizes, mode=paddle_utils.mode, **more)"
    assert not way({"signature": "(x, n=1)", "to": "paddle.f"}).changed


def test_conditions_in_words() -> None:
    overloads = [
        {"to": "a", "when": {"x": ["= 1", "absent"], "y": "not Tensor", "@same_kind": ["x", "y"]}},
        {"to": "b", "when": {"x": "given"}},
        {"to": "b"},
    ]
    found = describe("torch.f", rules(f={"signature": "(x, y)", "overloads": overloads}), Proofs()).ways
    assert [item.condition for item in found] == [
        "`x` is 1 or is not given; `y` is not a Tensor; `x` and `y` need no dtype promotion",
        "",
    ]


def test_proofs() -> None:
    entry = {"signature": "(x)", "to": "paddle.f"}
    known = {
        "torch.f": ProofRecord("k", 3),
        "torch.g": ProofRecord("k", missing="box"),
        "torch.h": ProofRecord(sample=Sample("", "y = torch.h(x)")),
    }
    proofs = Proofs({"torch": "2"}, known)
    loaded = rules(f=entry, g=entry, h=entry, d={"drop": "no"})
    found = {name: describe(f"torch.{name}", loaded, proofs).proof for name in "fghd"}
    assert (found["f"].status, found["f"].forms, found["f"].detail) == (ProofStatus.PROVEN, 3, "torch 2")
    assert (found["g"].status, found["g"].detail) == (ProofStatus.MISSING, "box")
    assert found["h"].status is ProofStatus.UNPROVEN
    assert found["d"].status is ProofStatus.NOT_NEEDED


def test_the_file_of_proofs_comes_back_as_it_was(tmp_path: Any) -> None:
    proofs = Proofs(
        {"torch": "2"}, {"torch.f": ProofRecord("k", 3, sample=Sample("x = 1", "y = torch.f(x)"))}
    )
    path = tmp_path / "proofs.json"
    path.write_text(dump_proofs(proofs))
    assert load_proofs(path) == proofs


def test_examples_are_converted() -> None:
    loaded = Rules.load()
    pair = example_of("torch.cat", loaded, Sample("a = torch.ones(2)", "b = torch.cat([a, a])"))
    assert pair is not None
    assert pair.paddle == "b = paddle.cat([a, a])"
    made = example_of("torch.Tensor.abs", loaded)
    assert made is not None
    assert (made.torch, made.paddle) == ("result = x.abs()", "result = x.abs()")
    assert example_of("torch.no_such_name", loaded) is None


def test_counts_by_namespace() -> None:
    entries = {
        "torch.a": {"to": "paddle.a"},
        "torch.b": {"alias": "torch.a"},
        "torch.c": {"drop": "no"},
        "torch.d": {"overloads": [{"unsupported": "no"}, {"to": "x"}]},
        "torch.fft.e": {"unsupported": "no"},
    }
    rows = table(entries, {"torch.a": "", "torch.x": "torch.a", "torch.fft.y": ""}, {"torch.a"}.__contains__)
    assert rows["torch"] == Counter(names=5, converted=2, proven=1, alias=2, dropped=1)
    assert (rows["torch.fft"]["unsupported"], rows["torch.fft"]["no entry"]) == (1, 1)
    assert list(grouped(rows, 3)) == ["torch", "torch: other"]
    assert list(grouped(rows, 2)) == ["torch", "torch.fft"]
    names = ("torch.nn.A.b", "torch.nn.utils.rnn", "torch._C.x", "box.a.b", "box")
    many = {name: Counter(names=9) for name in names}
    assert list(grouped(many, 3)) == ["box", "torch.nn", "torch.nn.utils", "torch: other"]
