import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Tests neither use nor fill the user's cache."""
    monkeypatch.setenv("PACONVERT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
