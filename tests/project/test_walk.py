import os
import socket

import pytest

from paconvert.project.errors import UsageError
from paconvert.project.walk import Kind, compile_patterns, walk
from tests.project.fake import write_tree


def paths(root, exclude=()):
    return [entry.path for entry in walk(root, compile_patterns(exclude)).entries]


def test_lists_everything_sorted_with_its_kind(tmp_path):
    write_tree(
        tmp_path,
        {
            "b.py": "",
            "a/x.pyi": "",
            "a/data.bin": b"\x00",
            "run": "#!/usr/bin/env python3\n",
            "go": "#!/bin/sh\n",
        },
    )
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.py").symlink_to("b.py")
    kinds = {entry.path: entry.kind for entry in walk(tmp_path).entries}
    assert kinds == {
        "a": Kind.FOLDER,
        "a/data.bin": Kind.OTHER,
        "a/x.pyi": Kind.PYTHON,
        "b.py": Kind.PYTHON,
        "empty": Kind.FOLDER,
        "go": Kind.OTHER,
        "link.py": Kind.LINK,
        "run": Kind.PYTHON,
    }
    assert list(kinds) == sorted(kinds)


def test_leaves_out_histories_caches_and_environments(tmp_path):
    write_tree(
        tmp_path,
        {
            ".git/config": "",
            "a/__pycache__/x.pyc": "",
            "env/pyvenv.cfg": "",
            "env/lib/x.py": "",
            ".gitignore": "",
            "a/b.py": "",
        },
    )
    assert paths(tmp_path) == [".gitignore", "a", "a/b.py"]
    assert walk(tmp_path).left_out == (".git", "a/__pycache__", "env")


def test_exclude_patterns_look_at_the_path_from_the_root(tmp_path):
    write_tree(tmp_path, {"tests/a.py": "", "src/tests.py": "", "src/b.py": "", "src/gen_pb2.py": ""})
    assert paths(tmp_path, ["^tests/?", "_pb2"]) == ["src", "src/b.py", "src/tests.py"]
    with pytest.raises(UsageError, match="not a regular expression"):
        compile_patterns(["("])


def test_links_are_not_followed_also_not_in_a_loop(tmp_path):
    inside = write_tree(tmp_path / "in", {"a/x.py": ""})
    (inside / "a/loop").symlink_to("..")
    (inside / "out").symlink_to(tmp_path)
    assert paths(inside) == ["a", "a/loop", "a/x.py", "out"]


def test_what_is_no_file_is_left_out(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)
        server.bind("socket")
        assert walk(tmp_path).left_out == ("pipe", "socket")


def test_a_folder_that_cannot_be_read_is_a_problem(tmp_path, monkeypatch):
    write_tree(tmp_path, {"a/x.py": "", "b/y.py": ""})
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    tree = walk(tmp_path)
    assert tree.problems == (("a", "Permission denied"),)
    assert [entry.path for entry in tree.entries] == ["a", "b", "b/y.py"]
