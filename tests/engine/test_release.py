"""`--paddle_version` picks targets: rules say since which release theirs exists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from paconvert.cli import main
from paconvert.conversion import convert
from paconvert.records import Level, Options
from paconvert.rules import load
from paconvert.rules.load import Rules

RULES = """{
  "torch.new": {"signature": "(input)", "to": "paddle.new", "paddle": "3.4.0", "returns": "Tensor"},
  "torch.old": {"signature": "(input)", "to": "paddle.old", "returns": "Tensor"},
  "torch.both": {
    "signature": "(input)",
    "returns": "Tensor",
    "overloads": [
      {"to": "paddle.fast", "paddle": "3.4.0"},
      {"to": "paddle.slow"}
    ]
  },
  "torch.later": {
    "signature": "(input)",
    "overloads": [{"to": "paddle.best", "paddle": "3.10"}, {"to": "paddle.good", "paddle": "3.4"}]
  }
}"""


@pytest.fixture(autouse=True)
def own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    facts = load.mapping_directory() / "facts"
    folder = tmp_path / "api_mapping"
    folder.mkdir()
    (folder / "torch.json").write_text(RULES)
    (folder / "facts").symlink_to(facts)
    monkeypatch.setattr(load, "mapping_directory", lambda: folder)
    Rules.load.cache_clear()
    yield
    Rules.load.cache_clear()


def body(name: str, release: str) -> str:
    options = Options(paddle_version=release)
    return convert(f"import torch\ny = torch.{name}(x)\n", options=options).code.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "release", "expected"),
    [
        ("old", "3.3.1", "y = paddle.old(x)"),
        ("new", "3.3.1", "y = torch.new(x)"),
        ("new", "3.4.0", "y = paddle.new(x)"),
        ("new", "3.4", "y = paddle.new(x)"),
        ("new", "3.10.2", "y = paddle.new(x)"),
        ("both", "3.3.1", "y = paddle.slow(x)"),
        ("both", "3.4.0", "y = paddle.fast(x)"),
        ("later", "3.3.1", "y = torch.later(x)"),
        ("later", "3.9.0", "y = paddle.good(x)"),
        ("later", "3.10.0", "y = paddle.best(x)"),
    ],
)
def test_the_release_picks_the_target(name: str, release: str, expected: str) -> None:
    assert body(name, release) == expected


def test_the_oldest_supported_release_is_the_default() -> None:
    assert convert("import torch\ny = torch.both(x)\n").code.endswith("y = paddle.slow(x)\n")


def test_what_needs_a_later_release_is_reported_with_it() -> None:
    left = [d for d in convert("import torch\ny = torch.later(x)\n").diagnostics if d.api == "torch.later"]
    assert [d.level for d in left] == [Level.UNSUPPORTED]
    assert "needs Paddle 3.4;" in left[0].message
    assert "--paddle_version 3.4" in left[0].advice


def test_the_option_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.py"
    source.write_text("import torch\ny = torch.new(x)\n")
    assert main([str(source), "--check"]) == 1
    assert main([str(source), "--paddle_version", "3.4.0"]) == 0
    assert "y = paddle.new(x)" in capsys.readouterr().out
