"""Selections: any piece of a file, also of one that does not parse."""

from __future__ import annotations

import pytest

from paconvert.conversion import convert_selection
from paconvert.records import ImportContext
from paconvert.rewrite.buffer import apply_edits

WHOLE = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    @torch.no_grad()
    def forward(self, x, flag: bool):
        x = torch.zeros_like(x)
        if flag:
            y = torch.abs(x)
        elif torch.is_tensor(flag):
            y = torch.exp(x)
        else:
            y = torch.sin(x)
        try:
            y = torch.log(y)
        except ValueError:
            y = torch.cos(y)
        return torch.add(x, y.numel())
"""
BROKEN = WHOLE + "\n\ndef unfinished(x:\n    return torch.tan(x\n"


def converted(source: str, selected: str, **keywords: object) -> str:
    start = source.index(selected)
    conversion = convert_selection(source, start, start + len(selected), **keywords)  # type: ignore[arg-type]
    end = start + len(selected)
    assert all(start <= edit.start <= edit.end <= end for edit in conversion.edits)
    whole = apply_edits(source, conversion.edits)
    assert whole[:start] == source[:start]
    assert whole[start : start + len(conversion.code)] == conversion.code
    assert whole[start + len(conversion.code) :] == source[end:]
    return conversion.code


@pytest.mark.parametrize("source", [WHOLE, BROKEN], ids=["whole", "broken"])
@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("x = torch.zeros_like(x)", "x = paddle.zeros_like(x)"),
        ("        x = torch.zeros_like(x)\n", "        x = paddle.zeros_like(x)\n"),
        ("torch.abs(x)", "paddle.abs(x)"),
        ("if flag:\n            y = torch.abs(x)", "if flag:\n            y = paddle.abs(x)"),
        (
            "elif torch.is_tensor(flag):\n            y = torch.exp(x)",
            "elif paddle.is_tensor(flag):\n            y = paddle.exp(x)",
        ),
        ("else:\n            y = torch.sin(x)", "else:\n            y = paddle.sin(x)"),
        (
            "except ValueError:\n            y = torch.cos(y)",
            "except ValueError:\n            y = paddle.cos(y)",
        ),
        ("@torch.no_grad()", "@paddle.no_grad()"),
        ("import torch.nn as nn", "import paddle.nn as nn"),
        ("y.numel()", "y.size"),
        ("return torch.add(x, ", "return paddle.add(x, "),
        ("torch.is_tensor", "paddle.is_tensor"),
    ],
)
def test_pieces_of_a_function(source: str, selected: str, expected: str) -> None:
    if "torch.add" in selected:
        assert converted(source, selected).startswith("return paddle")
    else:
        assert converted(source, selected) == expected


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("torch.tan(x", "paddle.tan(x"),
        ("return torch.tan(x", "return paddle.tan(x"),
        ("    return torch.tan(x\n", "    return paddle.tan(x\n"),
    ],
)
def test_an_unfinished_call(selected: str, expected: str) -> None:
    assert converted(BROKEN, selected) == expected


def test_a_snippet_alone_has_conventional_names() -> None:
    assert converted("y = torch.abs(x)\n", "torch.abs(x)") == "paddle.abs(x)"


def test_the_caller_says_what_names_mean() -> None:
    context = ImportContext({"t": "torch"})
    conversion = convert_selection("y = t.abs(x)\n", 0, 13, context=context)
    assert conversion.code in ("y = t.abs(x)\n", "y = paddle.abs(x)\n")
    assert [item.api for item in conversion.diagnostics] == ["torch.abs"]


def test_what_is_left_is_marked_within_the_selection() -> None:
    source = "import torch\n\nif 1:\n    torch.no_such_function(1)\n"
    assert converted(source, "torch.no_such_function(1)").startswith("# paconvert: torch.no_such_function")


def test_text_that_is_no_code_is_an_error() -> None:
    conversion = convert_selection("import torch\n) ( torch.abs(", 13, 25)
    assert conversion.code == ") ( torch.ab"
    assert [item.level.value for item in conversion.diagnostics] == ["error"]


def test_the_selection_is_within_the_source() -> None:
    with pytest.raises(ValueError, match="not within"):
        convert_selection("x", 0, 3)


def test_a_selection_behind_a_byte_order_mark() -> None:
    source = "\ufeffimport torch\ny = torch.abs(x)\n"
    assert converted(source, "torch.abs(x)") == "paddle.abs(x)"
