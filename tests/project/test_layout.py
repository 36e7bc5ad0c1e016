"""Layouts are proven by running: each file asks its helpers for a class, and all must get the same one."""

import subprocess
import sys

import pytest

from paconvert.project.layout import Layout, root_package
from tests.project.fake import write_tree

USE = "import torch\nKIND = HELPERS.Kind\n"


def plan(files, root=""):
    return Layout(files, root).helpers([path for path, text in files.items() if "torch" in text])


def statements(files, root=""):
    return {path: found.statement for path, found in plan(files, root).items()}


def realise(folder, files, root=""):
    """Writes a project whose files use their helpers as the layout says."""
    out = {}
    for path, text in files.items():
        found = plan(files, root).get(path)
        if found:
            text = text.replace("import torch\n", found.statement + "\n").replace("HELPERS", "paddle_utils")
            out[found.host] = "class Kind: pass\n"
        out[path] = text
    return write_tree(folder, out)


def run(*arguments, cwd):
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_package_has_its_helpers_inside_and_can_be_moved(tmp_path):
    files = {
        "net/__init__.py": "from .sub.deep import block\n",
        "net/core.py": USE,
        "net/sub/__init__.py": "",
        "net/sub/deep/__init__.py": "",
        "net/sub/deep/block.py": USE + "from ... import core\nassert core.KIND is KIND\n",
        "train.py": USE + "from net.core import KIND as OTHER\nassert KIND is OTHER\n",
    }
    assert statements(files) == {
        "net/core.py": "from . import paddle_utils",
        "net/sub/deep/block.py": "from ... import paddle_utils",
        "train.py": "from net import paddle_utils",
    }
    assert {found.host for found in plan(files).values()} == {"net/paddle_utils.py"}
    realise(tmp_path / "here", files)
    (tmp_path / "here").rename(tmp_path / "there")
    run("train.py", cwd=tmp_path / "there")
    run("-m", "net.sub.deep.block", cwd=tmp_path / "there")
    run(str(tmp_path / "there/train.py"), cwd=tmp_path)


def test_scripts_have_them_beside(tmp_path):
    files = {"train.py": USE + "import model\nassert KIND is model.KIND\n", "model.py": USE}
    assert set(statements(files).values()) == {"import paddle_utils"}
    realise(tmp_path, files)
    run("train.py", cwd=tmp_path)
    run(str(tmp_path / "train.py"), cwd="/")


def test_packages_that_meet_in_a_script_share_them_at_the_root(tmp_path):
    files = {
        "models/__init__.py": "",
        "models/net.py": USE,
        "losses/__init__.py": USE,
        "train.py": USE + "import losses\nfrom models import net\nassert KIND is net.KIND is losses.KIND\n",
    }
    assert set(statements(files).values()) == {"import paddle_utils"}
    realise(tmp_path, files)
    run("train.py", cwd=tmp_path)
    run("-m", "models.net", cwd=tmp_path)


def test_packages_that_do_not_meet_keep_their_own():
    files = {"a/__init__.py": USE, "b/__init__.py": USE}
    assert {found.host for found in plan(files).values()} == {"a/paddle_utils.py", "b/paddle_utils.py"}


def test_a_package_that_uses_another_takes_its_helpers(tmp_path):
    files = {
        "lib/__init__.py": USE,
        "tests/__init__.py": "",
        "tests/test_lib.py": USE + "import lib\nassert lib.KIND is KIND\n",
    }
    assert statements(files)["tests/test_lib.py"] == "from lib import paddle_utils"
    realise(tmp_path, files)
    run("-m", "tests.test_lib", cwd=tmp_path)


