"""Modules that are looked up by a name in a string."""

from __future__ import annotations

import pytest

from paconvert.conversion import convert
from paconvert.records import Level, Options

MODULE = Options(helpers_import="import paddle_utils")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "import importlib.util\nok = importlib.util.find_spec('torch') is not None\n",
            "import importlib.util\nok = importlib.util.find_spec('paddle') is not None\n",
        ),
        (
            'from importlib.util import find_spec as find\nok = find(name="torch.nn.functional")\n',
            'from importlib.util import find_spec as find\nok = find(name="paddle.nn.functional")\n',
        ),
        (
            "import importlib\nnn = importlib.import_module('torch.nn')\nm = nn.BatchNorm2d(3)\n",
            "import paddle_utils\nimport importlib\n"
            "nn = importlib.import_module('paddle.nn')\nm = paddle_utils.BatchNorm2d(3)\n",
        ),
        (
            "from importlib import import_module\ndef f():\n    return import_module('torch.optim')\n",
            "from importlib import import_module\ndef f():\n    return import_module('paddle.optimizer')\n",
        ),
        ("t = __import__('torch')\n", "t = __import__('paddle')\n"),
        (
            "import importlib.metadata as md\nv = md.version('torch')\n",
            "import importlib.metadata as md\nv = '2.13.0'\n",
        ),
        (
            "import sys\nif 'torch' in sys.modules: m = sys.modules['torch'].nn\n",
            "import paddle\nimport sys\nif 'paddle' in sys.modules: m = paddle.nn\n",
        ),
        (
            "import sys\nm = sys.modules.get('torch', None)\nsys.modules['torch'] = m\n",
            "import sys\nm = sys.modules.get('paddle', None)\nsys.modules['paddle'] = m\n",
        ),
        (
            "from importlib.util import find_spec\n"
            "def there(name): return find_spec(name) is not None\nok = there('torch')\n",
            "import paddle_utils\nfrom importlib.util import find_spec\n"
            "def there(name): return paddle_utils.find_spec_by_name(name) is not None\nok = there('torch')\n",
        ),
    ],
)
def test_what_the_program_asks_about_torch_it_asks_about_paddle(source: str, expected: str) -> None:
    result = convert(source, options=MODULE)
    assert result.code == expected
    assert not [item for item in result.diagnostics if item.level is Level.UNSUPPORTED]


@pytest.mark.parametrize(
    "source",
    [
        "from importlib.util import find_spec\nok = find_spec('numpy')\n# 'torch'\n",
        "from importlib.util import find_spec\nok = find_spec('torch_xla')\nname = 'torch'\n",
        "from importlib.util import find_spec\ndef f(name): return find_spec(name)\nname = 'torch'\n",
        "def find_spec(name): return name\nx = find_spec('torch')\n",
        "names = {'torch': 1}\nx = 'torch' in names\n",
        "import sys\nx = 'numpy' in sys.modules or sys.modules[__name__]\nname = 'torch'\n",
    ],
)
def test_other_lookups_stay(source: str) -> None:
    result = convert(source, options=MODULE)
    assert (result.code, result.diagnostics) == (source, ())


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nm = importlib.import_module('torch.distributions')\n",
        "import importlib\nm = importlib.import_module(f'torch.optim.{name}')\n",
        "import pkg_resources\nv = pkg_resources.get_distribution('torch').version\n",
        "from importlib import metadata\nv = metadata.version('torchaudio')\n",
    ],
)
def test_what_has_no_counterpart_is_reported(source: str) -> None:
    result = convert(source, options=MODULE)
    assert [item.level for item in result.diagnostics] == [Level.UNSUPPORTED]
    assert source.splitlines()[-1] in result.code
