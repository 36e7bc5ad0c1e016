import pytest

from paconvert.project.requirements import is_requirements, rewrite_requirements


def rewrite(path, text, needed=()):
    return rewrite_requirements(path, text, needed, "3.3.1")


def test_names_of_files():
    names = [
        "requirements.txt",
        "requirements-dev.txt",
        "dev-requirements.txt",
        "requirements/gpu.txt",
        "a/setup.py",
    ]
    assert all(
        map(
            is_requirements,
            [*names, "setup.cfg", "pyproject.toml", "environment.yml", "environment_gpu.yaml"],
        )
    )
    assert not any(map(is_requirements, ["notes.txt", "my_setup.py", "config.yml"]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("torch\n", "paddlepaddle>=3.3.1\n"),
        ("torch==2.1.0+cu118\n", "paddlepaddle==3.3.1\n"),
        (
            "numpy\ntorch>=1.7,<3  # the framework\nscipy",
            "numpy\npaddlepaddle>=3.3.1  # the framework\nscipy",
        ),
        (
            'Torch[opt] ~= 2.0 ; python_version < "3.12"\r\n',
            'paddlepaddle>=3.3.1 ; python_version < "3.12"\r\n',
        ),
        ("torch @ https://download.pytorch.org/whl/torch-2.0-cp311-linux.whl\n", "paddlepaddle==3.3.1\n"),
        (
            "https://download.pytorch.org/whl/cu118/torch-2.0-cp311-cp311-linux_x86_64.whl\n",
            "paddlepaddle==3.3.1\n",
        ),
        ("git+https://github.com/pytorch/pytorch.git@main\n", "paddlepaddle==3.3.1\n"),
        ("-f https://download.pytorch.org/whl/torch_stable.html\ntorch\n", "paddlepaddle>=3.3.1\n"),
        ("--extra-index-url https://download.pytorch.org/whl/cpu\nx\ntorch", "x\npaddlepaddle>=3.3.1"),
        (
            "--index-url https://my.index/torch\ntorch",
            "--index-url https://my.index/torch\npaddlepaddle>=3.3.1",
        ),
        (
            "torch==2.0 \\\n    --hash=sha256:12 \\\n    --hash=sha256:34\nnumpy\n",
            "paddlepaddle==3.3.1\nnumpy\n",
        ),
        ("torch\ntorchvision>=0.8 # data\ntorchaudio\n", "paddlepaddle>=3.3.1\n"),
        (
            "torchmetrics\npytorch-lightning\ntorch-geometric\n",
            "torchmetrics\npytorch-lightning\ntorch-geometric\n",
        ),
        ("# torch is not needed\n-r torch.txt\n", "# torch is not needed\n-r torch.txt\n"),
        ("paddlepaddle\ntorch\n", "paddlepaddle\n"),
        ("paddlepaddle-gpu\ntorch\n", "paddlepaddle-gpu\n"),
        ("  torch\n", "  paddlepaddle>=3.3.1\n"),
    ],
)
def test_pip(before, after):
    assert rewrite("requirements.txt", before) == after


def test_what_is_still_imported_stays():
    text = "-f https://download.pytorch.org/whl/x.html\ntorch\ntorchvision==0.8\ntorchaudio\n"
    kept = "-f https://download.pytorch.org/whl/x.html\npaddlepaddle>=3.3.1\ntorchvision==0.8\n"
    assert rewrite("requirements.txt", text, {"torchvision"}) == kept


def test_setup_py():
    before = """\
from setuptools import setup

_deps = [
    "numpy",
    "torch>=1.4",  # here
    "torchvision",
]
setup(
    name="torch-thing",
    keywords=["torch"],
    install_requires=["torch", 'torchvision', "é"],
    extras_require={"vision": ["torchvision>=0.3"], "torch": ["torch==1.7"]},
    tests_require="torch",
)
"""
    after = """\
from setuptools import setup

_deps = [
    "numpy",
    "paddlepaddle>=3.3.1",  # here
]
setup(
    name="torch-thing",
    keywords=["torch"],
    install_requires=["paddlepaddle>=3.3.1", "é"],
    extras_require={"vision": [], "torch": ["paddlepaddle==3.3.1"]},
    tests_require="paddlepaddle>=3.3.1",
)
"""
    assert rewrite("setup.py", before) == after
    assert rewrite("setup.py", "torch = (") == "torch = ("


