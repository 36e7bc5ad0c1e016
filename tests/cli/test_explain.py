"""`paconvert explain` and `paconvert coverage`."""

import json
import subprocess
import sys

import pytest

from paconvert.cli import main


def record(capsys, name):
    assert main(["explain", name, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_functional_with_all_its_parts(capsys):
    assert main(["explain", "torch.nn.functional.interpolate"]) == 0
    out = capsys.readouterr().out
    for part in (
        "torch.nn.functional.interpolate(input, size=None",
        "paddle.nn.functional.interpolate(x",
        "paddle_utils.interpolate(",
        "when mode is",
        "example",
        "# becomes",
        "note ",
        "proof ",
    ):
        assert part in out, part


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("torch.Tensor.view", "torch.Tensor.view"),
        ("Tensor.view", "torch.Tensor.view"),
        ("F.relu", "torch.nn.functional.relu"),
        ("nn.Conv2d", "torch.nn.Conv2d"),
        ("optim.SGD", "torch.optim.SGD"),
        ("torch.nn.Linear.parameters", "torch.nn.Module.parameters"),
    ],
)
def test_names_as_users_write_them(capsys, text, name):
    found = record(capsys, text)
    assert found["name"] == name
    assert found["ways"] and found["differences"]


def test_an_alias_tells_what_it_is(capsys):
    found = record(capsys, "torch.nn.modules.conv.Conv2d")
    assert found["alias"] == "torch.nn.Conv2d"
    assert found["ways"][0]["torch"].startswith("torch.nn.modules.conv.Conv2d(in_channels")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("torch.Tensr.view", "torch.Tensor.view"), ("interpolat", "torch.nn.functional.interpolate")],
)
def test_unknown_names_get_the_nearest_ones(capsys, text, expected):
    assert main(["explain", text]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert expected in captured.err


def test_coverage(capsys):
    assert main(["coverage", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert sum(row["names"] for row in whole["namespaces"].values()) == whole["total"]["names"]
    assert main(["coverage", "torch.linalg"]) == 0
    out = capsys.readouterr().out
    assert "no entry" in out and "torch.linalg" in out and "torch.fft" not in out
    assert main(["coverage", "torch.nothing"]) == 1


@pytest.mark.parametrize("arguments", [["explain", "F.relu"], ["coverage"]])
def test_no_framework_is_imported(arguments):
    code = (
        "import sys; from paconvert.cli import main; main(sys.argv[1:]); "
        "sys.exit(bool({'torch', 'paddle'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL).returncode == 0
