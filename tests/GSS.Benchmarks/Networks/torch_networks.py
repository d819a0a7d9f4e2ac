# Public architectures in plain PyTorch, to be timed against this library's. Started by NetworksBenchmark:
# arguments are the network, its number of parameters, the side of the image and the number of threads.
import copy
import torch.nn as nn
import torch.nn.functional as F


def unit(i, o, kernel, stride=1, groups=1, act=None, dilation=1):
    layers = [nn.Conv2d(i, o, kernel, stride, kernel // 2 * dilation, dilation, groups, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, *([act] if act else []))


def relu():
    return nn.ReLU(inplace=True)


class Residual(nn.Module):
    def __init__(self, i, width, stride=1, bottleneck=True, dilation=1):
        super().__init__()
        o = 4 * width if bottleneck else width
        self.path = nn.Sequential(unit(i, width, 1, act=relu()), unit(width, width, 3, stride, act=relu(), dilation=dilation), unit(width, o, 1)) if bottleneck \
            else nn.Sequential(unit(i, width, 3, stride, act=relu()), unit(width, o, 3))
        self.shortcut = unit(i, o, 1, stride) if stride != 1 or i != o else nn.Identity()

    def forward(self, x):
        return F.relu(self.path(x) + self.shortcut(x), inplace=True)


def chain(i, width, count, stride=1, bottleneck=True):
    o = 4 * width if bottleneck else width
    return nn.Sequential(*[Residual(i if n == 0 else o, width, stride if n == 0 else 1, bottleneck) for n in range(count)])


class ResNet(nn.Module):
    def __init__(self, counts, bottleneck):
        super().__init__()
        self.stem = nn.Sequential(unit(3, 64, 7, 2, act=relu()), nn.MaxPool2d(3, 2, 1))
        times = 4 if bottleneck else 1
        self.stages = nn.ModuleList([chain(64 if n == 0 else 64 * times << n >> 1, 64 << n, count, 1 if n == 0 else 2, bottleneck) for n, count in enumerate(counts)])

    def forward(self, x):
        x, levels = self.stem(x), []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        return levels


class DilatedResNetV1c(ResNet):
    """Three 3x3 convolutions as the stem; the last two stages keep stride 8 and widen their kernels, the first block of each by half."""

    def __init__(self, counts):
        super().__init__(counts, True)
        self.stem = nn.Sequential(unit(3, 32, 3, 2, act=relu()), unit(32, 32, 3, act=relu()), unit(32, 64, 3, act=relu()), nn.MaxPool2d(3, 2, 1))
        for n, dilation in ((2, 2), (3, 4)):
            width = 64 << n
            self.stages[n] = nn.Sequential(*[Residual(4 * width if m else 2 * width, width, dilation=dilation if m else dilation // 2) for m in range(counts[n])])


class InvertedResidual(nn.Module):
    def __init__(self, i, o, expansion, stride):
        super().__init__()
        wide = i * expansion
        widen = [unit(i, wide, 1, act=nn.ReLU6(inplace=True))] if expansion != 1 else []
        self.path = nn.Sequential(*widen, unit(wide, wide, 3, stride, wide, nn.ReLU6(inplace=True)), unit(wide, o, 1))
        self.shortcut = stride == 1 and i == o

    def forward(self, x):
        return x + self.path(x) if self.shortcut else self.path(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        features, i = [unit(3, 32, 3, 2, act=nn.ReLU6(inplace=True))], 32
        for expansion, o, repeats, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
            for n in range(repeats):
                features.append(InvertedResidual(i, o, expansion, stride if n == 0 else 1))
                i = o
        self.features = nn.ModuleList([*features, unit(320, 1280, 1, act=nn.ReLU6(inplace=True))])

    def forward(self, x):
        levels = []
        for n, feature in enumerate(self.features):
            x = feature(x)
            if n in (3, 6, 13, 18):
                levels.append(x)
        return levels


class HrModule(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.branches = nn.ModuleList([chain(c, c, 4, bottleneck=False) for c in channels])
        self.fusion = nn.ModuleList([nn.ModuleList([self.path(channels, j, i) for j in range(len(channels))]) for i in range(len(channels))])

    @staticmethod
    def path(channels, j, i):
        if j > i:
            return unit(channels[j], channels[i], 1)
        return nn.Sequential(*[unit(channels[j], channels[i if n == i else j], 3, 2, act=None if n == i else relu()) for n in range(j + 1, i + 1)])

    def forward(self, xs):
        xs = [branch(x) for branch, x in zip(self.branches, xs)]
        fused = []
        for i, paths in enumerate(self.fusion):
            total = 0
            for j, path in enumerate(paths):
                part = path(xs[j])
                total = total + (F.interpolate(part, xs[i].shape[2:], mode="bilinear", align_corners=False) if j > i else part)
            fused.append(F.relu(total))
        return fused


class HrNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stem = nn.Sequential(unit(3, 64, 3, 2, act=relu()), unit(64, 64, 3, 2, act=relu()), chain(64, 64, 4))
        self.starts, self.stages, before = nn.ModuleList(), nn.ModuleList(), [256]
        for branches, modules in ((2, 1), (3, 4), (4, 3)):
            channels = [width << n for n in range(branches)]
            start = [nn.Identity() if n < len(before) and before[n] == c else unit(before[min(n, len(before) - 1)], c, 3, 1 if n < len(before) else 2, act=relu()) for n, c in enumerate(channels)]
            self.starts.append(nn.ModuleList(start))
            self.stages.append(nn.Sequential(*[HrModule(channels) for _ in range(modules)]))
            before = channels

    def forward(self, x):
        xs = [self.stem(x)]
        for starts, stage in zip(self.starts, self.stages):
            xs = stage([start(xs[min(n, len(xs) - 1)]) for n, start in enumerate(starts)])
        return xs


class SwinBlock(nn.Module):
    def __init__(self, channels, heads, window, shift):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.ffn = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), nn.Linear(4 * channels, channels))
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads) * 0.02)
        at = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        apart = at[:, :, None] - at[:, None, :] + window - 1
        self.register_buffer("index", (apart[0] * (2 * window - 1) + apart[1]).flatten())

    def split(self, x):
        b, h, w, c = x.shape
        n = self.window
        return x.view(b, h // n, n, w // n, n, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, n * n, c)

    def mask(self, h, w):
        region = torch.zeros(1, h, w, 1)
        bands = (slice(0, -self.window), slice(-self.window, -self.shift), slice(-self.shift, None))
        for i, rows in enumerate(bands):
            for j, columns in enumerate(bands):
                region[:, rows, columns] = 3 * i + j
        region = self.split(region).squeeze(2)
        return (region[:, None] != region[:, :, None]).float() * -100

    def attend(self, x):
        b, h, w, c = x.shape
        n = self.window
        x = F.pad(x, (0, 0, 0, -w % n, 0, -h % n))
        down, across = x.shape[1] // n, x.shape[2] // n
        if self.shift:
            x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        windows = self.split(x)
        q, k, v = self.qkv(windows).view(-1, n * n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1) + self.table[self.index].view(n * n, n * n, -1).permute(2, 0, 1)
        if self.shift:
            scores = (scores.view(b, -1, self.heads, n * n, n * n) + self.mask(down * n, across * n).unsqueeze(1)).view(-1, self.heads, n * n, n * n)
        x = self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(-1, n * n, c))
        x = x.view(b, down, across, n, n, c).permute(0, 1, 3, 2, 4, 5).reshape(b, down * n, across * n, c)
        if self.shift:
            x = torch.roll(x, (self.shift, self.shift), (1, 2))
        return x[:, :h, :w]

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.ffn(self.norm2(x))


class Swin(nn.Module):
    def __init__(self, channels, depths, heads, window):
        super().__init__()
        self.embed, self.embed_norm = nn.Conv2d(3, channels, 4, 4), nn.LayerNorm(channels)
        self.stages, self.norms, self.merges = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for n, depth in enumerate(depths):
            c = channels << n
            self.stages.append(nn.Sequential(*[SwinBlock(c, heads[n], window, window // 2 if m % 2 else 0) for m in range(depth)]))
            self.norms.append(nn.LayerNorm(c))
            if n + 1 < len(depths):
                self.merges.append(nn.Sequential(nn.LayerNorm(4 * c), nn.Linear(4 * c, 2 * c, bias=False)))

    def forward(self, x):
        x, levels = self.embed_norm(self.embed(x).permute(0, 2, 3, 1)), []
        for n, stage in enumerate(self.stages):
            x = stage(x)
            levels.append(self.norms[n](x).permute(0, 3, 1, 2))
            if n < len(self.merges):
                b, h, w, c = x.shape
                x = self.merges[n](x.view(b, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 5, 2, 4).reshape(b, h // 2, w // 2, 4 * c))
        return levels


def same(i, o, kernel):
    return nn.Conv2d(i, o, kernel, padding=kernel // 2)


class DalleBlock(nn.Module):
    def __init__(self, i, o, kernels):
        super().__init__()
        self.identity = same(i, o, 1) if i != o else nn.Identity()
        self.path = nn.Sequential(*[layer for n, kernel in enumerate(kernels) for layer in (nn.ReLU(), same(i if n == 0 else o // 4, o if n == 3 else o // 4, kernel))])

    def forward(self, x):
        return self.identity(x) + self.path(x) / 64


def dalle_groups(i, widths, kernels, between):
    layers = []
    for n, o in enumerate(widths):
        layers += [DalleBlock(i, o, kernels), DalleBlock(o, o, kernels)] + ([between()] if n < 3 else [])
        i = o
    return layers


class DalleEncoder(nn.Sequential):
    def __init__(self):
        super().__init__(same(3, 256, 7), *dalle_groups(256, (256, 512, 1024, 2048), (3, 3, 3, 1), lambda: nn.MaxPool2d(2)), nn.ReLU(), same(2048, 8192, 1))


class DalleDecoder(nn.Module):
    """From rows of the codebook on: the first convolution is a lookup, and only counted."""

    def __init__(self):
        super().__init__()
        self.table = same(8192, 128, 1)
        self.layers = nn.Sequential(*dalle_groups(128, (2048, 1024, 512, 256), (1, 3, 3, 3), lambda: nn.Upsample(scale_factor=2)), nn.ReLU(), same(256, 6, 1))

    def forward(self, rows):
        return self.layers(rows)


networks = {
    "resnet18": lambda: ResNet((2, 2, 2, 2), False),
    "resnet50": lambda: ResNet((3, 4, 6, 3), True),
    "resnet101": lambda: ResNet((3, 4, 23, 3), True),
    "resnet101-v1c": lambda: DilatedResNetV1c((3, 4, 23, 3)),
    "mobilenetv2": MobileNetV2,
    "hrnet-w18": lambda: HrNet(18),
    "hrnet-w48": lambda: HrNet(48),
    "swin-t": lambda: Swin(96, (2, 2, 6, 2), (3, 6, 12, 24), 7),
    "swin-s": lambda: Swin(96, (2, 2, 18, 2), (3, 6, 12, 24), 7),
    "swin-b": lambda: Swin(128, (2, 2, 18, 2), (4, 8, 16, 32), 7),
    "swin-l": lambda: Swin(192, (2, 2, 18, 2), (6, 12, 24, 48), 12),
    "dalle-encoder": DalleEncoder,
    "dalle-decoder": DalleDecoder,
}

name, parameters, side, threads = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(threads)
if name.startswith("swin") and "BLAS_INFO=generic" in torch.__config__.show():
    sys.exit("This build of PyTorch multiplies matrices by the generic BLAS, twenty times slower than any other: its time would say nothing about PyTorch.")
network = networks[name]().eval()
found = sum(p.numel() for p in network.parameters())
if found != parameters:
    sys.exit(f"{name} has {found} parameters here and {parameters} there")
image = torch.randn(1, 128, side // 8, side // 8) if name == "dalle-decoder" else torch.randn(1, 3, side, side)
network_last = copy.deepcopy(network).to(memory_format=torch.channels_last)
image_last = image.contiguous(memory_format=torch.channels_last)
serve(lambda: network(image), lambda: network_last(image_last))
