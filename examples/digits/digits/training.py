"""One epoch of training, and evaluation."""

import torch
import torch.nn.functional as F


def train_one_epoch(model, loader, optimizer, scheduler=None, device="cpu", clip=1.0):
    """Returns the loss of each step."""
    model.train()
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss = F.cross_entropy(logits, labels, label_smoothing=0.05)

        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def evaluate(model, loader, device="cpu"):
    """Returns the mean loss and confidence, the accuracy, and the digit that is missed most often."""
    model.eval()
    total, sure, correct, count = 0.0, 0.0, 0, 0
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        total += F.cross_entropy(logits, labels, reduction="sum").item()
        confidence, predicted = logits.softmax(-1).max(dim=-1)
        sure += confidence.sum().item()
        correct += (predicted == labels).sum().item()
        count += len(labels)
        for label, guess in zip(labels.view(-1).tolist(), predicted.view(-1).tolist()):
            confusion[label, guess] += 1
    missed = confusion.sum(1) - confusion.diagonal()  # rows are the labels
    return {
        "loss": total / count,
        "accuracy": correct / count,
        "confidence": sure / count,
        "hardest": missed.argmax().item(),
    }
