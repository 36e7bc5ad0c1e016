import codecs
import os
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from paconvert.project import work
from paconvert.project.cache import Cache
from paconvert.project.convert import convert_project
from paconvert.project.errors import UsageError
from paconvert.project.output import Nowhere
from paconvert.project.records import Status
from paconvert.records import Conversion, Level
from tests.project.fake import ENGINE, LOG, other_rules, read_tree, write_tree


def convert(source, target, **options):
    return convert_project(source, target, **{"engine": ENGINE, "jobs": 1, **options})


def statuses(report):
    return {file.path: file.status.value for file in report.files}


PROJECT = {
    "README.md": "torch stays in prose\n",
    "net/__init__.py": "",
    "net/core.py": "import torch\n\nx = torch.helped(1)  # a comment\r\n",
    "net/plain.py": "import json\n",
    "net/weights.bin": b"\x00\xff",
    "train.py": (
        "import torch\nfrom net import core\ny = torch.ones(2)\nz = torch.fx.trace\nw = torch.maybe.it\n"
    ),
    "requirements.txt": "torch\ntorchvision\nnumpy\n",
    "empty.py": "",
    "comment.py": "# only this",
}


def test_a_project(tmp_path):
    source = write_tree(tmp_path / "in", PROJECT)
    (source / "void").mkdir()
    before = read_tree(source)
    report = convert(source, tmp_path / "out")
    expected = {
        **before,
        "net/core.py": (
            b"from . import paddle_utils\r\nimport paddle\n\nx = paddle_utils.helped(1)  # a comment\r\n"
        ),
        "net/paddle_utils.py": b"def helped(): ...\n",
        "train.py": (
            b"import paddle\nfrom net import core\n"
            b"y = paddle.ones(2)\nz = torch.fx.trace\nw = paddle.maybe.it\n"
        ),
        "requirements.txt": b"paddlepaddle>=3.3.1\nnumpy\n",
    }
    assert read_tree(tmp_path / "out") == expected
    assert (tmp_path / "out/void").is_dir()
    assert read_tree(source) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    assert statuses(report) == {
        "README.md": "unchanged",
        "comment.py": "unchanged",
        "empty.py": "unchanged",
        "net/__init__.py": "unchanged",
        "net/core.py": "converted",
        "net/paddle_utils.py": "helpers",
        "net/plain.py": "unchanged",
        "net/weights.bin": "unchanged",
        "requirements.txt": "requirements",
        "train.py": "converted",
    }
    summary = report.summary
    assert (summary.found, summary.converted, summary.assumed, summary.unsupported) == (4, 2, 1, 1)
    (left,) = report.by_api(Level.UNSUPPORTED)
    assert (left.api, str(left.places[0]), left.advice) == ("torch.fx.trace", "train.py:4", "do without")


def test_modes_and_links(tmp_path):
    source = write_tree(
        tmp_path / "in", {"run.py": "import torch\n", "d/tool.sh": "#!/bin/sh\n", "d/x.py": "\n"}
    )
    os.chmod(source / "run.py", 0o755)
    os.chmod(source / "d/tool.sh", 0o750)
    (source / "d/x.py").chmod(0o400)
    (source / "d/loop").symlink_to("..")
    (source / "run2.py").symlink_to("run.py")
    (source / "lost").symlink_to("nowhere")
    os.chmod(source / "d", 0o550)
    convert(source, tmp_path / "out")
    out = tmp_path / "out"
    modes = {
        name: stat.S_IMODE((out / name).stat().st_mode) for name in ("run.py", "d/tool.sh", "d/x.py", "d")
    }
    assert modes == {"run.py": 0o755, "d/tool.sh": 0o750, "d/x.py": 0o400, "d": 0o550}
    assert [os.readlink(out / name) for name in ("d/loop", "run2.py", "lost")] == ["..", "run.py", "nowhere"]
    os.chmod(source / "d", 0o755)
    os.chmod(out / "d", 0o755)


def test_encodings_and_line_endings(tmp_path):
    source = write_tree(
        tmp_path / "in",
        {
            "crlf.py": "import torch\r\nx = 1\r\n",
            "mark.py": codecs.BOM_UTF8 + "import torch  # é\n".encode(),
            "latin.py": b"# coding: latin-1\nimport torch  # \xe9\n",
            "bad.py": b"import torch\nx = '\xff\xfe'\n",
        },
    )
    report = convert(source, tmp_path / "out")
    assert read_tree(tmp_path / "out") == {
        "bad.py": b"import torch\nx = '\xff\xfe'\n",
        "crlf.py": b"import paddle\r\nx = 1\r\n",
        "latin.py": b"# coding: latin-1\nimport paddle  # \xe9\n",
        "mark.py": codecs.BOM_UTF8 + "import paddle  # é\n".encode(),
    }
    assert [file.path for file in report.failed] == ["bad.py"]
    assert "cannot be decoded" in report.failed[0].diagnostics[0].message


