import io
import json
import os
import sys
from types import SimpleNamespace

import pytest

from paconvert.cli import main
from tests.project.fake import ENGINE, LOG, read_tree, write_tree

FILES = {
    "train.py": "import torch\nx = torch.ones(2)  # a comment\ny = torch.fx.trace\nz = torch.fx.trace\n",
    "assumed.py": "import torch\nx = torch.maybe.it\n",
    "notes.txt": "torch\n",
    "skip/x.py": "import torch\n",
}


@pytest.fixture
def source(tmp_path):
    return write_tree(tmp_path / "in", FILES)


def run(*arguments):
    return main([str(argument) for argument in arguments], ENGINE)


@pytest.mark.parametrize(
    "spelling",
    [
        ["{src}", "-o", "{dst}"],
        ["-i", "{src}", "-o", "{dst}"],
        ["--in_dir", "{src}", "--out_dir", "{dst}"],
        ["--in-dir={src}", "--out-dir={dst}", "--no-cache", "--no-format", "--jobs", "1"],
        ["-o", "{dst}", "{src}", "--no_format", "--no_cache", "--exclude_packages", "x,y"],
    ],
)
def test_spellings(tmp_path, source, spelling, capsys):
    assert run(*(part.format(src=source, dst=tmp_path / "out") for part in spelling)) == 0
    out = read_tree(tmp_path / "out")
    assert out["skip/x.py"] == b"import paddle\n"
    assert out["notes.txt"] == b"torch\n"
    text = capsys.readouterr().out
    for line in (
        "files        4 (3 Python, 3 converted)",
        "calls found  4",
        "converted    1",
        "assumed      1",
        "unsupported  2",
        "rate         50.0 %",
        "  2 × torch.fx.trace",
        "      Paddle has none; do without",
        "      at train.py:3, train.py:4",
    ):
        assert line in text.splitlines()


def test_exclude(tmp_path, source):
    assert run(source, "-o", tmp_path / "out", "-e", r"^skip, \.txt$") == 0
    assert sorted(read_tree(tmp_path / "out")) == ["assumed.py", "train.py"]


def test_exit_codes_of_check_and_strict(tmp_path, source):
    assert run(source, "--check") == 1
    assert run(source, "--strict") == 1
    assert run(source, "--check", "-e", "train") == 0
    assert run(source, "--strict", "-e", "train") == 1
    assert run(source, "--strict", "-e", "train,assumed") == 0
    assert run(source, "--check", "-o", tmp_path / "out") == 1
    assert read_tree(tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["in", "out"]


def test_a_failed_file_makes_the_exit_code_1(tmp_path, capsys):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\n\n  SYNTAX\n", "b.py": "import torch\n"})
    assert run(source, "-o", tmp_path / "out") == 1
    assert "a.py:3: invalid syntax" in capsys.readouterr().out
    assert read_tree(tmp_path / "out")["b.py"] == b"import paddle\n"


def wrong_uses(tmp_path, source):
    write_tree(tmp_path / "full", {"x": ""})
    return [
        ([], "nothing to convert"),
        ([source], "is a folder: say with -o"),
        ([source, "-i", source, "-o", tmp_path / "out"], "two inputs"),
        ([tmp_path / "none", "-o", tmp_path / "out"], "does not exist"),
        ([source, "-o", source], "is the input itself"),
        ([source, "-o", source / "out"], "inside the input"),
        ([source, "-o", tmp_path], "inside the output"),
        ([source, "-o", tmp_path / "full"], "--force"),
        ([source, "-o", tmp_path / "out", "--diff"], "--diff writes nothing"),
        ([source, "-o", tmp_path / "out", "-e", "("], "not a regular expression"),
        ([source / "train.py", "-o", source / "train.py"], "is the input itself"),
        ([source / "train.py", "-o", source / "assumed.py"], "--force"),
    ]


def test_wrong_use_is_told_and_writes_nothing(tmp_path, source, capsys):
    for arguments, message in wrong_uses(tmp_path, source):
        before = read_tree(tmp_path)
        assert run(*arguments) == 2, arguments
        assert message in capsys.readouterr().err
        assert read_tree(tmp_path) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jobs", "0"],
        ["--mark", "x"],
        ["--format", "--no_format"],
        ["--jo", "1"],
        ["--paddle_version", "new"],
    ],
)
def test_unknown_options(arguments):
    with pytest.raises(SystemExit) as stop:
        run("x", *arguments)
    assert stop.value.code == 2


