import os

from paconvert.project.cache import Cache, default_folder, digest
from paconvert.project.outcome import Outcome
from paconvert.records import Diagnostic, Level


def test_keeps_content_by_key(tmp_path):
    cache = Cache(tmp_path / "new")
    assert cache.get(digest("a")) is None
    cache.put(digest("a"), b"content")
    assert cache.get(digest("a")) == b"content"
    assert digest("a", "b") != digest("ab")


def test_damaged_entries_are_not_there(tmp_path):
    cache = Cache(tmp_path)
    for damage in (b"", b"short", b"x" * 100):
        cache.put(digest("a"), b"content")
        next(path for path in tmp_path.rglob("*") if path.is_file()).write_bytes(damage)
        assert cache.get(digest("a")) is None
    cache.put(digest("a"), b"content")
    assert cache.get(digest("a")) == b"content"


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file/cache")
    cache.put(digest("a"), b"x")
    assert cache.get(digest("a")) is None
    cache.trim()


def test_size_is_bounded_and_the_used_stay(tmp_path):
    cache = Cache(tmp_path, limit=10_000)
    keys = [digest(str(number)) for number in range(30)]
    for number, key in enumerate(keys):
        cache.put(key, b"x" * 1000)
        os.utime(next(tmp_path.rglob(key[2:])), (number, number))
    assert cache.get(keys[0])
    cache.trim()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 10_000
    assert cache.get(keys[0])
    assert cache.get(keys[29])
    assert cache.get(keys[1]) is None


def test_the_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PACONVERT_CACHE_DIR", str(tmp_path))
    assert default_folder() == tmp_path


def test_outcomes_come_back():
    first = Diagnostic(Level.UNSUPPORTED, "torch.fx", 3, 4, "none 漢", "advice", "a.py", 10, 20)
    second = Diagnostic(Level.ASSUMED, "torch.fx", 5, 6, "none 漢", "", "a.py")
    outcome = Outcome("x = '\ud800'\r\n", (first, second), frozenset({"b", "a"}))
    assert Outcome.from_bytes(outcome.to_bytes(), "a.py") == outcome
    assert Outcome.from_bytes(Outcome(None).to_bytes(), "a.py") == Outcome(None)
