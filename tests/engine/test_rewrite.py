"""The shape of the output: what is edited, what stays, how unsupported code is marked."""

from __future__ import annotations

import ast
from itertools import pairwise

import pytest

from paconvert.conversion import convert
from paconvert.records import Level, Mark, Options
from paconvert.rewrite.buffer import EditBuffer, apply_edits

MODULE = Options(helpers_import="import paddle_utils")


def body(source: str, options: Options = MODULE) -> str:
    return convert(source, options=options).code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch\n", "import paddle\n"),
        ("import torch as th\nth.abs(x)\n", "import paddle as th\nth.abs(x)\n"),
        ("import torch.nn as nn\n", "import paddle.nn as nn\n"),
        (
            "import torch\nfrom torch import nn\nclass A(torch.nn.Module): x: nn.Module\n",
            "import paddle\nfrom paddle import nn\nclass A(paddle.nn.Module): x: nn.Module\n",
        ),
        ("from torch import nn  # layers\n", "from paddle import nn  # layers\n"),
        ("from torch.nn import functional as F\n", "from paddle.nn import functional as F\n"),
        ("import os, torch\n", "import os, paddle\n"),
        ("import torch\nimport torch.nn.functional\n", "import paddle\n"),
        (
            "def f():\n    import torch\n    return torch.abs(1)\n",
            "def f():\n    import paddle\n    return paddle.abs(1)\n",
        ),
        (
            "from torch import (\n    abs,  # one\n    exp,\n)\n",
            "from paddle import (\n    abs,  # one\n    exp,\n)\n",
        ),
        ("import torch\r\ny = torch.abs(x)\r\n", "import paddle\r\ny = paddle.abs(x)\r\n"),
        ("\ufeffimport torch\ny = torch.abs(x)\n", "\ufeffimport paddle\ny = paddle.abs(x)\n"),
        ("import torch\nif x:\n\ty = torch.abs(  x )\n", "import paddle\nif x:\n\ty = paddle.abs(  x )\n"),
        ("import torch\ny = torch . abs(x)\n", "import paddle\ny = paddle.abs(x)\n"),
        (
            "import torch\ny = f'{torch.abs(x):>{torch.exp(y)}}'\n",
            "import paddle\ny = f'{paddle.abs(x):>{paddle.exp(y)}}'\n",
        ),
        (
            "import torch\ndef f(x: 'torch.Tensor'): 'torch.abs(x)'\n",
            "import paddle\ndef f(x: 'paddle.Tensor'): 'torch.abs(x)'\n",
        ),
        ("import torch\nact = torch.abs\n", "import paddle\nact = paddle.abs\n"),
        ("import torch\ny = getattr(torch, 'abs')(x)\n", "import paddle\ny = paddle.abs(x)\n"),
        ("import torch\nok = hasattr(torch, 'abs')\n", "import paddle\nok = True\n"),
        ("import torch\nno = hasattr(torch, 'no_such_name')\n", "import paddle\nno = False\n"),
        (
            "import torch\ny = torch.abs(x) if (n := torch.exp(x)) else [torch.sin(i) for i in x]\n",
            "import paddle\ny = paddle.abs(x) if (n := paddle.exp(x)) else [paddle.sin(i) for i in x]\n",
        ),
        (
            "import torch\ndef f():\n    torch.backends.cudnn.benchmark = True\n",
            "import paddle\ndef f():\n    pass\n",
        ),
        (
            "import torch\ndef f():\n    torch.backends.cudnn.benchmark = True  # fast\n    return 1\n",
            "import paddle\ndef f():\n    pass  # fast\n    return 1\n",
        ),
        (
            "import torch\n\n@torch.jit.script\ndef f(x):\n    return torch.abs(x)\n",
            "import paddle\n\ndef f(x):\n    return paddle.abs(x)\n",
        ),
        (
            "try:\n    import torch\nexcept ImportError:\n    torch = None\n",
            "try:\n    import paddle\nexcept ImportError:\n    paddle = None\n",
        ),
        (
            "from m import conv\nimport torch\nprint(torch)\n",
            "from m import conv\nimport paddle\nprint(paddle)\n",
        ),
        ("x = 1\n", "x = 1\n"),
    ],
)
def test_layout(source: str, expected: str) -> None:
    assert body(source) == expected


UNSUPPORTED = """import torch


def f(x):
    if x:
        return torch.no_such_function(torch.abs(x))  # why
    return torch.abs(x)
"""