def test_formatting_needs_black(tmp_path, source, monkeypatch, capsys):
    monkeypatch.setattr("paconvert.project.format.find_spec", lambda name: None)
    for arguments in ([source, "-o", tmp_path / "out"], [source / "train.py"]):
        assert run(*arguments, "--format") == 2
        assert "formatting needs black" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["in"]


def test_force_replaces_and_keeps(tmp_path, source):
    write_tree(tmp_path / "out", {"train.py": "old", "mine.txt": "mine"})
    assert run(source, "-o", tmp_path / "out", "--force") == 0
    out = read_tree(tmp_path / "out")
    assert out["train.py"].startswith(b"import paddle")
    assert out["mine.txt"] == b"mine"


def test_diff(tmp_path, source, capsys):
    before = read_tree(tmp_path)
    assert run(source, "--diff", "-e", "train,skip") == 0
    captured = capsys.readouterr()
    assert (
        captured.out
        == """\
--- a/assumed.py
+++ b/assumed.py
@@ -1,2 +1,2 @@
-import torch
-x = torch.maybe.it
+import paddle
+x = paddle.maybe.it
"""
    )
    assert "calls found" in captured.err
    assert run(source / "assumed.py", "--diff") == 0
    assert "+x = paddle.maybe.it\n" in capsys.readouterr().out
    assert read_tree(tmp_path) == before


def test_diff_of_new_files_and_of_ends_without_a_newline(tmp_path, capsys):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\ntorch.helped"})
    run(source, "--diff")
    text = capsys.readouterr().out
    assert "--- /dev/null\n+++ b/paddle_utils.py\n@@ -0,0 +1 @@\n+def helped(): ...\n" in text
    assert "-torch.helped\n\\ No newline at end of file\n" in text


def test_one_file(tmp_path, source, capsys):
    file = source / "assumed.py"
    file.chmod(0o755)
    assert run(file, "-o", tmp_path / "new.py") == 0
    assert (tmp_path / "new.py").read_text() == "import paddle\nx = paddle.maybe.it\n"
    assert (tmp_path / "new.py").stat().st_mode & 0o777 == 0o755
    assert run(file, "-o", tmp_path / "folder") == 0
    assert run(file, "-o", str(tmp_path / "other.d") + "/") == 0
    assert (tmp_path / "folder/assumed.py").exists()
    assert (tmp_path / "other.d/assumed.py").exists()
    capsys.readouterr()
    assert run(file) == 0
    captured = capsys.readouterr()
    assert captured.out == "import paddle\nx = paddle.maybe.it\n"
    assert "calls found  1" in captured.err
    assert run(file, "--strict") == 1
    assert "import paddle" not in capsys.readouterr().out


def test_one_file_has_its_helpers_inside_and_knows_its_project(tmp_path, monkeypatch):
    files = {
        "pkg/__init__.py": "",
        "pkg/sub/__init__.py": "from . import a\n",
        "pkg/sub/a.py": "import torch\nfrom ..b import x\ntorch.helped\n",
        "pkg/b.py": "import pkg.c\n",
        "pkg/c.py": "",
        "pkg/unused.py": "",
    }
    source = write_tree(tmp_path / "in", files)
    seen = []
    engine = SimpleNamespace(convert=ENGINE.convert, index=lambda *given: seen.append(given))
    assert main([str(source / "pkg/sub/a.py"), "-o", str(tmp_path / "a.py")], engine) == 0
    assert (tmp_path / "a.py").read_text().startswith("# helpers\nimport paddle\n")
    ((sources, packages),) = seen
    assert sorted(sources) == ["pkg", "pkg.b", "pkg.c", "pkg.sub.a"]
    assert packages == {"pkg"}


def test_bad_single_files(tmp_path, capsys):
    source = write_tree(
        tmp_path,
        {"bad.py": b"x = '\xff\xfe'\n", "empty.py": "", "raise.py": "RAISE", "comment.py": "# torch?"},
    )
    assert run(source / "bad.py", "-o", tmp_path / "out.py") == 1
    assert "cannot be decoded" in capsys.readouterr().out
    assert run(source / "empty.py", "-o", tmp_path / "out2.py") == 0
    assert (tmp_path / "out2.py").read_bytes() == b""
    assert run(source / "raise.py", "-o", tmp_path / "out3.py") == 1


@pytest.fixture
def pipe(monkeypatch):
    def feed(data):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    return feed


