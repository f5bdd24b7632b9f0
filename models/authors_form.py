"""ShuffleNet V2 x0.5 in the spelling of its authors' published models.

The function is that of torchvision's network up to the order of channels, but a stride-1 unit
shuffles at its start:

    [N C H W] -> [N*C/2 2 H*W] -> transpose 1,0,2 -> [2 N C/2 H W] -> x[0], x[1]

so even channels pass by and odd ones are convolved.
Source: arXiv 1807.11164, figure 3 (c, d) and table 5.
"""
import torch
from torch import nn

STAGE_UNITS = (4, 8, 4)
STAGE_CHANNELS = (48, 96, 192)
STEM_CHANNELS = 24
LAST_CHANNELS = 1024


def convolution(inputs, outputs, kernel, stride=1, groups=1, relu=True):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return layers + [nn.ReLU()] if relu else layers


def pointwise(inputs, outputs):
    return convolution(inputs, outputs, 1)


def depthwise(channels, stride):
    return convolution(channels, channels, 3, stride, groups=channels, relu=False)


def even_and_odd_channels(x):
    batch, channels, height, width = x.size()
    pairs = x.reshape(batch * channels // 2, 2, height * width).permute(1, 0, 2)
    halves = pairs.reshape(2, -1, channels // 2, height, width)
    return halves[0], halves[1]


class BasicUnit(nn.Module):
    """Figure 3 (c): half of the channels pass by."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.branch = nn.Sequential(
            *pointwise(half, half), *depthwise(half, 1), *pointwise(half, half)
        )

    def forward(self, x):
        kept, x = even_and_odd_channels(x)
        return torch.cat((kept, self.branch(x)), 1)


class DownsamplingUnit(nn.Module):
    """Figure 3 (d): both branches read all channels at stride 2."""

    def __init__(self, inputs, outputs):
        super().__init__()
        middle = outputs // 2
        self.projection = nn.Sequential(*depthwise(inputs, 2), *pointwise(inputs, inputs))
        self.branch = nn.Sequential(
            *pointwise(inputs, middle), *depthwise(middle, 2), *pointwise(middle, outputs - inputs)
        )

    def forward(self, x):
        return torch.cat((self.projection(x), self.branch(x)), 1)


class ShuffleNetV2Authors(nn.Module):
    """Input [N 3 224 224]; the average pool of 7 leaves one pixel; the classifier has no bias."""

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Sequential(*convolution(3, STEM_CHANNELS, 3, 2), nn.MaxPool2d(3, 2, 1))
        units, inputs = [], STEM_CHANNELS
        for count, channels in zip(STAGE_UNITS, STAGE_CHANNELS):
            units.append(DownsamplingUnit(inputs, channels))
            units.extend(BasicUnit(channels) for _ in range(count - 1))
            inputs = channels
        self.units = nn.Sequential(*units)
        self.last = nn.Sequential(*pointwise(inputs, LAST_CHANNELS), nn.AvgPool2d(7))
        self.classifier = nn.Linear(LAST_CHANNELS, classes, bias=False)

    def forward(self, x):
        x = self.last(self.units(self.stem(x)))
        return self.classifier(x.reshape(-1, LAST_CHANNELS))
