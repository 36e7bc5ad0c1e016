import errno
import os
import signal
import stat

import pytest

from paconvert.project import write
from paconvert.project.errors import UsageError, WriteError
from paconvert.project.write import check_target, copy_link, replace_file, staged_folder
from tests.project.fake import read_tree, write_tree


def test_refused_targets(tmp_path):
    source = write_tree(tmp_path / "src", {"a/x.py": ""})
    (tmp_path / "link").symlink_to("src")
    (tmp_path / "file").write_text("x")
    for target, message in [
        ("src", "is the input itself"),
        ("link", "is the input itself"),
        ("src/../src", "is the input itself"),
        ("src/out", "inside the input"),
        ("src/a", "inside the input"),
        ("link/deep/out", "inside the input"),
        (".", "inside the output"),
        ("file", "is a file"),
    ]:
        with pytest.raises(UsageError, match=message):
            check_target(source, tmp_path / target, force=True)
    write_tree(tmp_path / "full", {"x": ""})
    with pytest.raises(UsageError, match="--force"):
        check_target(source, tmp_path / "full", force=False)
    check_target(source, tmp_path / "full", force=True)
    check_target(source, tmp_path / "src2", force=False)
    (tmp_path / "empty").mkdir()
    check_target(source, tmp_path / "empty", force=False)


def test_a_folder_appears_whole(tmp_path):
    target = tmp_path / "new/deep/out"
    with staged_folder(target) as stage:
        (stage / "x").write_text("1")
        assert not target.exists()
    assert read_tree(tmp_path) == {"new/deep/out/x": b"1"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_or_not_at_all(tmp_path, error):
    with pytest.raises(error), staged_folder(tmp_path / "new/out") as stage:
        write_tree(stage, {"a/x": ""})
        os.chmod(stage / "a", 0o500)
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def fail(path, data, mode):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(write, "write_file", fail)
    told = pytest.raises(WriteError, match="No space left on device; nothing was written")
    with told, staged_folder(tmp_path / "out") as stage:
        write.write_file(stage / "x", b"", 0o644)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "replace", lambda *_: fail(*_, 0))
    (tmp_path / "x").write_text("old")
    with pytest.raises(WriteError, match="No space left"):
        replace_file(tmp_path / "x", b"new", 0o644)
    assert read_tree(tmp_path) == {"x": b"old"}


def test_what_else_is_in_the_target_stays(tmp_path):
    target = write_tree(tmp_path / "out", {"mine/notes": "n", "a.py": "old", "b/c.py": "old"})
    with staged_folder(target) as stage:
        write_tree(stage, {"a.py": "new", "b/c.py": "new", "d/e.py": "new"})
        (stage / "d/l").symlink_to("e.py")
        os.chmod(stage / "d", 0o750)
    assert read_tree(tmp_path) == {
        "out/a.py": b"new",
        "out/b/c.py": b"new",
        "out/d/e.py": b"new",
        "out/mine/notes": b"n",
    }
    assert os.readlink(target / "d/l") == "e.py"
    assert stat.S_IMODE((target / "d").stat().st_mode) == 0o750


def test_nothing_is_replaced_when_something_is_in_the_way(tmp_path):
    target = write_tree(tmp_path / "out", {"a.py": "old", "b/c.py/x": "old"})
    before = read_tree(tmp_path)
    with pytest.raises(UsageError, match=r"c\.py' is in the way of a file"), staged_folder(target) as stage:
        write_tree(stage, {"a.py": "new", "b/c.py": "new"})
    assert read_tree(tmp_path) == before


def test_replacing_is_not_cut_in_half(tmp_path, monkeypatch):
    target = write_tree(tmp_path / "out", {"a": "old", "b": "old"})
    move = os.replace

    def interrupted(source, place):
        move(source, place)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), staged_folder(target) as stage:
        write_tree(stage, {"a": "new", "b": "new"})
    assert read_tree(tmp_path) == {"out/a": b"new", "out/b": b"new"}


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("x.py", "x.py"),
        ("../missing", "../missing"),
        ("/etc/passwd", "/etc/passwd"),
        ("{root}/b/y", "../b/y"),
    ],
)
def test_links_stay_links(tmp_path, text, copied):
    root = write_tree(tmp_path / "in", {"a/x.py": "", "b/y": ""})
    (root / "a/link").symlink_to(text.format(root=root))
    copy_link(root, "a/link", tmp_path / "copy")
    assert os.readlink(tmp_path / "copy") == copied
