"""Classify drawn digits: data, model and training."""

from .data import DigitImages, EpochShuffle
from .model import DigitNet
from .training import evaluate, train_one_epoch

__all__ = ["DigitImages", "DigitNet", "EpochShuffle", "evaluate", "train_one_epoch"]