def test_unsupported_code_stays_and_is_marked_once() -> None:
    conversion = convert(UNSUPPORTED, options=MODULE)
    lines = conversion.code.splitlines()
    place = lines.index("        return torch.no_such_function(torch.abs(x))  # why")
    assert lines[place - 1].startswith("        # paconvert: torch.no_such_function")
    assert "    return paddle.abs(x)" in lines
    assert "    import torch" in lines  # guarded: the rest of the module runs without torch
    ast.parse(conversion.code)
    again = convert(conversion.code, options=MODULE)
    assert again.code == conversion.code
    assert [item.api for item in again.diagnostics] == ["torch.no_such_function"]


def test_arrow_marks() -> None:
    code = body(UNSUPPORTED, Options(mark=Mark.ARROW, helpers_import="import paddle_utils"))
    assert ">>>>>>        return torch.no_such_function" in code


def test_places_of_diagnostics() -> None:
    (diagnostic, *_) = [
        item
        for item in convert(UNSUPPORTED, filename="p/m.py").diagnostics
        if item.level is Level.UNSUPPORTED
    ]
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == ("p/m.py", 6, 15)


def test_edits_give_the_code() -> None:
    source = "import torch\ny = torch.cat([torch.abs(x), x], 1).numel()\n"
    conversion = convert(source)
    assert apply_edits(source, conversion.edits) == conversion.code
    assert all(left.end <= right.start for left, right in pairwise(conversion.edits))


def test_a_single_file_brings_its_helpers() -> None:
    conversion = convert("import torch\nx = torch.ones(3)\ny = x.chunk(2)\n")
    assert conversion.helpers
    tree = ast.parse(conversion.code)
    defined = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert conversion.helpers <= defined


def test_a_helper_gives_way_to_a_name_of_the_source() -> None:
    conversion = convert("import torch\ndef chunk(x):\n    return 1\ny = torch.ones(3).chunk(2)\n")
    tree = ast.parse(conversion.code)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names))
    assert "chunk" in names and "chunk_" in names


@pytest.mark.parametrize(
    "source",
    ["def f(:\n", "import torch\nx = (\n", "import torch\n" + "(" * 1000 + ")" * 1000, "import torch\n\0"],
)
def test_what_is_not_python_comes_back_with_an_error(source: str) -> None:
    conversion = convert(source)
    assert conversion.code == source
    assert [item.level for item in conversion.diagnostics] == ([Level.ERROR] if "torch" in source else [])


def test_buffer_takes_in_inner_edits() -> None:
    buffer = EditBuffer("a(b(c))")
    buffer.add(4, 5, "C")
    buffer.add(0, 7, f"x[{buffer.text(2, 6)}]")
    assert [edit.text for edit in buffer.edits] == ["x[b(C)]"]


def test_comments_that_lose_their_place_go_above_the_statement() -> None:
    source = (
        "import torch\ndef f(x: torch.Tensor):\n    y = x.max(\n        0,  # along rows\n    )  # kept\n"
        "    return (\n        x\n        # first\n        .chunk(2)\n    )\n"
    )
    code = body(source)
    assert all(comment in code for comment in ("# along rows", "# kept", "# first"))


def test_a_docstring_that_imports_torch_does_not_make_the_output_torch_code() -> None:
    source = '"""\nimport torch\n"""\nimport torch\ndef f(v):\n    return torch.abs(v).chunk(2), v.w.sum()\n'
    code = body(source)
    assert "    return" in code and body(code) == code


def test_an_operator_called_by_name_stays() -> None:
    code = body(
        "import torch\ndef f(x: torch.Tensor, i):\n    return x.__getitem__((1, *i)), torch.Tensor.__add__\n"
    )
    assert code.endswith("    return x.__getitem__((1, *i)), paddle.Tensor.__add__\n")


def test_comments_before_arguments_in_a_function_stay_whole() -> None:
    code = body(
        "import torch\n"
        "def f(x):\n"
        "    return torch.zeros(3).mul_(\n"
        "        # (first\n"
        "        # second\n"
        "        x\n"
        "    )\n"
    )
    assert "mul_(paddle.zeros(3),\n        # (first\n        # second\n        x\n    )\n" in code


def test_an_unsupported_annotation_becomes_a_string() -> None:
    code = body(
        "import torch\ndef f(g: torch.fx.Graph | None, x: torch.Tensor) -> list[torch.fx.Node]: ...\n"
    )
    assert 'def f(g: "torch.fx.Graph | None", x: paddle.Tensor) -> "list[torch.fx.Node]": ...' in code
    assert "except ImportError:\n    torch = None\n" in code


