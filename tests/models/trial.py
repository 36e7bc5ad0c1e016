"""Builds, runs and trains models: `trial.py OUT NAME...`. It is converted together with them.

Under torch the weights are made and written to OUT/NAME.weights.npz; under Paddle they are read from there.
What came out is in OUT/NAME.SIDE.npz.
"""

import os
import sys
import time
import traceback

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from cases import CASES


def arrays_of(state):
    return {name: value.detach().cpu().numpy() for name, value in state.items()}


def make_weights(model):
    """Starts from the model's own initial values, moved a little: zeros would hide what they multiply."""
    rng = np.random.default_rng(0)
    parameters = {name for name, _ in model.named_parameters()}
    weights = {}
    for name, value in arrays_of(model.state_dict()).items():
        if value.dtype.kind == "f" and (name in parameters or name.endswith(("running_mean", "running_var"))):
            noise = rng.normal(0, 0.02, value.shape)
            value = value + (abs(noise) if name.endswith("running_var") else noise)
            value = np.asarray(value, dtype="float32")
        weights[name] = value
    return weights


def load_weights(model, weights):
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})


def make_batch(case):
    rng = np.random.default_rng(1)
    if case.tokens:
        tokens = torch.from_numpy(rng.integers(0, case.tokens, case.shape))
        return tokens, torch.from_numpy(rng.integers(0, case.tokens, case.shape))
    images = torch.from_numpy(rng.normal(0, 1, case.shape).astype("float32"))
    labels = case.shape[:1] + case.shape[2:] if case.dense else case.shape[:1]
    return images, torch.from_numpy(rng.integers(0, 10, labels))


def loss_of(output, labels):
    if isinstance(output, (tuple, list)):  # a head and its distilled twin
        return sum(loss_of(part, labels) for part in output)
    if output.dim() == 3:
        output = output.transpose(1, 2)
    return F.cross_entropy(output, labels)


def train(model, optimizer, images, labels, steps=3):
    model.train()
    losses = []
    for _ in range(steps):
        loss = loss_of(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        losses.append(loss_of(model(images), labels).item())
    return np.array(losses)


def run(case, weights):
    """Returns the weights that were used, and the results by name."""
    torch.manual_seed(0)
    model = case.build()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    if weights is None:
        weights = make_weights(model)
    load_weights(model, weights)
    images, labels = make_batch(case)
    results = {}

    model.eval()
    with torch.no_grad():
        output = model(images)
    results["eval"] = (output[0] if isinstance(output, (tuple, list)) else output).numpy()

    if case.double:
        model, images = model.double(), images.double()
    model.train()
    loss = loss_of(model(images), labels)
    loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            results["gradient/" + name] = parameter.grad.numpy().copy()
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            results["statistics/" + name] = buffer.numpy().copy()  # torch shares the memory

    load_weights(model, weights)
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    results["sgd"] = train(model, sgd, images, labels)

    load_weights(model, weights)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    results["adamw"] = train(model, adamw, images, labels)
    return weights, results


def main(folder, side, names):
    cases = {case.name: case for case in CASES}
    for name in names:
        weights_file = os.path.join(folder, name + ".weights.npz")
        start = time.perf_counter()
        # the driver reads these lines to know which case a crash belongs to
        print("start", name, flush=True)
        try:
            weights = dict(np.load(weights_file)) if side != "torch" else None
            weights, results = run(cases[name], weights)
            if side == "torch":
                np.savez(weights_file, **weights)
            np.savez(os.path.join(folder, f"{name}.{side}.npz"), **results)
            print("done", name, f"{time.perf_counter() - start:.1f}", flush=True)
        except Exception:
            with open(os.path.join(folder, f"{name}.{side}.error"), "w") as file:
                traceback.print_exc(file=file)
            print("failed", name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
