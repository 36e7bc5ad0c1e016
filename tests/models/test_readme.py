"""The README's example is what the converter does."""

from __future__ import annotations

import re

from paconvert import Options, convert
from tests.corpora.packages import REPOSITORY


def test_before_and_after() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")
    before, after = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[:2]
    assert convert(before, options=Options(helpers_import="import paddle_utils")).code == after
