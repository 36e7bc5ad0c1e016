"""Collectives between two processes on one machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PADDLE = os.environ.get("PACONVERT_PADDLE_PYTHON", sys.executable)
PROGRAM = """
import json
import paddle
from paconvert.helpers import distributed as dist

dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
result = {"rank": rank, "size": size, "backend": dist.get_backend()}

x = paddle.to_tensor([1.0, 2.0]) * (rank + 1)
dist.all_reduce(x)
result["all_reduce"] = x.tolist()

parts = [paddle.zeros([2]) for _ in range(size)]
dist.all_gather(parts, paddle.to_tensor([1.0, 2.0]) * rank)
result["all_gather"] = [part.tolist() for part in parts]

whole = paddle.zeros([4])
dist.all_gather_into_tensor(whole, paddle.to_tensor([1.0, 2.0]) * (rank + 1))
result["all_gather_into_tensor"] = whole.tolist()

y = paddle.to_tensor([float(rank)])
dist.broadcast(y, src=1)
result["broadcast"] = y.tolist()

objects = [rank, f"from {rank}"]
dist.broadcast_object_list(objects, src=1)
result["broadcast_object_list"] = objects

share = paddle.zeros([2])
dist.reduce_scatter(share, [paddle.ones([2]) * (rank + 1), paddle.ones([2]) * 10 * (rank + 1)])
result["reduce_scatter"] = share.tolist()

swapped = [paddle.zeros([1]) for _ in range(size)]
dist.all_to_all(swapped, [paddle.to_tensor([rank * 10.0]), paddle.to_tensor([rank * 10.0 + 1])])
result["all_to_all"] = [part.tolist() for part in swapped]

sizes = [2, 2] if rank == 0 else [1, 1]
uneven = paddle.zeros([sum(sizes)])
dist.all_to_all_single(uneven, paddle.arange(3.0) + 10 * rank, sizes, [2, 1])
result["uneven"] = uneven.tolist()
even = paddle.zeros([2])
dist.all_to_all_single(even, paddle.to_tensor([1.0, 2.0]) + 10 * rank)
result["even"] = even.tolist()

if rank == 0:
    dist.send(paddle.to_tensor([7.0]), dst=1)
else:
    z = paddle.zeros([1])
    dist.recv(z, src=0)
    result["recv"] = z.tolist()
dist.barrier()
dist.destroy_process_group()
print("RESULT", json.dumps(result))
"""


def free_port() -> int:
    """A port that nothing listens on, with two free ones behind it most likely."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_two_processes() -> None:
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
    results = []
    for process in processes:
        output, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors[-2000:]
        line = next(line for line in output.splitlines() if line.startswith("RESULT "))
        results.append(json.loads(line.removeprefix("RESULT ")))
    common = {
        "size": 2,
        "backend": "gloo",
        "all_reduce": [3.0, 6.0],
        "all_gather": [[0.0, 0.0], [1.0, 2.0]],
        "all_gather_into_tensor": [1.0, 2.0, 2.0, 4.0],
        "broadcast": [1.0],
        "broadcast_object_list": [1, "from 1"],
    }
    zero = {"rank": 0, "reduce_scatter": [3.0, 3.0], "all_to_all": [[0.0], [10.0]]}
    zero |= {"uneven": [0.0, 1.0, 10.0, 11.0], "even": [1.0, 11.0]}
    one = {"rank": 1, "reduce_scatter": [30.0, 30.0], "all_to_all": [[1.0], [11.0]], "recv": [7.0]}
    one |= {"uneven": [2.0, 12.0], "even": [2.0, 12.0]}
    assert results == [common | zero, common | one]
