import pytest

from paconvert.project.imports import Import, absolute, candidates, scan_imports


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import a", [Import(0, "a")]),
        ("import a.b as c, d\n", [Import(0, "a.b"), Import(0, "d")]),
        ("from a.b import c as d, e\n", [Import(0, "a.b", ("c", "e"))]),
        ("from . import x\nfrom .. y import z\nfrom ...p.q import *\n", None),
        ("from .a import (  # why\n    b,  # (c)\n    d as e,\n)\n", [Import(1, "a", ("b", "d"))]),
        ("from a import b, \\\n    c\n", [Import(0, "a", ("b", "c"))]),
        ("try: import a\nexcept ImportError: pass; from b import c\r\n    import d", None),
        ("important = 1\n# import a\nx.import_module('a')\nfrom_import = 2\n", []),
        ("\ufeffimport a\n\timport b # c\n", [Import(0, "a"), Import(0, "b")]),
        ("from.import a\n", [Import(1, "", ("a",))]),
    ],
)
def test_scan(text, found):
    if found is None:
        found = {
            "f": [Import(1, "", ("x",)), Import(3, "p.q", ("*",))],
            "t": [Import(0, "a"), Import(0, "b", ("c",)), Import(0, "d")],
        }[text[0]]
        assert [item for item in scan_imports(text) if item.level != 2] == found
    else:
        assert list(scan_imports(text)) == found


def test_relative_imports_become_absolute():
    assert absolute(Import(1, "x", ("y",)), "a.b.c", False) == Import(0, "a.b.x", ("y",))
    assert absolute(Import(1, "x"), "a.b", True) == Import(0, "a.b.x")
    assert absolute(Import(2, "", ("y",)), "a.b.c", False) == Import(0, "a", ("y",))
    assert list(candidates(Import(0, "a.b", ("c", "*")))) == ["a", "a.b", "a.b.c"]
