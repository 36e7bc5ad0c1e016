"""The network: a convolutional stem, attention over the patches, and a classifier."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvBlock(nn.Module):
    """Convolution, batch norm, activation; halves the image when `stride` is 2."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, momentum=0.1)
        self.act = nn.ReLU(inplace=True)

        # the skip path needs a projection where the shape changes
        if stride != 1 or in_channels != out_channels:
            self.skip = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        else:
            self.skip = nn.Identity()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)) + self.skip(x))


class Attention(nn.Module):
    """Self-attention over a sequence of shape (batch, length, width)."""

    def __init__(self, width, heads=4, dropout=0.0):
        super().__init__()
        assert width % heads == 0, "width must be a multiple of heads"
        self.heads = heads
        self.scale = 1 / math.sqrt(width // heads)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)  # each (batch, heads, length, width of a head)
        scores = (q @ k.transpose(-2, -1)) * self.scale
        weights = self.dropout(scores.softmax(dim=-1))
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, c))


class Encoder(nn.Module):
    """A transformer layer with the norms first."""

    def __init__(self, width, dropout=0.0):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, dropout=dropout)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class DigitNet(nn.Module):
    def __init__(self, classes=10, width=32, depth=2, dropout=0.0):
        super().__init__()
        self.stem = nn.Sequential(ConvBlock(1, 16), ConvBlock(16, width, stride=2), nn.MaxPool2d(2))
        self.position = nn.Parameter(torch.zeros(1, 16, width))
        self.encoders = nn.ModuleList([Encoder(width, dropout) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
        self.apply(self._init)
        nn.init.trunc_normal_(self.position, std=0.02)

    @staticmethod
    def _init(module):
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.stem(x)  # (batch, width, 4, 4)
        x = x.flatten(2).transpose(1, 2) + self.position
        for encoder in self.encoders:
            x = encoder(x)
        x = self.norm(x)
        # mean and max say different things about the strokes
        pooled = 0.5 * (x.mean(dim=1) + x.max(dim=1)[0])
        return self.head(F.gelu(pooled))
