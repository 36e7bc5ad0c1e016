"""Trains the digit classifier: `python train.py --epochs 8`."""

import argparse
import json
import random

import numpy as np
import torch
from digits import DigitImages, DigitNet, EpochShuffle, evaluate, train_one_epoch
from digits.checkpoint import export_weights, import_weights, load_checkpoint, save_checkpoint
from torch import optim
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--images", type=int, default=640, help="how many training images are drawn")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--init", metavar="FILE.npz", help="start from these weights")
    parser.add_argument("--export", metavar="FILE.npz", help="write the weights before training")
    parser.add_argument("--checkpoint", metavar="FILE", help="write a checkpoint after each epoch")
    parser.add_argument("--stop-after", type=int, metavar="N", help="stop after this many epochs")
    parser.add_argument("--resume", metavar="FILE", help="go on from a checkpoint")
    parser.add_argument("--log", metavar="FILE.json", help="write losses and accuracies")
    return parser.parse_args()


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def parameter_groups(model, weight_decay):
    """Weights decay; biases, norms and positions do not."""
    decay, rest = [], []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        (rest if parameter.ndim < 2 or name == "position" else decay).append(parameter)
    return [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def main():
    args = parse_args()
    seed_all(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    train_set = DigitImages(args.images, seed=args.seed)
    test_set = DigitImages(200, seed=args.seed + 1000)
    sampler = EpochShuffle(train_set, seed=args.seed)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, sampler=sampler, drop_last=True)
    test_loader = DataLoader(test_set, batch_size=50, shuffle=False)

    model = DigitNet(dropout=args.dropout).to(device)
    if args.init:
        import_weights(args.init, model)
    if args.export:
        export_weights(args.export, model)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, images of each digit: {train_set.class_counts().tolist()}")

    optimizer = optim.AdamW(parameter_groups(model, args.weight_decay), lr=args.lr, betas=(0.9, 0.98))
    scheduler = CosineAnnealingLR(optimizer, T_max=args.epochs * len(train_loader), eta_min=1e-5)
    first = load_checkpoint(args.resume, model, optimizer, scheduler) if args.resume else 0

    log = {"losses": [], "test_losses": [], "accuracies": [], "lr": []}
    for epoch in range(first, args.epochs):
        sampler.set_epoch(epoch)
        losses = train_one_epoch(model, train_loader, optimizer, scheduler, device)
        result = evaluate(model, test_loader, device)
        lr = optimizer.param_groups[0]["lr"]
        print(
            f"epoch {epoch}: loss {losses[-1]:.4f}, test loss {result['loss']:.4f}, "
            f"accuracy {result['accuracy']:.1%}, lr {lr:.2e}, hardest digit {result['hardest']}"
        )
        log["losses"] += losses
        log["test_losses"].append(result["loss"])
        log["accuracies"].append(result["accuracy"])
        log["lr"].append(lr)
        if args.checkpoint:
            save_checkpoint(args.checkpoint, model, optimizer, scheduler, epoch)
        if args.stop_after is not None and epoch + 1 - first >= args.stop_after:
            break

    if args.log:
        with open(args.log, "w") as file:
            json.dump(log, file)


if __name__ == "__main__":
    main()