def test_packages_of_which_some_names_are_known() -> None:
    source = (
        "from fairscale.nn.model_parallel import initialize as start, other\n"
        "from fairscale.nn.model_parallel.initialize import get_model_parallel_rank, unknown\n"
        "rank = start.get_model_parallel_rank() + get_model_parallel_rank() + unknown()\n"
    )
    conversion = convert(source, options=MODULE)
    assert conversion.code.splitlines() == [
        "import paddle_utils",
        "from fairscale.nn.model_parallel import other",
        "from paddle_utils import get_model_parallel_rank",
        "from fairscale.nn.model_parallel.initialize import unknown",
        "rank = paddle_utils.get_model_parallel_rank() + get_model_parallel_rank() + unknown()",
    ]


def test_a_package_stays_imported_for_its_other_names() -> None:
    source = (
        "import torch\nimport transformers as hf\nfrom transformers import logging\n"
        "x = torch.abs(hf.AutoTokenizer.from_pretrained('x'))\n"
        "logging.get_logger('x').info(hf.AddedToken('y'))\n"
    )
    conversion = convert(source)
    assert conversion.code == source.replace("torch", "paddle")
    assert not conversion.summary.unsupported


def test_overloads_of_operators_have_the_rules_of_the_operator() -> None:
    code = body(
        "import torch\n"
        "def f(x, y):\n"
        "    view = torch.ops.aten.expand.default(x, [2, -1])\n"
        "    relu = torch.ops.aten.sin.default(view);  view = None\n"
        "    operator = torch.ops.aten.tanh.default\n"
        "    return operator(torch.ops.aten.expand(relu, [2, 3])), torch._C._nn.silu(y)\n"
    )
    assert code == (
        "import paddle\n"
        "def f(x, y):\n"
        "    view = x.expand([2, -1])\n"
        "    relu = paddle.sin(view);  view = None\n"
        "    operator = paddle.tanh\n"
        "    return operator(relu.expand([2, 3])), paddle.nn.functional.silu(y)\n"
    )


def test_helpers_beside_names_of_the_source() -> None:
    code = body(
        "import torch\n"
        "def f(x):\n"
        "    relu = torch.ops.aten.hardswish_.default(x)\n"
        "    apply_inplace = apply_inplace_ = relu\n"
        "    return apply_inplace\n",
        Options(),
    )
    assert "    relu = apply_inplace__(paddle.nn.functional.hardswish, x, inplace=True)\n" in code
    assert "def apply_inplace__(" in code


def test_variables_for_modules() -> None:
    code = body(
        "import torch\n"
        "Fn = torch.nn.functional\n"
        "aten = torch.ops.aten\n"
        "try:\n"
        "    optim = torch.optim  # all of it\n"
        "except ImportError:\n"
        "    pass\n"
        "def f(x, p):\n"
        "    return Fn.one_hot(x, 3), aten.sin.default(x), optim.SGD(p)\n"
    )
    assert code.endswith(
        "    return paddle.nn.functional.one_hot(x, 3).astype('int64'), paddle.sin(x), paddle_utils.SGD(p)\n"
    )


def test_an_unsupported_name_in_a_string_annotation_stays() -> None:
    code = body("import torch\ndef f(g: 'torch.fx.Graph', h: list['torch.fx.Graph']) -> None: ...\n")
    assert "def f(g: 'torch.fx.Graph', h: list['torch.fx.Graph']) -> None: ..." in code


def test_an_annotation_names_the_class_that_a_template_makes() -> None:
    code = body("import torch\ndef f(s: torch.cuda.Stream | None = None) -> torch.cuda.Stream: ...\n")
    assert code == "import paddle\ndef f(s: paddle.cuda.Stream | None = None) -> paddle.cuda.Stream: ...\n"


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nx = torch.tensor([1])\ny = torch.tensor([1.5])\nz = x + y\n",
        "import torch\ndef f():\n    return x + y\nx = torch.tensor([1])\ny = torch.tensor([1.5])\n",
        "import torch.nn as nn\nclass M(nn.Module):\n    def forward(self, a, b):\n        return a + b\n",
    ],
)
def test_operators_without_a_name_of_torch_beside_them(source: str) -> None:
    assert "type_promotion" in convert(source).helpers


