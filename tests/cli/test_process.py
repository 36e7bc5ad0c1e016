"""The command line as a process of its own: signals, pipes, terminals, full disks."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.project.fake import read_tree, write_tree

ROOT = Path(__file__).resolve().parents[2]
WAIT = 120  # seconds, on a busy machine
FAKE = [sys.executable, "-m", "tests.cli.fake_main"]


def heed_interrupts():
    """A background job of a shell ignores interrupts, and so would what a test starts there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(*arguments, **options):
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, **options}
    given["preexec_fn"] = heed_interrupts
    return subprocess.Popen([*FAKE, *map(str, arguments)], **given)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_leaves_nothing_behind(tmp_path, number, code, jobs):
    files = {f"m{count}.py": "import torch\n" * 3000 + "SLEEP\n" * (count % 2) for count in range(6)}
    source = write_tree(tmp_path / "in", files)
    before = read_tree(source)
    process = start(source, "-o", tmp_path / "out", "--jobs", jobs, start_new_session=True)
    deadline = time.time() + 20
    while not any(path.suffix == ".paconvert" for path in tmp_path.iterdir()) and time.time() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, errors = process.communicate(timeout=WAIT)
    assert process.returncode == code
    assert "Traceback" not in errors
    if code == 130:
        assert "interrupted; nothing was written" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert read_tree(source) == before


def small_disk(folder):
    """Mounts a tiny file system; skips the test where that is not allowed."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("cannot mount a file system here")


def test_a_full_disk(tmp_path):
    source = write_tree(
        tmp_path / "in", {"a.py": "import torch\n", "big.bin": b"x" * 200_000, "z.py": "import torch\n"}
    )
    disk = tmp_path / "disk"
    small_disk(disk)
    try:
        process = start(source, "-o", disk / "out")
        _, errors = process.communicate(timeout=WAIT)
        assert process.returncode == 1
        assert "No space left on device; nothing was written" in errors
        assert "Traceback" not in errors
        assert list(disk.iterdir()) == []
        write_tree(source, {"big.bin": "small"})
        assert start(source, "-o", disk).wait(timeout=WAIT) == 0  # the target is the mount point itself
        assert sorted(os.listdir(disk)) == ["a.py", "big.bin", "z.py"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_quiet_in_a_pipe_and_a_bar_on_a_terminal(tmp_path):
    source = write_tree(tmp_path / "in", {f"m{count}.py": "import torch\n" for count in range(20)})
    _, errors = start(source, "-o", tmp_path / "out").communicate(timeout=WAIT)
    assert errors == ""
    ours, theirs = pty.openpty()
    process = start(
        source, "-o", tmp_path / "out2", stderr=theirs, stdout=theirs, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait(timeout=WAIT) == 0
    os.close(ours)
    assert b"20/20" in shown
    assert b"files        20" in shown


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    source = write_tree(tmp_path / "in", {f"m{count}.py": "import torch\n" * 2000 for count in range(20)})
    process = start(source, "--diff")
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=WAIT)


def test_names_that_cannot_be_printed(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / os.fsdecode(b"caf\xe9.py")).write_text("torch.fx.trace\n")
    process = start(source, "-o", tmp_path / "out", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    text, errors = process.communicate(timeout=WAIT)
    assert process.returncode == 0, errors
    assert "caf" in text
    assert len(os.listdir(tmp_path / "out")) == 1


def test_the_version_is_there_at_once():
    command = [sys.executable, "-X", "importtime", "-m", "paconvert", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.startswith("paconvert ")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not {"libcst", "rich", "torch", "paddle", "numpy", "concurrent.futures", "json", "black"} & loaded
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "paconvert", "--version"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        times.append(time.perf_counter() - begin)
    bare = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", ""], check=True)
        bare.append(time.perf_counter() - begin)
    assert min(times) < 0.15 or min(times) < 3 * min(bare)
