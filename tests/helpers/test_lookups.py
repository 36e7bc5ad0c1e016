"""Helpers that look modules and packages up by name."""

from __future__ import annotations

import pytest

paddle = pytest.importorskip("paddle")

from paconvert.helpers import lookups  # noqa: E402


@pytest.mark.parametrize(
    ("name", "module"),
    [("torch", "paddle"), ("torch.nn.functional", "paddle.nn.functional"), ("torch.utils.data", "paddle.io"),
     ("torchvision.transforms", "paddle.vision.transforms"), ("json", "json"), ("torch_xla", "torch_xla")],
)  # fmt: skip
def test_a_module_of_torch_is_that_of_paddle(name, module):
    spec = lookups.find_spec_by_name(name)
    assert (spec.name if spec else None) == (None if module == "torch_xla" else module)
    if spec:
        assert lookups.import_by_name(name).__name__ == module


def test_a_module_that_is_not_there_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        lookups.import_by_name("torch.no_such_module")
    assert lookups.find_spec_by_name("torch.no_such_module") is None


def test_versions_are_those_the_code_was_written_for():
    assert lookups.version_by_name("torch") == "2.13.0"
    assert lookups.version_by_name("numpy").count(".") >= 2
    with pytest.raises(ModuleNotFoundError):
        lookups.version_by_name("no-such-package")