@pytest.mark.parametrize(
    "around",
    [
        "y = (HERE\n     * 3)",
        "y = (\n    3 *  # see f(\n    HERE\n)",
        "y = (HERE  # one,\n     ** 2)",
        "y = HERE \\\n    * 2",
        "y = 2 * \\\n    HERE",
        "y = (HERE\n     [0])",
        "y = (\n    -\n    HERE\n)",
        "y = [HERE\n     ,\n     2]",
        "y = HERE  # * 2",
        "if HERE: pass",
        "HERE; z = 1",
        "def f():\n    return HERE",
    ],
)
def test_operators_on_other_lines_bind_as_before(around: str) -> None:
    head = "import torch\nx = torch.rand(3)\n"
    code = body(head + around.replace("HERE", "x.sub(1)") + "\n")
    last = around.replace("HERE", "(x - 1)")
    assert ast.dump(ast.parse(code).body[-1]) == ast.dump(ast.parse(last).body[-1])


def test_calls_chained_over_lines() -> None:
    code = body(
        "import torch\nx = torch.rand(3)\ny = (\n    x\n    .sub(0.5)\n    # half of it\n    .div(2.0)\n)\n"
    )
    assert ast.unparse(ast.parse(code).body[-1]) == "y = (x - 0.5) / 2.0"
    assert "# half of it" in code


def test_something_dropped_is_still_called_where_it_is_passed_on() -> None:
    code = body(
        "import torch\n"
        "scripting = torch.jit.is_scripting\n"
        'compiling = getattr(torch.compiler, "is_compiling", None)\n'
        "make = torch.compile\n"
        "steps = [torch.cuda.is_initialized, torch.jit.is_scripting()]\n"
    )
    assert code.endswith(
        "scripting = lambda: False\n"
        "compiling = lambda: False\n"
        "make = paddle_utils.uncompiled\n"
        "steps = [lambda: paddle.cuda.is_available(), False]\n"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A:\n    conv = torch.abs\n", "class A:\n    conv = staticmethod(paddle.abs)\n"),
        (
            "class A:\n    conv: object = torch.abs\n",
            "class A:\n    conv: object = staticmethod(paddle.abs)\n",
        ),
        ("class A:\n    kind = torch.float32\n", "class A:\n    kind = paddle.float32\n"),
        ("class A:\n    layer = torch.nn.Identity\n", "class A:\n    layer = paddle.nn.Identity\n"),
        ("class A:\n    both = (torch.abs, 1)\n", "class A:\n    both = (paddle.abs, 1)\n"),
        (
            "class A:\n    def f(self):\n        g = torch.abs\n",
            "class A:\n    def f(self):\n        g = paddle.abs\n",
        ),
    ],
)
def test_functions_as_fields(source: str, expected: str) -> None:
    """torch's functions are built in: they do not become methods of a class that has them as attributes."""
    assert body("import torch\n" + source) == "import paddle\n" + expected


@pytest.mark.parametrize(
    ("equation", "helper"),
    [("'ab,bc->ac'", False), ("'AB,BC'", False), ("'Ba,ab->B'", True), ("name", True), ("'a...,Ab'", True)],
)
def test_literal_strings_by_pattern(equation: str, helper: bool) -> None:
    code = f"import torch\ny = torch.einsum({equation}, torch.ones(2, 2), torch.ones(2, 2))\n"
    assert ("paddle_utils.einsum" in body(code)) is helper


def test_a_module_that_names_itself() -> None:
    code = "import torch\ndef f(x: torch.torch.Tensor):\n    return torch.torch.abs(x), x.numel()\n"
    expected = (
        "import paddle\nimport paddle_utils\n"
        "def f(x: paddle.Tensor):\n    return paddle.abs(x), paddle_utils.numel(x)\n"
    )
    assert "torch.torch" not in body(code)
    assert body(code).count("paddle.abs(x)") == expected.count("paddle.abs(x)")