def test_files_that_fail_are_copied_and_told(tmp_path):
    files = {
        "a.py": "import torch\nRAISE\n",
        "b.py": "import torch\n\n SYNTAX\n",
        "c.py": "import torch\n",
    }
    report = convert(write_tree(tmp_path / "in", files), tmp_path / "out")
    assert read_tree(tmp_path / "out") == {
        "a.py": files["a.py"].encode(),
        "b.py": files["b.py"].encode(),
        "c.py": b"import paddle\n",
    }
    assert statuses(report) == {"a.py": "failed", "b.py": "failed", "c.py": "converted"}
    assert "RuntimeError: no such rule" in report.failed[0].diagnostics[0].message


def test_unreadable_files_are_left_out_and_told(tmp_path, monkeypatch):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\n", "b.bin": "", "c.py": "import torch\n"})
    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.name in ("a.py", "b.bin"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    report = convert(source, tmp_path / "out")
    monkeypatch.undo()
    assert read_tree(tmp_path / "out") == {"c.py": b"import paddle\n"}
    assert [(file.path, file.diagnostics[0].message) for file in report.failed] == [
        ("a.py", "cannot be read: Permission denied; it is left out"),
        ("b.bin", "cannot be read: Permission denied; it is left out"),
    ]


def test_files_without_torch_are_not_converted_unless_they_import_some_that_have_it(tmp_path, monkeypatch):
    files = {
        "net/__init__.py": "from .parts import *\n",
        "net/parts.py": "from torch import nn\n",
        "net/model.py": "from .parts import *\nnn.Linear\n",
        "net/plain.py": "import json\nx = 'torchlight'\n",
        "use.py": "import net\n",
    }
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    convert(write_tree(tmp_path / "in", files), tmp_path / "out")
    assert sorted((tmp_path / "log").read_text().split()) == [
        "net/__init__.py",
        "net/model.py",
        "net/parts.py",
        "use.py",
    ]


def many(count=40):
    files = {
        f"pkg/m{number}.py": f"import torch\ntorch.helped({number})\n" * (300 + 10 * number)
        for number in range(count)
    }
    return {"pkg/__init__.py": "", "requirements.txt": "torch", **files}


def test_the_number_of_workers_makes_no_difference(tmp_path):
    source = write_tree(tmp_path / "in", many())
    reports, trees = [], []
    for jobs in (1, 2, 4):
        reports.append(convert(source, tmp_path / f"out{jobs}", jobs=jobs).files)
        trees.append(read_tree(tmp_path / f"out{jobs}"))
    assert trees[0] == trees[1] == trees[2]
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_does(tmp_path, kind):
    source = write_tree(tmp_path / "in", many(10))
    convert(source, tmp_path / "one")
    with kind(2) as executor:
        convert(source, tmp_path / "two", executor=executor)
    assert read_tree(tmp_path / "one") == read_tree(tmp_path / "two")


@pytest.mark.parametrize("own", [True, False])
def test_a_file_that_kills_its_worker_takes_no_other_along(tmp_path, monkeypatch, own):
    monkeypatch.setattr(work, "SMALL", 0)
    files = {f"m{number}.py": "import torch\n" for number in range(20)}
    files["m3.py"] = files["m12.py"] = "import torch  # KILL_ME\n"
    source = write_tree(tmp_path / "in", files)
    if own:
        report = convert(source, tmp_path / "out", jobs=2)
    else:
        with ProcessPoolExecutor(2) as executor:
            report = convert(source, tmp_path / "out", executor=executor)
    out = read_tree(tmp_path / "out")
    assert [file.path for file in report.failed] == ["m12.py", "m3.py"]
    assert "killed" in report.failed[0].diagnostics[0].message
    assert {path for path, data in out.items() if data == b"import paddle\n"} == set(files) - {
        "m3.py",
        "m12.py",
    }
    assert out["m3.py"] == b"import torch  # KILL_ME\n"


def test_results_are_kept_by_content(tmp_path, monkeypatch):
    source = write_tree(tmp_path / "in", PROJECT)
    log = tmp_path / "log"
    monkeypatch.setenv(LOG, str(log))
    cache = Cache(tmp_path / "cache")

    def converted(number, **options):
        log.write_text("")
        report = convert(source, tmp_path / f"out{number}", cache=cache, **options)
        return report, len(log.read_text().splitlines())

    first, count = converted(1)
    assert count == 2
    second, count = converted(2)
    assert count == 0
    assert second.files == first.files
    assert read_tree(tmp_path / "out1") == read_tree(tmp_path / "out2")
    assert converted(3, engine=other_rules())[1] == 2
    assert converted(4, format=True)[1] == 2
    (source / "net/plain.py").write_text("x = 2\n")  # any file can matter for the types in another
    assert converted(5)[1] == 2
    for path in cache.folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    assert converted(6)[1] == 2
    assert read_tree(tmp_path / "out6") == read_tree(tmp_path / "out5")


def test_failures_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    source = write_tree(tmp_path / "in", {"a.py": "import torch\nRAISE\n"})
    for number in range(2):
        convert(source, tmp_path / f"out{number}", cache=Cache(tmp_path / "cache"))
    assert len((tmp_path / "log").read_text().split()) == 2


def test_without_a_target_nothing_is_written(tmp_path):
    source = write_tree(tmp_path / "in", PROJECT)
    output = Nowhere()
    convert(source, None, output=output)
    assert sorted(output.changes) == ["net/core.py", "net/paddle_utils.py", "requirements.txt", "train.py"]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_exclude_and_progress(tmp_path):
    source = write_tree(tmp_path / "in", PROJECT)
    seen = []
    report = convert(
        source, tmp_path / "out", exclude=["^net", r"\.md$"], progress=lambda *state: seen.append(state)
    )
    assert sorted(read_tree(tmp_path / "out")) == ["comment.py", "empty.py", "requirements.txt", "train.py"]
    assert report.left_out == ("README.md", "net")
    assert [done for done, _, _ in seen] == [1, 2, 3, 4]
    assert {count for _, count, _ in seen} == {4}
    with pytest.raises(UsageError):
        convert(source, tmp_path / "out2", exclude=["["])


def test_requirements_of_setup_py_are_changed_after_its_conversion(tmp_path):
    files = {
        "setup.py": (
            "import torch\nfrom setuptools import setup\nsetup(install_requires=['torch', 'torchvision'])\n"
        ),
        "use.py": "try:\n    import os, torchvision\nexcept ImportError: pass\n",
        "link.txt": "torch",
    }
    source = write_tree(tmp_path / "in", files)
    (source / "requirements.txt").symlink_to("link.txt")
    report = convert(source, tmp_path / "out")
    out = read_tree(tmp_path / "out")
    assert out["setup.py"] == (
        b"import paddle\nfrom setuptools import setup\n"
        b"setup(install_requires=['paddlepaddle>=3.3.1', 'torchvision'])\n"
    )
    assert os.readlink(tmp_path / "out/requirements.txt") == "link.txt"
    assert next(file for file in report.files if file.path == "setup.py").status is Status.REQUIREMENTS


def test_notes(tmp_path):
    files = {
        "pkg/__init__.py": "import torch\nimport common\n",
        "common.py": "import torch\ntorch.helped\n",
        "left.py": "import os, torch; RAISE\n",
        "setup.py": "import setuptools\n",
        "requirements.txt": "torch\n",
        "x.ipynb": "{}",
    }
    report = convert(write_tree(tmp_path / "in", files), tmp_path / "out")
    assert report.notes == (
        "paddle_utils.py lies beside the packages: add it to the modules that are installed",
        "notebooks are copied as they are: 1",
        "the requirements name Paddle only, but torch is still imported in 1 of the files, such as left.py",
    )


def test_an_encoding_that_cannot_hold_the_result(tmp_path, monkeypatch):
    text = b"# coding: ascii\nimport torch\ntorch.helped\n"
    engine = replace(ENGINE, convert=non_ascii)
    source = write_tree(
        tmp_path / "in", {"a.py": text, "setup.py": text, "b.py": b"# coding: utf-7\nx = '+AGE-'\n"}
    )
    report = convert(source, tmp_path / "out", engine=engine)
    assert read_tree(tmp_path / "out") == read_tree(source)
    assert [file.path for file in report.failed] == ["a.py", "setup.py"]
    assert "encoding ascii" in report.failed[0].diagnostics[0].message


def non_ascii(source, **_):
    return Conversion(source + "# é\n")


def test_formats_only_what_changed(tmp_path):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\nx = [1,2]\r\n\r\ny = torch.ones( 1,2 )\r\n"})
    convert(source, tmp_path / "out", format=True)
    text = (tmp_path / "out/a.py").read_bytes()
    assert b"x = [1,2]" in text
    assert b"y = paddle.ones(1, 2)\r\n" in text


def test_a_long_file(tmp_path):
    source = write_tree(tmp_path / "in", {"a.py": "import torch\n" + "x = 1\n" * 50_000})
    convert(source, tmp_path / "out")
    assert (tmp_path / "out/a.py").read_text().startswith("import paddle\nx = 1\n")
