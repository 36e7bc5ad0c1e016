"""The command line over the converter itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from paconvert.cli import main
from tests.project.fake import read_tree, write_tree

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return main([str(argument) for argument in arguments])


BAD = {
    "syntax.py": "import torch\nx = (\n",
    "undecodable.py": b"import torch\nx = '\xff'\n",
    "nul.py": "import torch\0\n",
    "brackets1000.py": "import torch\nx = " + "(" * 1000 + "1" + ")" * 1000 + "\n",
    "brackets10000.py": "import torch\nx = " + "[" * 10_000 + "1" + "]" * 10_000 + "\n",
    "chain10000.py": "import torch\nx = torch.ones(1)" + ".abs()" * 10_000 + "\n",
    "sum10000.py": "import torch\nx = torch.ones(1)" + " + 1" * 10_000 + "\n",
    "minus10000.py": "import torch\nx = " + "-" * 10_000 + "torch.ones(1)\n",
    "lambdas.py": "import torch\nx = " + "lambda: " * 5000 + "torch.ones(1)\n",
    "lines.py": "import torch\nx = " + "(\n" * 2000 + "1" + ")\n" * 2000,
}
GOOD = {
    "empty.py": "",
    "comment.py": "# about torch\n",
    "long.py": "import torch\n" + "x = 1  # nothing\n" * 50_000,
    "good.py": "import torch\nx = torch.zeros(2)\n",
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_bad_files_are_told_and_the_rest_is_done(tmp_path, jobs, capsys):
    source = write_tree(tmp_path / "in", {**BAD, **GOOD})
    (source / "loop").symlink_to(".")
    before = read_tree(source)
    assert run(source, "-o", tmp_path / "out", "--no-cache", "--jobs", jobs) == 1
    out = read_tree(tmp_path / "out")
    assert out["good.py"] == b"import paddle\nx = paddle.zeros(2)\n"
    assert out["long.py"].startswith(b"x = 1") or out["long.py"].startswith(b"import paddle\n")
    assert {name: out[name] for name in BAD} == {name: before[name] for name in BAD}
    assert {out[name] for name in ("empty.py", "comment.py")} == {b"", b"# about torch\n"}
    assert read_tree(source) == before
    text = capsys.readouterr().out
    for name in BAD:
        assert f"\n  {name}:" in text, name


def test_the_installation_checks_itself(capsys):
    assert run("--run_check") == 0
    assert "works" in capsys.readouterr().out


PROJECT = {
    "net/__init__.py": "from .parts import *\n",
    "net/parts.py": (
        "import torch\nfrom torch import nn\n\n\ndef first(x: torch.Tensor):\n    return x.max(1)  # best\n"
    ),
    "net/model.py": (
        "from .parts import *\n\n\nclass Net(nn.Module):\n"
        "    def forward(self, x: torch.Tensor):\n        return x.max(dim=1)[0]\n"
    ),
    "train.py": "from net.model import Net\nimport torch\n\nprint(Net()(torch.zeros(2)))\n",
}


def test_a_project_is_the_same_for_any_number_of_workers_and_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("paconvert.project.work.SMALL", 0)
    source = write_tree(tmp_path / "in", PROJECT)
    trees = []
    for number, options in enumerate([["--jobs", 1, "--no-cache"], ["--jobs", 2], ["--jobs", 4]]):
        run(source, "-o", tmp_path / f"out{number}", *options)
        trees.append(read_tree(tmp_path / f"out{number}"))
    assert trees[0] == trees[1] == trees[2]
    assert b"torch" not in trees[0]["net/model.py"]
    assert b"# best" in trees[0]["net/parts.py"]


def test_a_second_run_does_not_even_load_the_parser(tmp_path):
    source = write_tree(tmp_path / "in", PROJECT)
    run(source, "-o", tmp_path / "out")
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "paconvert",
        str(source),
        "-o",
        str(tmp_path / "out2"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "libcst" not in done.stderr
    assert read_tree(tmp_path / "out") == read_tree(tmp_path / "out2")


def test_converting_the_output_again_changes_nothing(tmp_path):
    source = write_tree(tmp_path / "in", PROJECT)
    run(source, "-o", tmp_path / "out")
    run(tmp_path / "out", "-o", tmp_path / "again")
    assert read_tree(tmp_path / "out") == read_tree(tmp_path / "again")


def test_excluded_packages_stay(tmp_path):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\nx = torch.zeros(2)\n"})
    assert run(source, "-o", tmp_path / "out", "--exclude_packages", "torch") == 0
    assert (tmp_path / "out/a.py").read_text() == "import torch\nx = torch.zeros(2)\n"


def test_arrow_marks(tmp_path):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\nx = torch.no_such_thing(1)\n"})
    run(source, "-o", tmp_path / "out", "--mark", "arrow")
    assert ">>>>>>" in (tmp_path / "out/a.py").read_text()


def test_inspect(tmp_path, capsys):
    files = {
        "pkg/__init__.py": "",
        "pkg/make.py": "import torch\n\n\ndef make():\n    return torch.zeros(2, 3)\n",
        "pkg/use.py": "from .make import make\n\nx = make()\ny = x.max(1)\nz = 'a,b'.split(',')\n",
    }
    source = write_tree(tmp_path, files)
    assert run("inspect", source / "pkg/use.py", "--json") == 0
    records = json.loads(capsys.readouterr().out)
    found = {record["attribute"]: record for record in records}
    assert found["max"]["line"] == 4
    assert found["max"]["column"] == 4
    assert found["max"]["type"] == "Tensor"
    assert found["split"]["type"] == "str"
    assert set(found["max"]) == {
        "line", "column", "attribute", "type", "confidence", "qualified_name", "rule", "overload", "decision",
    }  # fmt: skip
    assert run("inspect", source / "pkg/use.py") == 0
    assert "use.py:4:4: .max of Tensor" in capsys.readouterr().out
    assert run("inspect", source / "none.py") == 2
    write_tree(tmp_path, {"bad.py": "x = ("})
    assert run("inspect", tmp_path / "bad.py") == 1


def test_files_that_do_not_name_torch_but_take_its_things_from_others(tmp_path):
    files = {
        "net/__init__.py": "",
        "net/parts.py": (
            "import torch\nfrom torch import nn\n\n\nclass Base(nn.Module):\n"
            "    def forward(self, x: torch.Tensor):\n        return x.abs()\n\n\n"
            "def make(n):\n    return torch.zeros(n, 3)\n"
        ),
        "net/layer.py": "from .parts import nn\n\nlayer = nn.BatchNorm2d(3)\n",
        "net/head.py": (
            "from .parts import Base\n\n\nclass Head(Base):\n    def forward(self, x):\n"
            "        y = super().forward(x)\n        return y.max(0)\n"
        ),
        "net/use.py": "from . import parts\n\nbest = parts.make(2).max(1)\n",
        "net/plain.py": "best = max(1, 2)\nwords = 'a b'.split(' ')\n",
    }
    source = write_tree(tmp_path / "in", files)
    assert run(source, "-o", tmp_path / "out") == 0
    out = read_tree(tmp_path / "out")
    assert b" nn.BatchNorm2d(3)" not in out["net/layer.py"].replace(b"paddle_utils.BatchNorm2d", b"")
    assert b"y.max(0)" not in out["net/head.py"]
    assert b"parts.make(2).max(1)" not in out["net/use.py"]
    assert out["net/plain.py"] == files["net/plain.py"].encode()


def test_importing_the_package_loads_little():
    code = (
        "import sys; before = set(sys.modules); import paconvert; "
        "print(*(name for name in set(sys.modules) - before if 'paconvert' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not {"libcst", "torch", "paddle", "rich", "numpy"} & set(done.stdout.split())