@pytest.mark.parametrize(
    "line",
    [
        'x = """a\n"""; y = torch.fx.symbolic_trace(x)',
        'if z == """a\n""": torch.fx.symbolic_trace(x)',
        "x = 1 \\\n ; torch.fx.symbolic_trace(x)",
        "x = f(a,\nb); torch.fx.symbolic_trace(x)",
    ],
)
def test_a_mark_stands_above_all_that_is_on_the_line(line: str) -> None:
    above, _, rest = body(f"import torch\n{line}\n").partition("# paconvert:")
    assert line not in above
    assert rest.partition("\n")[2] == line + "\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("((x * y).  # a\n sum()).backward()\n", "((x * y).  # a\n sum()).backward()\n"),
        ("((x)\n .f()).backward(None, False)\n", "((x)\n .f()).backward()\n"),
        ("(torch.set_autocast_xla_enabled(False)\n); y = 1\n", "pass; y = 1\n"),
        ("x.grad = (torch.ones\n (2))\n", "x.grad = (paddle.ones\n (2))\n"),
    ],
)
def test_expressions_over_lines_without_their_parentheses(source: str, expected: str) -> None:
    assert body(f"import torch\nx = torch.ones(2)\n{source}").endswith(f"\n{expected}")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("2, layout=torch.strided  # a\n , requires_grad=r", "2,  # a\n  requires_grad=r"),
        ("2  # a\n , layout=torch.strided,  # b\n device=d", "2,  # a\n  # b\n device=d"),
        ("2  # a, b\n , layout=torch.strided  # c\n", "2  # a, b\n  # c\n"),
        ("2,\n layout=torch.strided,\n", "2,\n"),
        ("2,\n layout=torch.strided, device=d,\n", "2,\n device=d,\n"),
    ],
)
def test_comments_between_arguments_that_are_left_out(arguments: str, expected: str) -> None:
    assert body(f"import torch\ny = torch.eye({arguments})\n").endswith(f"y = paddle.eye({expected})\n")


def test_a_base_class_without_a_counterpart_leaves_the_module_importable() -> None:
    source = "import torch\nclass A(torch.overrides.TorchFunctionMode):\n    x = torch.abs\n"
    result = convert(source, options=MODULE)
    assert 'class A(paddle_utils.missing_class("torch.overrides.TorchFunctionMode")):' in result.code
    assert "# paconvert: torch.overrides.TorchFunctionMode is not converted" in result.code
    assert "import torch" not in result.code
    assert result.diagnostics[0].level is Level.UNSUPPORTED


def test_an_imported_class_without_a_counterpart_can_be_named() -> None:
    source = (
        "from torch.distributed.tensor import DeviceMesh, distribute_tensor\n"
        "def f(mesh=None):\n"
        "    if isinstance(mesh, DeviceMesh): return distribute_tensor(mesh)\n"
    )
    code = body(source)
    assert "    distribute_tensor = None\n" in code
    assert '    DeviceMesh = paddle_utils.missing_class("torch.distributed.tensor.DeviceMesh")\n' in code
    assert "DeviceMesh = distribute_tensor = None" in body(source, Options())


def test_a_constant_that_is_only_compared() -> None:
    code = (
        "import torch\nok = x.dtype == torch.complex32\nno = dtype not in (torch.int8, torch.quint8)\n"
        "sizes = {torch.quint8: 1}\n"
    )
    assert body(code) == (
        "import paddle\nok = x.dtype == 'torch.complex32'\nno = dtype not in (paddle.int8, 'torch.quint8')\n"
        "sizes = {'torch.quint8': 1}\n"
    )
    assert convert("import torch\ny = x.to(torch.complex32)\n").summary.unsupported
    assert convert("import torch\nkinds = [torch.complex32]\n").summary.unsupported


def test_nothing_is_an_instance_of_a_class_without_a_counterpart() -> None:
    source = (
        "def f(m):\n    from torch.distributed.fsdp import FullyShardedDataParallel as FSDP\n"
        "    return isinstance(m, FSDP) or isinstance(m, (int, FSDP))\n"
    )
    code = body(source)
    assert "return isinstance(m, ()) or isinstance(m, (int, ()))" in code
    assert "    try:\n        from torch.distributed.fsdp import FullyShardedDataParallel as FSDP\n" in code


def test_an_import_in_a_function_may_fail_where_it_is_not_always_needed() -> None:
    source = "def f(x):\n    from torch.fx import symbolic_trace\n    {}symbolic_trace(x)\n"
    assert "    try:\n        from torch.fx" in body(source.format("if x: "))
    assert "\n    from torch.fx" in body(source.format(""))


def test_another_name_of_a_method_is_a_function_of_the_receiver() -> None:
    source = "import torch\naten = torch.ops.aten\nf(aten.add_.Tensor, torch.ops.aten._pin_memory)\n"
    assert "f(paddle_utils.add_, lambda self, device=None: self)" in body(source)


