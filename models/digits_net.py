"""A small ShuffleNet V2 and its training on the handwritten digits that scikit-learn ships.

The 8x8 digits (0..16) become 32x32 grey pictures (0..255), exactly as the bundled PNGs hold them.
The last ones of the data set are held out: neighbours in it resemble each other, so a split by
position asks more than a random one.
"""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional
from torchvision.models.shufflenetv2 import InvertedResidual

SIDE = 32
HELD_OUT = 450
SEED = 1807
EPOCHS = 60
BATCH = 64
# The network reads (pixel * SCALE - MEAN) / STD.
SCALE, MEAN, STD = 1, 78, 82


class DigitsNet(nn.Module):
    """torchvision's units in two stages, its stem at stride 1: [N 1 32 32] -> [N 10] logits."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*self.convolution(1, 16, 3), nn.MaxPool2d(3, 2, 1))
        self.stage2 = self.stage(16, 32)
        self.stage3 = self.stage(32, 64)
        self.last = nn.Sequential(*self.convolution(64, 128, 1))
        self.classifier = nn.Linear(128, 10)

    @staticmethod
    def convolution(inputs, outputs, kernel):
        return (
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )

    @staticmethod
    def stage(inputs, outputs):
        return nn.Sequential(
            InvertedResidual(inputs, outputs, 2),
            InvertedResidual(outputs, outputs, 1),
            InvertedResidual(outputs, outputs, 1),
        )

    def forward(self, x):
        x = self.last(self.stage3(self.stage2(self.stem(x))))
        return self.classifier(x.mean([2, 3]))


def load_pictures():
    """Returns pixels, uint8 [count 1 32 32], and labels, int64 [count]."""
    digits = load_digits()
    small = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) * (255 / 16)
    pixels = functional.interpolate(small, (SIDE, SIDE), mode="bilinear", align_corners=False)
    return pixels.round().to(torch.uint8), torch.tensor(digits.target)


def normalize(pixels):
    return (pixels.float() * SCALE - MEAN) / STD


def distort(pixels, generator):
    """Each picture turned, sheared, scaled and moved a little, with its own draw."""
    draws = torch.rand((len(pixels), 2, 3), generator=generator) * 2 - 1
    maps = torch.eye(2, 3) + draws * torch.tensor([0.2, 0.2, 0.15])
    grid = functional.affine_grid(maps, pixels.shape, align_corners=False)
    return functional.grid_sample(pixels.float(), grid, align_corners=False)


def train(pixels, labels):
    """A fixed number of epochs: no snapshot is picked by its score."""
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    network = DigitsNet()
    steps = -(-len(pixels) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, EPOCHS * steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(pixels), generator=generator).split(BATCH):
            logits = network(normalize(distort(pixels[batch], generator)))
            optimizer.zero_grad()
            functional.cross_entropy(logits, labels[batch], label_smoothing=0.05).backward()
            optimizer.step()
            schedule.step()
    return network.eval()
