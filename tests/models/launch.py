"""Prepares a process for one framework and runs a script in it: `launch.py SIDE SCRIPT ARGUMENT...`.

The Paddle side cannot import torch, even where it is installed. The torch side gets the schemas
of torchvision's compiled operators, which are not there without its binary build; no model here calls them.
"""

import runpy
import sys


class NoTorch:
    """An import hook for which torch does not exist."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch" or name.startswith("torch."):
            raise ModuleNotFoundError("torch cannot be imported on the Paddle side", name=name)


def define_torchvision_operators():
    import torch

    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


if __name__ == "__main__":
    side, script = sys.argv[1:3]
    sys.path.pop(0)  # this file's folder
    if side == "torch":
        keep = define_torchvision_operators()
    else:
        sys.meta_path.insert(0, NoTorch())
    sys.argv = sys.argv[2:]
    runpy.run_path(script, run_name="__main__")