def test_standard_input_to_standard_output(tmp_path, pipe, capsysbinary):
    pipe(b"# coding: latin-1\nimport torch  # \xe9\r\n")
    assert run("-") == 0
    assert capsysbinary.readouterr().out == b"# coding: latin-1\nimport paddle  # \xe9\r\n"
    pipe(b"import torch\n")
    assert run("-", "-o", tmp_path / "x.py") == 0
    assert (tmp_path / "x.py").read_text() == "import paddle\n"
    pipe(b"import torch\n")
    assert run("-", "-o", tmp_path / "x.py") == 2
    pipe(b"torch.fx.trace")
    assert run("-", "--check") == 1


def test_lists_of_apis(tmp_path, source, capsys):
    assert run(source, "--show_all_api") == 0
    text = capsys.readouterr().out
    assert "  1 × torch.ones" in text
    assert "  1 × torch.maybe.it" in text
    assert "  2 × torch.fx.trace" in text
    assert run(source, "--show-unsupport-api") == 0
    text = capsys.readouterr().out
    assert "torch.ones" not in text
    assert "torch.fx.trace" in text
    assert sorted(os.listdir(tmp_path)) == ["in"]


def test_places_are_counted_when_they_are_many(tmp_path, capsys):
    source = write_tree(tmp_path / "in", {"a.py": "torch.fx.trace\n" * 9})
    run(source, "--check")
    assert "at a.py:1, a.py:2, a.py:3, a.py:4, a.py:5 and 4 more" in capsys.readouterr().out
    run(source, "--show_unsupport_api")
    assert "a.py:9" in capsys.readouterr().out


def test_report(tmp_path, source):
    assert run(source, "-o", tmp_path / "out", "--report", tmp_path / "deep/report.json") == 0
    report = json.loads((tmp_path / "deep/report.json").read_text())
    assert list(report) == [
        "format", "version", "source", "target", "summary", "unsupported", "differences", "files",
        "left_out", "notes",
    ]  # fmt: skip
    assert report["summary"] == {
        "files": 4,
        "python_files": 3,
        "converted_files": 3,
        "failed_files": 0,
        "found": 4,
        "converted": 1,
        "assumed": 1,
        "unsupported": 2,
        "errors": 0,
        "rate": 0.5,
    }
    assert report["unsupported"] == [
        {
            "api": "torch.fx.trace",
            "count": 2,
            "message": "Paddle has none",
            "advice": "do without",
            "places": [
                {"file": "train.py", "line": 3, "column": 4},
                {"file": "train.py", "line": 4, "column": 4},
            ],
        }
    ]
    assert [file["path"] for file in report["files"]] == ["assumed.py", "notes.txt", "skip/x.py", "train.py"]
    assert report["files"][0]["diagnostics"] == [
        {
            "level": "assumed",
            "api": "torch.maybe.it",
            "file": "assumed.py",
            "line": 2,
            "column": 4,
            "message": "",
            "advice": "",
        }
    ]


def test_known_differences(tmp_path, capsys):
    source = write_tree(tmp_path / "in", {"a.py": "torch.differs\ntorch.ones\ntorch.differs\n"})
    assert run(source, "-o", tmp_path / "out", "--report", tmp_path / "report.json") == 0
    assert "known small differences: 1 API " in capsys.readouterr().out
    (found,) = json.loads((tmp_path / "report.json").read_text())["differences"]
    assert (found["api"], found["count"], found["message"]) == ("torch.differs", 2, "rounds otherwise")
    run(source, "--check", "--show_all_api")
    assert "rounds otherwise\n      at a.py:1, a.py:3" in capsys.readouterr().out


def test_log(tmp_path, source):
    assert run(source, "-o", tmp_path / "out", "--log_dir", tmp_path / "logs") == 0
    text = (tmp_path / "logs/paconvert.log").read_text()
    assert "WARNING train.py:3:4: unsupported torch.fx.trace: Paddle has none do without" in text
    assert "torch.ones" not in text
    assert run(source, "--check", "--log-dir", tmp_path / "logs2", "--log-level", "debug") == 1
    assert "DEBUG train.py:2:4: converted torch.ones" in (tmp_path / "logs2/paconvert.log").read_text()
    assert run(source, "--check", "-e", "train", "--log-dir", tmp_path / "in/notes.txt") == 1


def test_no_cache_converts_again(tmp_path, source, monkeypatch):
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    for number, (options, calls) in enumerate([([], 3), ([], 0), (["--no-cache"], 3)]):
        (tmp_path / "log").write_text("")
        run(source, "-o", tmp_path / f"out{number}", *options)
        assert len((tmp_path / "log").read_text().split()) == calls
