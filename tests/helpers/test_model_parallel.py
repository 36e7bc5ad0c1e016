"""Layers spread over two processes give what one process gives, with the same gradients."""

from __future__ import annotations

import json
import os
import subprocess

from tests.helpers.test_distributed import PADDLE, ROOT, free_port

PROGRAM = """
import json
import numpy as np
import paddle
from paconvert.helpers.distributed import init_process_group
from paconvert.helpers.model_parallel import (
    ColumnParallelLinear, ParallelEmbedding, RowParallelLinear, VocabParallelEmbedding,
    get_model_parallel_rank, get_model_parallel_world_size, initialize_model_parallel,
)

init_process_group("gloo")
initialize_model_parallel(2)
weight = np.arange(24, dtype="float32").reshape(6, 4) / 10 - 1


def init(tensor):
    tensor.set_value(paddle.to_tensor(weight))


def distance(a, b):
    return float(np.abs(a.numpy() - b.numpy()).max())


numbers = np.ones((3, 4)) * [[1.0], [2.0], [-1.0]]
x = paddle.to_tensor(numbers, dtype="float32", stop_gradient=False)
whole = x @ paddle.to_tensor(weight).T
(whole * whole).sum().backward()
grad, rows = x.grad.clone(), paddle.to_tensor([0, 5, 2])
shares, errors = [], []
for layer in (ColumnParallelLinear(4, 6, init_method=init), RowParallelLinear(4, 6, init_method=init)):
    x.clear_grad()
    y = layer(x)
    (y * y).sum().backward()
    shares.append(list(layer.weight.shape))
    errors += [distance(y, whole), distance(x.grad, grad)]
for layer in (ParallelEmbedding(6, 4, init_method=init), VocabParallelEmbedding(6, 4, init_method=init)):
    y = layer(rows)
    shares.append(list(layer.weight.shape))
    errors.append(distance(y, paddle.to_tensor(weight)[rows]))
print("RESULT " + json.dumps(
    {"rank": get_model_parallel_rank(), "size": get_model_parallel_world_size(), "shares": shares,
     "error": max(errors)}
))
"""


def test_two_processes_share_a_model() -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": "2",
        "OMP_NUM_THREADS": "1",
    }
    processes = [
        subprocess.Popen(
            [PADDLE, "-c", PROGRAM],
            env={**environment, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for rank, process in enumerate(processes):
        output, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors[-2000:]
        line = next(line for line in output.splitlines() if line.startswith("RESULT "))
        result = json.loads(line.removeprefix("RESULT "))
        assert result.pop("error") < 1e-4
        assert result == {"rank": rank, "size": 2, "shares": [[3, 4], [6, 2], [6, 2], [3, 4]]}
