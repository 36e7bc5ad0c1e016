"""The harness must see every way in which the two sides can differ; conversions here are made by hand."""

from __future__ import annotations

import re

import pytest

from paconvert.rules.signature import parse_signature

from .case import Case, Form, Tolerance
from .forms import forms
from .run import Converted, Outcome, Status, run_cases

pytestmark = pytest.mark.frameworks


# name: torch's form, Paddle's form, status, a part of the message
PAIRS = {
    "equal": ("y = torch.ones(3)", "y = paddle.ones([3])", Status.SAME, ""),
    "value": ("y = torch.ones(3)", "y = paddle.ones([3]) * 1.001", Status.DIFFERENT, "value: 3 of 3"),
    "nan": ("y = torch.tensor([1.0]) * float('nan')", "y = paddle.ones([1]) * float('nan')", Status.SAME, ""),
    "dtype": ("y = torch.ones(3)", "y = paddle.ones([3], dtype='float64')", Status.DIFFERENT, "dtype"),
    "shape": ("y = torch.ones(3)", "y = paddle.ones([3, 1])", Status.DIFFERENT, "shape"),
    "scalar": ("y = 3", "y = paddle.to_tensor(3)", Status.DIFFERENT, "int 3"),
    "bool": ("y = True", "y = 1", Status.DIFFERENT, "bool"),
    "size": ("y = torch.ones(3, 2).size()", "y = (3, 2)", Status.SAME, ""),
    "list": ("y = (1, 2)", "y = [1, 2]", Status.DIFFERENT, "list"),
    "named": ("y = torch.ones(2, 2).max(1)", "y = (paddle.ones([2]), paddle.zeros([2], dtype='int64'))",
              Status.DIFFERENT, "values"),
    "dtypes": ("y = torch.float16", "y = paddle.float16", Status.SAME, ""),
    "device": ("y = torch.ones(1).device", "y = paddle.ones([1]).place", Status.SAME, ""),
    "flag": ("y = torch.ones(2, requires_grad=True)", "y = paddle.ones([2])",
             Status.DIFFERENT, "requires_grad"),
    "bfloat16": ("y = torch.ones(2, dtype=torch.bfloat16)", "y = paddle.ones([2], dtype='bfloat16')",
                 Status.SAME, ""),
    "grad": ("x = torch.ones(2)\ntrack(x)\nbackward(x * 3)\ny = x.grad",
             "x = paddle.ones([2])\ntrack(x)\nbackward(x * 2)\ny = x.grad", Status.DIFFERENT, "value"),
    "error": ("y = 1", "y = 1 / 0", Status.FAILED, "ZeroDivisionError"),
    "exit": ("y = 1", "import os\nos._exit(3)", Status.CRASH, "exit status 3"),
    "signal": ("y = 1", "import os\nos.kill(os.getpid(), 11)", Status.CRASH, "SIGSEGV"),
    "slow": ("y = 1", "import time\ntime.sleep(60)", Status.TIMEOUT, "too long"),
    "torch": ("y = 1", "import torch\ny = 1", Status.FAILED, "ModuleNotFoundError"),
    "broken proof": ("y = torch.no_such_thing", "y = 1", Status.TORCH, "AttributeError"),
    "missing": ("y = 1", "", Status.FAILED, "NameError"),
    "syntax": ("y = 1", "y = = 1", Status.FAILED, "SyntaxError"),
    "random": ("y = torch.rand(1000)", "y = paddle.rand([1000])", Status.SAME, ""),
    "moments": ("y = torch.rand(1000)", "y = paddle.rand([1000]) * 0.8", Status.DIFFERENT, "mean"),
    "raises": ("y = int('a')", "y = int('b')", Status.SAME, ""),
    "raises other": ("y = int('a')", "y = [][1]", Status.DIFFERENT, "IndexError"),
    "raises nothing": ("y = int('a')", "y = 1", Status.DIFFERENT, "nothing"),
}  # fmt: skip


