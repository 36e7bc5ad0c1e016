"""How code is laid out, and what it stands in, make no difference."""

from __future__ import annotations

import ast

import pytest

from paconvert.conversion import convert
from paconvert.records import Options


def body(source: str) -> str:
    return convert(source, options=Options(helpers_import="import paddle_utils")).code


def test_a_number_in_the_place_of_a_name() -> None:
    source = "import torch\ny = torch.serialization.DEFAULT_PROTOCOL\\\n .bit_length()\n"
    assert ast.literal_eval(body(source).rpartition("y = ")[2].partition(".")[0].rstrip("\\\n ")) == 2
    ast.parse(body(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("del z[torch.nn.functional]", "del z[paddle.nn.functional]"),
        (
            "o, z = torch.nn.functional, 1\ndef f(x): return o.interpolate(x)",
            "return paddle_utils.interpolate(x)",
        ),
        (
            "o = (\n torch.nn.functional)\ndef f(x): return o.interpolate(x)",
            "return paddle_utils.interpolate(x)",
        ),
        ("z = f'{torch.jit.ignore}'", "kwargs: paddle_utils.uncompiled(drop))}'"),
        (
            "class A:\n def f(self):\n  self.x \\\n = torch.ones(2)\n def g(self): return self.x.size(0)",
            "return self.x.shape[0]",
        ),
        (
            "class A:\n def f(self):\n  self.\\\n x = torch.ones(2)\n def g(self): return self.x.size(0)",
            "return self.x.shape[0]",
        ),
    ],
)
def test_what_is_looked_for_in_the_text_is_found_in_any_layout(source: str, expected: str) -> None:
    assert body(f"import torch\n{source}\n").endswith(f"{expected}\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("map(torch.Tensor.float, z)", "map(lambda self, memory_format=None: self.float(), z)"),
        ("torch.Tensor.relu_", "lambda self: paddle_utils.in_place(self, paddle_utils.relu)"),
        ("torch.Tensor.view", "paddle.Tensor.view"),
        # What is called later is the tensor of now, not the last one; `other` is not the parameter.
        (
            "[y.float for y in [x]]",
            "[(lambda self: lambda memory_format=None: self.float())(y) for y in [x]]",
        ),
        ("x.max", "(lambda self: lambda *args, **kwargs: paddle_utils.tensor_max(self, *args, **kwargs))(x)"),
        ("x.t", "x.t"),
    ],
)
def test_methods_that_are_passed_on(value: str, expected: str) -> None:
    assert body(f"import torch\nx = torch.ones(2)\nz = {value}\n").endswith(f"z = {expected}\n")


@pytest.mark.parametrize(
    "decorator",
    [
        "@\\\n torch.jit.ignore",
        "@(  # a@b\n torch.jit.ignore\n)  # c",
        "@ (torch.jit.ignore)",
        "@torch.jit.ignore()",
    ],
)
def test_a_decorator_over_lines_goes_as_a_whole(decorator: str) -> None:
    lines = body(f"import torch\n{decorator}\ndef f(x): return x.size(0)\n").splitlines()
    assert [line for line in lines if "#" not in line] == ["import paddle", "def f(x): return x.size(0)"]


def test_what_keywords_and_comments_name_is_not_assigned() -> None:
    """A method is looked into for the members that it assigns to, not for those beside an equals sign."""
    source = (
        "import torch\nclass A:\n def g(self):\n  return f(self.y, k=1){}\n"
        " def h(self, x: torch.Tensor):\n  (self.y,{}\n   self.z) = x, x\n"
        " def i(self):\n  return self.y.size(0), self.z.size(1)\n"
    )
    plain, commented = body(source.format("", "")), body(source.format("  # y = 1", "  # z = 2"))
    assert plain.endswith("self.y.shape[0], self.z.shape[1]\n")
    assert commented.endswith("self.y.shape[0], self.z.shape[1]\n")


def test_a_class_that_a_string_names_before_it_is_defined() -> None:
    source = 'import torch\nv: "A" = None\nz = v.size(0)\nclass A(torch.nn.Module):\n    w = torch.eye(2)\n'
    assert body(source).endswith("class A(paddle.nn.Module):\n    w = paddle.eye(2)\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(paddle): return torch.eye(paddle)", "def f(paddle): return paddle_.eye(paddle)"),
        ("import numpy as paddle\ny = torch.eye(2)", "y = paddle_.eye(2)"),
        ("import paddle\ny = torch.eye(2)", "y = paddle.eye(2)"),
        (
            "def f(paddle_utils): return torch.cat(paddle_utils)",
            "def f(paddle_utils): return paddle_utils_.cat(paddle_utils)",
        ),
        (
            "import torch.nn as nn\ndef f(nn): return torch.nn.Identity(), nn",
            "def f(nn): return paddle.nn.Identity(), nn",
        ),
        (
            "import torch.nn as nn\nclass A:\n    nn = 1\n    def f(self): return nn.Identity()",
            "    def f(self): return nn.Identity()",
        ),
    ],
)
def test_a_name_that_the_source_has_for_something_else(source: str, expected: str) -> None:
    code = body(f"import torch\n{source}\n")
    assert code.endswith(f"\n{expected}\n")
    for module in ("paddle", "paddle_utils"):
        assert (f"import {module} as {module}_\n" in code) == (f" {module}_." in code)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("(x.sub(1)).type(torch.int32)", "(x - 1).astype(paddle.int32)"),
        ("((x.sub(1)) .type)(torch.int32)", "(x - 1).astype(paddle.int32)"),
        ("(x.sub(1)).sub(2) ** 2", "((x - 1) - 2) ** 2"),
        ("torch.sub((x.sub(1)), 2)", "(x - 1) - 2"),
    ],
)
def test_a_receiver_in_parentheses_keeps_them(value: str, expected: str) -> None:
    assert body(f"import torch\nx = torch.ones(2)\ny = {value}\n").endswith(f"y = {expected}\n")


@pytest.mark.parametrize(
    "again", ["for cat in z: pass", "(cat, b) = z", "with z as cat: pass", "cat: int = z"]
)
@pytest.mark.parametrize("first", ["from torch import cat", "from\\\n torch import (cat  # c\n )"])
def test_an_import_of_a_name_that_is_bound_again_stays(first: str, again: str) -> None:
    code = body(f"{first}\nif z:\n    {again}\ny = cat(z)\n")
    assert "paddle_utils import" in code and code.endswith("y = cat(z)\n")


def test_quotes_of_an_f_string_are_not_in_what_stands_inside() -> None:
    source = "import torch\ny = f\"{torch._sym_cos(0.5)}\", f'{torch._sym_cos(1)}'\n"
    assert body(source).endswith(
        "y = f\"{paddle_utils.symbolic_math('cos', 0.5)}\", f'{paddle_utils.symbolic_math(\"cos\", 1)}'\n"
    )