def test_a_significant_argument_is_not_ignored() -> None:
    source = "import torch\na = x.layout == torch.sparse_csc\nb = torch.zeros(2, layout=torch.sparse_coo)\n"
    result = convert(source, options=MODULE)
    assert "a = x.layout == paddle_utils.layout_sparse_csc" in result.code
    assert "b = torch.zeros(2, layout=torch.sparse_coo)" in result.code
    assert result.diagnostics[-1].message == "its argument layout matters here"
    assert "paddle.zeros(2)" in body("import torch\nb = torch.zeros(2, layout=torch.strided)\n")


def test_an_imported_helper_that_is_rebound_in_a_row_is_imported() -> None:
    source = (
        "try:\n    from torch.nn import BatchNorm1d, BatchNorm2d as Norm\n"
        "except ImportError:\n    BatchNorm1d = Norm = object\n\nclass A(Norm):\n    pass\n"
    )
    assert "from paddle_utils import BatchNorm1d, BatchNorm2d as Norm\n" in body(source)


def test_a_helper_that_is_imported_under_two_names_is_imported() -> None:
    source = (
        "try:\n    from torch.optim.lr_scheduler import LRScheduler\nexcept ImportError:\n"
        "    from torch.optim.lr_scheduler import _LRScheduler as LRScheduler\n"
        "def f(x) -> Union[LRScheduler, int]: ...\n"
    )
    assert body(source).count("    from paddle_utils import LRScheduler\n") == 2


def test_a_call_of_a_likely_receiver_stays_where_it_means_the_same() -> None:
    source = "import torch\ndef f(s, x: torch.Tensor):\n    return torch.zeros(s.size(0), x.size(0))\n"
    assert "paddle.zeros(s.size(0), x.shape[0])" in body(source)


def test_a_function_of_the_framework_is_not_replaced() -> None:
    result = convert("import torch\ntorch.index_select = mine\n", options=MODULE)
    assert "torch.index_select = mine" in result.code
    assert [item.level for item in result.diagnostics] == [Level.UNSUPPORTED]


def test_a_default_that_is_a_class_without_a_counterpart_leaves_the_module_importable() -> None:
    code = body("from torch import fx\ndef f(tracer: type = fx.Tracer): ...\n")
    assert 'def f(tracer: type = paddle_utils.missing_class("torch.fx.Tracer")): ...' in code
    assert "import fx" not in code


def test_what_an_operator_puts_back_into_places_is_an_assignment() -> None:
    source = "import torch\ndef f(n):\n    x = torch.zeros(n, 3)\n    x[[0, 1]] *= 2\n    return x\n"
    assert "advanced_indexing()" in convert(source).code


def test_a_method_that_paddle_would_not_call_is_reported() -> None:
    source = (
        "import torch\nclass A(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        return super().__torch_function__(func, types, args, kwargs)\n"
    )
    result = convert(source, options=MODULE)
    reported = [item.line for item in result.diagnostics if item.level is Level.UNSUPPORTED]
    assert reported[0] == 4
    assert "    # paconvert: torch.Tensor.__torch_function__ is not converted" in result.code


@pytest.mark.parametrize(
    ("statement", "patched"),
    [
        ("y = x[:, i]", True),
        ("y = x[..., [1, 0]]", True),
        ("y = x[None, i]", True),
        ("y = x[:, 1:, None]", False),
        ("y = x[i, :]", False),
        ("y = x[0, ..., -1]", False),
        ("y = x[i]", False),
        ("x[i] = 1.0", True),
        ("x[:, 1] = 1.0", False),
    ],
)
def test_indices_behind_slices(statement: str, patched: bool) -> None:
    """Paddle reads other numbers there, where the tensor is a view."""
    code = f"import torch\nx = torch.ones(2, 3).t()\ni = torch.tensor([1, 0])\n{statement}\n"
    assert ("def advanced_indexing" in convert(code).code) is patched


def test_a_module_of_helpers_that_is_bound_twice_is_a_namespace() -> None:
    source = (
        "try:\n    import pyro.distributions as dist\n"
        "except ImportError:\n    import torch.distributions as dist\n"
        "x = dist.Normal(0, 1)\n"
    )
    assert "    from paddle_utils import distribution_classes as dist\n" in body(source)
    assert "torch" not in body("import torch.distributions as D\nx = D.Normal(0, 1)\n")


def test_unpacked_arguments_go_to_what_stands_for_the_name() -> None:
    source = "import torch\nk = dict(dim=1)\ny = torch.max(torch.ones(2, 2), **k)\nz = torch.max(*[y])\n"
    result = body(source)
    assert "y = paddle_utils.tensor_max(paddle.ones(2, 2), **k)\nz = paddle_utils.tensor_max(*[y])" in result