def test_a_package_that_needs_a_loose_module_makes_no_circle(tmp_path):
    files = {
        "net/__init__.py": "from . import core\n",
        "net/core.py": USE + "from common import KIND as OTHER\nassert KIND is OTHER\n",
        "common.py": USE,
        "train.py": "import common\n" + USE + "import net.core\nassert KIND is net.core.KIND\n",
    }
    assert set(statements(files).values()) == {"import paddle_utils"}
    realise(tmp_path, files)
    run("train.py", cwd=tmp_path)


def test_folders_that_are_imported_like_packages(tmp_path):
    files = {
        "models/net.py": USE + "from models.parts import block\n",
        "models/parts/block.py": USE,
        "train.py": USE + "from models.net import KIND as OTHER, block\nassert KIND is OTHER is block.KIND\n",
    }
    assert statements(files) == {
        "models/net.py": "from . import paddle_utils",
        "models/parts/block.py": "from .. import paddle_utils",
        "train.py": "from models import paddle_utils",
    }
    realise(tmp_path, files)
    run("train.py", cwd=tmp_path)


def test_scripts_in_several_folders():
    files = {"a/train.py": USE, "b/train.py": USE, "a/model.py": USE}
    found = plan(files)
    assert {path: item.host for path, item in found.items()} == {
        "a/model.py": "a/paddle_utils.py",
        "a/train.py": "a/paddle_utils.py",
        "b/train.py": "b/paddle_utils.py",
    }


def test_source_folder(tmp_path):
    files = {
        "src/net/__init__.py": "",
        "src/net/core.py": USE,
        "tests/test_core.py": USE + "from net.core import KIND as OTHER\nassert KIND is OTHER\n",
    }
    assert statements(files)["tests/test_core.py"] == "from net import paddle_utils"
    assert Layout(files).modules["src/net/core.py"] == "net.core"


@pytest.mark.parametrize("main", ["python file", "python -m"])
def test_a_module_of_a_package_that_can_be_run_as_a_script(tmp_path, main):
    files = {"net/__init__.py": "", "net/core.py": USE + "if __name__ == '__main__':\n    print(KIND)\n"}
    realise(tmp_path, files)
    arguments = ["net/core.py"] if main == "python file" else ["-m", "net.core"]
    assert "Kind" in run(*arguments, cwd=tmp_path)


def test_the_root_is_a_package(tmp_path):
    root = write_tree(
        tmp_path / "net",
        {"__init__.py": "from . import core", "core.py": USE, "sub/__init__.py": "", "sub/x.py": USE},
    )
    files = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.py")}
    assert root_package(root, files) == "net"
    assert statements(files, "net") == {
        "core.py": "from . import paddle_utils",
        "sub/x.py": "from .. import paddle_utils",
    }
    assert Layout(files, "net").modules == {
        "__init__.py": "net",
        "core.py": "net.core",
        "sub/__init__.py": "net.sub",
        "sub/x.py": "net.sub.x",
    }
    assert root_package(root / "sub", {"__init__.py": "", "x.py": "from . import y"}) == "net.sub"


def test_a_root_with_an_init_whose_files_are_scripts(tmp_path):
    files = {
        "__init__.py": "",
        "train.py": USE + "from models.net import KIND\n",
        "models/__init__.py": "",
        "models/net.py": USE,
    }
    assert root_package(tmp_path, files) == ""
    assert statements(files)["train.py"] == "from models import paddle_utils"


def test_a_name_that_is_taken_is_not_used():
    files = {"train.py": USE, "paddle_utils.py": "def mine(): ...\n"}
    assert plan(files)["train.py"].host == "paddle_utils_2.py"
    assert plan(files)["train.py"].statement == "import paddle_utils_2"


def test_users_of_a_file_by_way_of_others():
    files = {
        "parts.py": "from torch import nn\n",
        "net/__init__.py": "from .inner import *\n",
        "net/inner.py": "from parts import *\n",
        "train.py": "import net\n",
        "other.py": "import json\n",
    }
    assert Layout(files).users(["parts.py"]) == {"parts.py", "net/__init__.py", "net/inner.py", "train.py"}
