"""The helper injector finds every definition without parsing all of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from paconvert.rewrite import helpers


@pytest.mark.parametrize("path", sorted(helpers._DIRECTORY.glob("*.py")), ids=lambda path: path.stem)
def test_index(path: Path) -> None:
    defined = {
        name for node in ast.parse(path.read_text(encoding="utf-8")).body for name in helpers._defined(node)
    }
    assert {name for name, module in helpers._library().modules.items() if module == path.stem} == defined


def test_a_helper_comes_with_what_it_needs() -> None:
    names = helpers.closure(["pixel_shuffle"])
    assert "pixel_shuffle" in names
    compile(helpers.helper_source(names), "paddle_utils.py", "exec")
    with pytest.raises(KeyError):
        helpers.closure(["no_such_helper"])


def test_helpers_under_other_names_read_the_same_things() -> None:
    library = helpers._library()
    changes = {name: name + "_" for name in library.modules}
    for name in library.modules:
        definition = library.definition(name)
        renamed = helpers._global_names(helpers._renamed(definition, changes))
        assert renamed == {changes.get(used, used) for used in definition.uses}, name


def test_a_parameter_may_have_the_name_of_a_renamed_helper() -> None:
    source = (
        "class Crop:\n"
        "    def __init__(self, size=size):\n"
        "        self.size = size\n\n"
        "    def area(self, image):\n"
        "        return size(image, key=lambda size: size)\n"
    )
    definition = helpers._Definition("Crop", source, "", ("", 0), ast.parse(source).body[0])
    assert helpers._renamed(definition, {"size": "size_"}) == source.replace("=size)", "=size_)").replace(
        "return size(", "return size_("
    )
