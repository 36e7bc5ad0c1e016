"""The example project trains to the same losses under both frameworks from the same weights."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.corpora.packages import REPOSITORY

from .run import HERE, convert, python

EXAMPLE = REPOSITORY / "examples" / "digits"

pytestmark = pytest.mark.frameworks


def train(side: str, folder: Path, *arguments: str) -> str:
    command = [python(side), "-B", str(HERE / "launch.py"), side, "train.py", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_trains_alike(tmp_path: Path) -> None:
    converted = tmp_path / "converted"
    convert(EXAMPLE, converted)
    weights = str(tmp_path / "weights.npz")
    logs = {}
    for side, folder, start in (("torch", EXAMPLE, "--export"), ("paddle", converted, "--init")):
        checkpoint, log = str(tmp_path / f"{side}.checkpoint"), tmp_path / f"{side}.json"
        train(side, folder, start, weights, "--epochs", "3", "--log", str(log))
        logs[side] = json.loads(log.read_text())

        # stopped after one epoch and taken up again from the checkpoint by another process
        short = ("--init", weights, "--epochs", "3", "--checkpoint", checkpoint)
        train(side, folder, *short, "--stop-after", "1")
        resumed = tmp_path / f"{side}.resumed.json"
        train(side, folder, "--epochs", "3", "--resume", checkpoint, "--log", str(resumed))
        np.testing.assert_allclose(
            json.loads(resumed.read_text())["losses"], logs[side]["losses"][20:], rtol=1e-4
        )

    for key in ("losses", "test_losses", "lr"):
        np.testing.assert_allclose(logs["paddle"][key], logs["torch"][key], rtol=1e-3, err_msg=key)
    assert abs(logs["paddle"]["accuracies"][-1] - logs["torch"]["accuracies"][-1]) <= 0.01
