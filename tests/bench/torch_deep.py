"""The deep networks of the benchmark in PyTorch, layer by layer as in models/resnet20.json and models/mobilenet_v2.json."""
from torch import nn


def convolution(inputs, outputs, size=3, stride=1, groups=1, border=None):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2 if border is None else border, groups=groups, bias=False)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.inner = nn.Sequential(convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs, 1e-3, 0.01), nn.ReLU(True),
                                   convolution(outputs, outputs), nn.BatchNorm2d(outputs, 1e-3, 0.01))
        self.direct = nn.Identity() if stride == 1 else nn.Sequential(convolution(inputs, outputs, 1, stride),
                                                                      nn.BatchNorm2d(outputs, 1e-3, 0.01))
        self.relu = nn.ReLU(True)

    def forward(self, x):
        return self.relu(self.inner(x) + self.direct(x))


def resnet20():
    layers, inputs = [convolution(3, 16), nn.BatchNorm2d(16, 1e-3, 0.01), nn.ReLU(True)], 16
    for filters in (16, 32, 64):
        for n in range(3):
            layers.append(Block(inputs, filters, 2 if n == 0 and filters > 16 else 1))
            inputs = filters
    return layers + [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]


def halved(layers, inputs, outputs, size, stride, groups):
    """TensorFlow's border of a convolution with stride 2 is on two sides alone."""
    if stride == 2:
        layers.append(nn.ZeroPad2d((0, 1, 0, 1)))
    layers += [convolution(inputs, outputs, size, stride, groups, 0 if stride == 2 else None), nn.BatchNorm2d(outputs, 1e-3, 0.001), nn.ReLU6(True)]


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, factor):
        super().__init__()
        layers, wide = [], inputs * factor
        if factor > 1:
            halved(layers, inputs, wide, 1, 1, 1)
        halved(layers, wide, wide, 3, stride, wide)
        layers += [convolution(wide, outputs, 1), nn.BatchNorm2d(outputs, 1e-3, 0.001)]
        self.inner, self.adds = nn.Sequential(*layers), stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.inner(x) if self.adds else self.inner(x)


def mobilenet_v2():
    layers, inputs = [], 16
    halved(layers, 3, 16, 3, 2, 1)
    for factor, outputs, count, stride in ((1, 8, 1, 1), (6, 8, 2, 2), (6, 16, 3, 2), (6, 24, 4, 2), (6, 32, 3, 1), (6, 56, 3, 2), (6, 112, 1, 1)):
        for n in range(count):
            layers.append(Bottleneck(inputs, outputs, stride if n == 0 else 1, factor))
            inputs = outputs
    halved(layers, 112, 1280, 1, 1, 1)
    return layers + [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 10)]
