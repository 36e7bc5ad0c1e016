"""A sample of real files comes through a conversion unharmed; `python -m tests.corpora` looks at all."""

from __future__ import annotations

import pytest

from .__main__ import PACKAGES
from .check import check_files, faults_of, sample, table
from .packages import python_files


@pytest.mark.download
@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_unharmed(package: str) -> None:
    paths = sample(python_files(package), 50)
    findings = list(check_files(paths, jobs=2, seconds=240))
    assert len(findings) == len(paths)
    assert not [finding for finding in findings if finding.faults], table({package: findings})


def test_a_lost_comment_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from paconvert import Conversion

    monkeypatch.setattr(
        "tests.corpora.check.convert", lambda source, **_: Conversion(source.replace("# why", ""))
    )
    assert faults_of("x = 1  # why\n", "a.py").keys() == {"unrecorded", "comments lost"}