def test_setup_py_with_requirements_under_other_names():
    before = 'REQUIRED = ["torch"]\nfound = deps_list("torch", "x")\nname = "torch"\nif x == "torch": pass\n'
    after = before.replace('["torch"]', '["paddlepaddle>=3.3.1"]').replace(
        '("torch"', '("paddlepaddle>=3.3.1"'
    )
    assert rewrite("setup.py", before) in (after, before.replace('["torch"]', '["paddlepaddle>=3.3.1"]'))


def test_setup_cfg():
    before = """\
[metadata]
name = torch
keywords =
    torch
[options]
install_requires =
    numpy
    torch>=1.7; python_version > "3"
    torchvision
[options.extras_require]
gpu = torch
all =
    torchaudio
    x
"""
    after = """\
[metadata]
name = torch
keywords =
    torch
[options]
install_requires =
    numpy
    paddlepaddle>=3.3.1; python_version > "3"
[options.extras_require]
gpu = paddlepaddle>=3.3.1
all =
    x
"""
    assert rewrite("setup.cfg", before) == after


def test_pyproject():
    before = """\
[build-system]
requires = ["setuptools", "torch"]

[project]
name = "torch"
keywords = ["torch"]
dependencies = [
  "torch>=2.0",  # [comment]
  "torchvision",
  'numpy',
]

[project.optional-dependencies]
all = ["torchaudio", "torch==2.1 ; extra == 'x'"]

[dependency-groups]
dev = ["pytest", {include-group = "torch"}, "torch"]

[tool.uv.sources]
torch = { index = "pytorch" }

[tool.other]
names = ["torch"]
"""
    after = """\
[build-system]
requires = ["setuptools", "paddlepaddle>=3.3.1"]

[project]
name = "torch"
keywords = ["torch"]
dependencies = [
  "paddlepaddle>=3.3.1",  # [comment]
  'numpy',
]

[project.optional-dependencies]
all = ["paddlepaddle==3.3.1 ; extra == 'x'"]

[dependency-groups]
dev = ["pytest", {include-group = "torch"}, "paddlepaddle>=3.3.1"]

[tool.uv.sources]

[tool.other]
names = ["torch"]
"""
    assert rewrite("pyproject.toml", before) == after


def test_poetry():
    before = """\
[tool.poetry.dependencies]
python = "^3.9"
torch = "^1.13"  # big
torchvision = {version = "^0.14", optional = true}

[tool.poetry.group.dev.dependencies]
torch = {version = "2.0.1", source = "pytorch", optional = true}

[tool.poetry.extras]
vision = ["torchvision", "torch"]
"""
    after = """\
[tool.poetry.dependencies]
python = "^3.9"
paddlepaddle = ">=3.3.1"  # big

[tool.poetry.group.dev.dependencies]
paddlepaddle = {version = "==3.3.1", optional = true}

[tool.poetry.extras]
vision = ["paddlepaddle"]
"""
    assert rewrite("pyproject.toml", before) == after


def test_conda():
    before = """\
name: torch
channels:
  - pytorch
  - conda-forge
dependencies:
  - python=3.10
  - pytorch::pytorch=1.13.1
  - torchvision
  - pytorch-cuda=11.8
  - numpy
"""
    after = """\
name: torch
channels:
  - conda-forge
dependencies:
  - python=3.10
  - pip
  - pip:
    - paddlepaddle==3.3.1
  - numpy
"""
    assert rewrite("environment.yml", before) == after


def test_conda_with_a_pip_section():
    before = "dependencies:\n  - pytorch\n  - pip\n  - pip:\n      - einops\n      - torchaudio\n"
    after = "dependencies:\n  - pip\n  - pip:\n      - paddlepaddle>=3.3.1\n      - einops\n"
    assert rewrite("environment.yml", before) == after
    before = "dependencies:\n- pip\n- pip:\n  - torch==1.0  # x\n  - einops\n"
    after = "dependencies:\n- pip\n- pip:\n  - paddlepaddle==3.3.1  # x\n  - einops\n"
    assert rewrite("environment.yml", before) == after
