"""The pages render the records, and examples come from the proofs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from paconvert.catalog.data import ProofRecord, Proofs, Sample
from paconvert.catalog.record import Example, describe
from paconvert.rules.load import Rules
from tools import samples
from tools.pages import page, table

ENTRIES: dict[str, dict[str, Any]] = {
    "torch.t": {
        "signature": "(x, dim=None)",
        "to": "paddle.f",
        "arguments": {"dim": "axis"},
        "returns": "Tensor | None",
        "note": "Ties may differ.",
    },
    "torch.T": {"unsupported": "There is none.", "advice": "Do without."},
    "torch.u": {"alias": "torch.t"},
    "torch.v": {"alias": "torch.nn.v"},
    "torch.nn.v": {"to": "paddle.nn.v"},
}


def test_a_page() -> None:
    rules = Rules(ENTRIES, Rules.load().facts)
    proofs = Proofs({"torch": "2"}, {"torch.t": ProofRecord("k", 3)})
    names = ["torch.T", "torch.t", "torch.u", "torch.v"]
    example = Example("y = torch.t(x)", "y = paddle.f(x)")
    records = [describe(name, rules, proofs, example if name == "torch.t" else None) for name in names]
    text = page("torch", records, Counter(names=4, converted=1, unsupported=1, alias=2))
    for part in (
        "4 names: 1 converted, 2 alias, 1 unsupported.",
        "| [`T`](#torcht) | unsupported | nothing to prove |",
        "| [`t`](#torcht-1) | arguments differ | proven |",
        "| `torch.u` | [`torch.t`](#torcht-1) |",
        "| `torch.v` | [`torch.nn.v`](torch.nn.md) |",
        "- torch: `torch.t(x, dim=None)`\n- Paddle: `paddle.f(x, axis=None)`\n- gives: `Tensor | None`",
        "| `dim=None` | `axis` |  |",
        "Note: Ties may differ.",
        "# torch\ny = torch.t(x)\n# Paddle\ny = paddle.f(x)",
        "- reason: There is none.\n- advice: Do without.",
        "arguments differ. Proven by 3 programs.",
        "Proven on torch 2.",
    ):
        assert part in text, part


def test_the_table_links_to_pages() -> None:
    rows = {"torch": Counter({"names": 2, "converted": 2}), "torch.x": Counter({"names": 1, "no entry": 1})}
    text = table(rows, Counter(names=3), link=True)
    assert "| [torch](torch.md) | 2 | 2 | 0 |" in text
    assert "| torch.x | 1 |" in text


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (
            {"setup": "x = torch.ones(2)", "args": {"input": "x", "dim": "0"}},
            Sample("x = torch.ones(2)", "result = torch.f(x, dim=0)"),
        ),
        ({"args": {"input": "arr(2)"}}, Sample("input = arr(2)", "result = torch.f(input)")),
        (
            {"code": "x = torch.ones(2); y = torch.f(x); z = torch.f(y)", "compare": ["z"]},
            Sample("x = torch.ones(2)", "y = torch.f(x)"),
        ),
        ({"code": "with torch.f():\n    pass", "compare": ["z"]}, None),
        ({"args": {"input": "x"}, "raises": True}, None),
    ],
)
def test_samples(proof: dict[str, Any], expected: Sample | None, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules({"torch.f": {"signature": "(input, dim=None)", "to": "paddle.f"}}, Rules.load().facts)
    rule = rules.find("torch.f")
    assert rule is not None
    monkeypatch.setattr(samples, "proofs", lambda _: {"torch.f": [proof]})
    monkeypatch.setattr(samples, "signatures_of", lambda _: [o.signature for o in rule.overloads])
    assert samples.sample("torch.f") == expected
