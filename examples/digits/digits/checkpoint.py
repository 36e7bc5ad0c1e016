"""Saving and loading: checkpoints to go on from, and weights as plain arrays."""

import os

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


def save_checkpoint(path, model: nn.Module, optimizer: Optimizer, scheduler: LRScheduler, epoch):
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "epoch": epoch,
    }
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)  # never half a checkpoint


def load_checkpoint(path, model: nn.Module, optimizer: Optimizer, scheduler: LRScheduler):
    """Returns the epoch to go on with."""
    state = torch.load(path, map_location="cpu")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    return state["epoch"] + 1


def export_weights(path, model):
    """Writes the weights as a .npz file, which needs no framework to read."""
    np.savez(path, **{name: value.detach().cpu().numpy() for name, value in model.state_dict().items()})


def import_weights(path, model):
    with np.load(path) as arrays:
        model.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
