"""Which calls are torch's: code with receivers of many kinds, line by line, with what may change.

A line that ends in `#=` must stay as it is, one that ends in `#>` must change.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from paconvert.conversion import convert
from paconvert.records import Level, Options

FILES = sorted((Path(__file__).parent / "receivers").glob("*.txt"))
OPTIONS = Options(helpers_import="import paddle_utils")


def lines_of(text: str) -> list[str]:
    """The lines behind the imports, without comment lines (marks)."""
    return [line for line in text.split("# begin\n", 1)[1].splitlines() if not line.lstrip().startswith("#")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_calls_of_torch_change(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    converted = lines_of(convert(source, options=OPTIONS).code)
    original = lines_of(source)
    assert len(converted) == len(original)
    wrong = [
        f"{before!r} became {after!r}"
        for before, after in zip(original, converted, strict=True)
        if ("#=" in before and before != after) or ("#>" in before and before == after)
    ]
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_cases() -> None:
    cases = [
        line
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if "#=" in line or "#>" in line
    ]
    assert len(cases) >= 150


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("def f(v):\n    return v.split(v.n)\n", Level.UNSUPPORTED),
        ("def f(v):\n    return v.max(dim=1)\n", Level.ASSUMED),
        ("def f(v: torch.Tensor):\n    return v.max(dim=1)\n", Level.CONVERTED),
    ],
)
def test_how_sure_the_receiver_is_is_said(body: str, level: Level) -> None:
    conversion = convert("import torch\n" + body, options=OPTIONS)
    assert [item.level for item in conversion.diagnostics if "split" in item.api or "max" in item.api] == [
        level
    ]


def test_members_of_self_are_those_of_a_class() -> None:
    source = (
        "import torch\n"
        "def forward(self, x):\n"
        "    x = self.relu(self.features.norm5(x, 1, 2, 3, 4, 5))\n"
        "    return self.features.relu(x)\n"
    )
    conversion = convert(source, options=OPTIONS)
    assert [d.api for d in conversion.diagnostics if d.level is Level.UNSUPPORTED] == []


def test_an_annotated_array_is_no_tensor() -> None:
    source = (
        "import numpy as np\nimport torch\n"
        "def f(a: np.ndarray, n):\n    shape = a.shape\n"
        "    return a.swapaxes(0, 1).reshape(n, *a.shape[1:]).max(1)\n"
    )
    assert convert(source).code == source.replace("import torch", "import paddle")
