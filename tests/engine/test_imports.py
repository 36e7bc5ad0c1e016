"""Import analysis on its own."""

from __future__ import annotations

import ast

import pytest

from paconvert.conversion import convert
from paconvert.frontend.imports import (
    ImportedName,
    absolute_module,
    import_context,
    imported_names,
    quick_names,
)
from paconvert.records import Options


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import torch", {"torch": "torch"}),
        ("import torch.nn as nn, os", {"nn": "torch.nn", "os": "os"}),
        ("import torch.utils.data", {"torch": "torch"}),
        ("from torch.nn import functional as F", {"F": "torch.nn.functional"}),
        ("from torch import (nn,  # layers\n    Tensor,\n)", {"nn": "torch.nn", "Tensor": "torch.Tensor"}),
        ("from torch import \\\n    nn", {"nn": "torch.nn"}),
        ("def f():\n    from torch import nn\n", {"nn": "torch.nn"}),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None\n", {"torch": "torch"}),
        ("if TYPE_CHECKING: from torch import Tensor\n", {"Tensor": "torch.Tensor"}),
        ("x = 1; import torch\n", {"torch": "torch"}),
        ('"""\nimport torch\n"""\n', {}),
        ("# import torch\n", {}),
        ("s = 'import torch'\n", {}),
        ("\ufeffimport torch\n", {"torch": "torch"}),
        ("import torch\r\nfrom torch import nn\r\n", {"torch": "torch", "nn": "torch.nn"}),
        ("import torch\ndef f(:\n  from torch import nn\n  x = (", {"torch": "torch", "nn": "torch.nn"}),
        ("from torch import (nn,\nimport os\n", {"nn": "torch.nn", "os": "os"}),
        ("from . import parts\nfrom ..a import b as c", {"parts": "p.q.parts", "c": "p.a.b"}),
    ],
)
def test_names_are_read_from_text_that_may_not_parse(text: str, names: dict[str, str]) -> None:
    assert import_context(text, module="p.q.r").names == names


def test_wildcards_and_conventions() -> None:
    context = import_context(
        "from .parts import *\nimport torch", module="p.m", conventions={"nn": "torch.nn", "torch": "x"}
    )
    assert context.wildcards == ("p.parts",)
    assert context.names == {"torch": "torch", "nn": "torch.nn"}


@pytest.mark.parametrize(
    ("module", "importer", "is_package", "absolute"),
    [
        ("torch", "p.m", False, "torch"),
        (".", "p.m", False, "p"),
        (".a", "p.m", False, "p.a"),
        ("..a", "p.q.m", False, "p.a"),
        (".a", "p", True, "p.a"),
        ("...a", "p.q.r", True, "p.a"),
    ],
)
def test_relative_modules(module: str, importer: str, is_package: bool, absolute: str) -> None:
    assert absolute_module(module, importer, is_package) == absolute


def test_a_part_of_another_package_is_imported_for_paddle() -> None:
    code = convert(
        "import safetensors.torch\nimport torch\nw = safetensors.torch.load_file('w')\n",
        options=Options(helpers_import="import paddle_utils"),
    ).code
    assert code == "import safetensors.paddle\nimport paddle\nw = safetensors.paddle.load_file('w')\n"


@pytest.mark.parametrize("around", ["if available():", "with warnings():"])
def test_a_kept_import_in_a_branch_is_guarded(around: str) -> None:
    source = f"{around}\n    import torch\ndef f():\n    return torch.fx.Graph()\n"
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert "    try:\n        import torch\n    except ImportError:\n        torch = None\n" in code


def test_a_kept_import_in_a_try_may_fail() -> None:
    source = (
        "try:\n    if x:\n        import torch\nexcept ImportError: pass\ndef f(): return torch.fx.Graph()\n"
    )
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert code.count("try:") == 1


def test_only_the_import_of_what_stays_is_kept() -> None:
    source = (
        "def f():\n    import torch\n    return torch.fx.Graph()\n"
        "def g():\n    import torch\n    return torch.cuda.is_available()\n"
    )
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert "def g():\n    import paddle\n    return paddle.cuda.is_available()\n" in code
    assert code.count("import torch") == 1


def test_an_import_with_a_substitute_still_fails() -> None:
    source = (
        "try:\n    from torch._dynamo import allow_in_graph\n"
        "except ImportError:\n    def allow_in_graph(cls):\n        return cls\n"
        "@allow_in_graph\nclass A: pass\n"
    )
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert "try:\n    from torch._dynamo import allow_in_graph\nexcept" in code


def test_each_branch_has_its_import() -> None:
    source = (
        "if TYPE_CHECKING:\n    import torch\n"
        "if available():\n    import torch\n"
        "def f():\n    import torch\n    return torch.ones(2)\n"
    )
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert code == (
        "if TYPE_CHECKING:\n    import paddle\n"
        "if available():\n    import paddle\n"
        "def f():\n    import paddle\n    return paddle.ones(2)\n"
    )


def test_a_name_that_is_bound_twice_keeps_its_import() -> None:
    source = (
        "import torch\nif available():\n    from torch.nn.attention.flex_attention import BlockMask\n"
        "else:\n    BlockMask = torch.Tensor\ndef f(x) -> BlockMask: ...\n"
    )
    code = convert(source, options=Options(helpers_import="from . import paddle_utils")).code
    assert "if available():\n    from .paddle_utils import BlockMask\n" in code


@pytest.mark.parametrize(
    "text",
    [
        "import torch \\\n .nn \\\n as nn",
        "import\\\n torch . nn as nn  # ends with \\\nx = 1",
        "from torch\\\n import nn",
        "from \\\n torch \\\r\n . nn import \\\n functional \\\n as F",
        "from\\\n.\\\na import b",
        "from . . a import import_x",
        "from torch import (nn,  # a ), b\n optim)",
        "\f\nx = 2; \\\n import torch",
    ],
)
def test_every_layout_of_an_import(text: str) -> None:
    expected = {
        ImportedName("." * node.level + (node.module or ""), alias.name, alias.asname or "")
        if isinstance(node, ast.ImportFrom)
        else ImportedName("", alias.name, alias.asname or "")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert set(imported_names(text)) == expected
    assert expected <= set(quick_names(text))


def test_a_method_may_have_the_name_of_what_it_calls() -> None:
    source = (
        "from torch.nn.utils import remove_weight_norm\n"
        "class G:\n"
        "    def remove_weight_norm(self):\n"
        "        remove_weight_norm(self.a)\n"
        "        self.b.remove_weight_norm()\n"
    )
    code = convert(source, options=Options(helpers_import="import paddle_utils")).code
    assert "from paddle_utils import remove_weight_norm\n" in code


def test_helpers_keep_pythons_own_names_beside_a_star_import() -> None:
    source = "from torch import *\nx = ones(2, 3)\nprint(max(x, 1))\n"
    lines = convert(source).code.splitlines()
    kept = next(i for i, line in enumerate(lines) if line.startswith("from builtins import "))
    assert {"bool", "isinstance"} <= set(lines[kept].removeprefix("from builtins import ").split(", "))
    assert lines.index("from paddle import *") < kept < lines.index("x = paddle.ones(2, 3)")
    assert "from builtins" not in convert(source.replace("import *", "import ones, max")).code