def case(name: str) -> Case:
    torch = PAIRS[name][0]
    return Case(
        name,
        0,
        (Form("code", f"# pair: {name}\n{torch}"),),
        compare=("y",),
        random=name in ("random", "moments"),
        raises="ValueError" if name.startswith("raises") else False,
        timeout=2.0 if name == "slow" else 20.0,
    )


def by_hand(source: str) -> Converted:
    """Paddle's form of a pair, found by the comment that names it."""
    name = re.search(r"^# pair: (.*)$", source, re.MULTILINE)
    assert name
    head = source.partition("# form: ")[0].replace("import torch", "import paddle")
    return Converted(f"{head}# form: code\n{PAIRS[name[1]][1]}\n")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in run_cases([case(name) for name in PAIRS], by_hand, jobs=2)}


@pytest.mark.parametrize("name", PAIRS)
def test_outcome(name: str, outcomes: dict[str, Outcome]) -> None:
    _, _, status, message = PAIRS[name]
    assert outcomes[name].status is status, outcomes[name]
    assert message in outcomes[name].message


def test_forms_of_one_case_are_judged_apart() -> None:
    two = Case("two", 0, (Form("good", "y = 1"), Form("bad", "y = torch.pi"), Form("left", "y = 2")), ("y",))
    left = (len(two.source.splitlines()), "torch.left: no")
    found = run_cases(
        [two], lambda source: Converted(source.replace("torch.pi", "3").replace("torch", "paddle"), (left,))
    )
    assert [o.status for o in found] == [Status.SAME, Status.DIFFERENT, Status.UNSUPPORTED]


def test_a_converter_that_raises_is_a_problem_of_its_case() -> None:
    def fails(source: str) -> Converted:
        raise RuntimeError("no")

    assert [o.status for o in run_cases([case("equal")], fails)] == [Status.PROBLEM]


def test_forms() -> None:
    signature = parse_signature("(input, dim=None, keepdim=False, correction=1, *, out=None)")
    found = {
        label: call for label, call, _ in forms("torch.f", signature, {"input": "x", "dim": "1", "out": "o"})
    }
    assert found["positional"] == "result = torch.f(x, 1, out=o)"
    assert found["keyword"] == "result = torch.f(input=x, dim=1, out=o)"
    assert found["without dim"] == "result = torch.f(x, out=o)"
    assert found["without out"] == "result = torch.f(x, 1)"
    assert found["minimal"] == "result = torch.f(x)"


def test_shuffled_keywords_are_the_same_keywords() -> None:
    signature = parse_signature("(a, b, c, d)")
    arguments = dict(zip("abcd", "1234", strict=True))
    found = {label: call for label, call, _ in forms("torch.f", signature, arguments)}
    assert found["shuffled"] != found["keyword"]
    assert sorted(found["shuffled"][17:-1].split(", ")) == sorted(found["keyword"][17:-1].split(", "))


def test_forms_of_members() -> None:
    variadic = parse_signature("(*size, dtype=None)")
    found = {
        label: call for label, call, _ in forms("torch.Tensor.f", variadic, {"self": "x", "size": "2, 3"})
    }
    assert found["positional"] == "result = x.f(2, 3)"
    assert [call for _, call, _ in forms("torch.Tensor.T", None, {"self": "x + 1"})] == ["result = (x + 1).T"]
    operator = parse_signature("(other)")
    assert [call for _, call, _ in forms("torch.Tensor.__radd__", operator, {"self": "x", "other": "2"})] == [
        "result = 2 + x"
    ]


def test_a_wider_tolerance_counts() -> None:
    wide = Case("wide", 0, (Form("code", "y = torch.ones(3)"),), ("y",), tolerance=Tolerance(rtol=0.1))
    convert = Converted(
        wide.source.replace("torch.ones(3)", "paddle.ones([3]) * 1.01").replace("torch", "paddle")
    )
    assert run_cases([wide], lambda _: convert)[0].status is Status.SAME
