using GSS.Torch;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>
/// The latent prior with ResNet-18 and the compact tokenizer once more, as plain PyTorch modules: what a PyTorch user would write, with the state
/// names of ours, so that our weights load and both must give the same numbers.
/// </summary>
internal static class PyTorchPrior
{
    /// <summary>Defines <c>LatentPrior(tokens, classes, tied, last)</c> (tied: tokens tied to classes, which gives token logits alone; last: blocks of ResNet's last stage), <c>Tokenizer(tokens)</c> with <c>encode</c> and <c>decode</c>, and <c>load(module, path)</c>.</summary>
    public const string Script = """
        import json
        from torch import nn
        import torch.nn.functional as F

        class Residual(nn.Module):
            def __init__(self, i, o, stride):
                super().__init__()
                self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
                self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
                self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if stride > 1 or i != o else None
            def forward(self, x):
                y = F.relu(self.bn1(self.conv1(x)), inplace=True)
                y = self.bn2(self.conv2(y))
                y += x if self.downsample is None else self.downsample(x)
                return F.relu(y, inplace=True)

        class ResNet18(nn.Module):
            def __init__(self, last=2):
                super().__init__()
                self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
                for level in range(4):
                    o = 64 << level
                    i = max(64, o // 2)
                    more = [Residual(o, o, 1) for _ in range(last - 2)] if level == 3 else []
                    setattr(self, f"layer{level + 1}", nn.Sequential(Residual(i, o, 2 if level else 1), Residual(o, o, 1), *more))
            def forward(self, x):
                x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
                levels = []
                for level in (self.layer1, self.layer2, self.layer3, self.layer4):
                    x = level(x)
                    levels.append(x)
                return levels

        class Block(nn.Module):
            def __init__(self, i, o, kernel):
                super().__init__()
                self.conv, self.bn = nn.Conv2d(i, o, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(o)
            def forward(self, x):
                return F.relu(self.bn(self.conv(x)), inplace=True)

        class LatentPrior(nn.Module):
            def __init__(self, tokens, classes, tied=False, last=2):
                super().__init__()
                self.encoder = ResNet18(last)
                self.register_buffer("mean", torch.zeros(1, 3, 1, 1))
                self.register_buffer("standard_deviation", torch.ones(1, 3, 1, 1))
                self.laterals = nn.ModuleList([Block(64 << level, 64, 1) for level in range(4)])
                self.fusion, self.context, self.projection = Block(256, 128, 1), nn.ModuleList([Block(128, 128, 3)]), Block(128, 256, 1)
                self.dropout, self.classifier = nn.Dropout2d(0.1), nn.Conv2d(256, tokens, 1)
                self.auxiliary = nn.Conv2d(256, classes, 1) if classes else None
                if tied:
                    self.register_buffer("class_shares", torch.zeros(tokens, classes, 1, 1))
            def forward(self, x):
                levels = self.encoder((x - self.mean) / self.standard_deviation)
                size = levels[0].shape[2:]
                levels = [lateral(level) for lateral, level in zip(self.laterals, levels)]
                fused = self.fusion(torch.cat(levels[:1] + [F.interpolate(x, size, mode="bilinear", align_corners=False) for x in levels[1:]], 1))
                projected = self.dropout(self.projection(self.context[0](fused)))
                if hasattr(self, "class_shares"):
                    return self.classifier(projected) + F.conv2d(self.auxiliary(projected).log_softmax(1), self.class_shares)
                return self.classifier(projected) if self.auxiliary is None else (self.classifier(projected), self.auxiliary(projected))

        class PreActivation(nn.Module):
            def __init__(self, width, kernel):
                super().__init__()
                self.first, self.second = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, kernel, padding=kernel // 2)
            def forward(self, x):
                return x + self.second(F.relu(self.first(F.relu(x))))

        class Context(nn.Module):
            def __init__(self, width, inner):
                super().__init__()
                self.down, self.block, self.up = nn.Conv2d(width, inner, 3, 2, 1), PreActivation(inner, 3), nn.Conv2d(inner, width, 1)
            def forward(self, x):
                y = self.up(F.relu(self.block(self.down(F.relu(x)))))
                return x + F.interpolate(y, scale_factor=2, mode="nearest")[:, :, :x.shape[2], :x.shape[3]]

        class Encoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.input, self.block, self.context, self.output = nn.Conv2d(48, 96, 3, padding=1), PreActivation(96, 1), Context(96, 140), nn.Conv2d(96, 16, 1)
            def forward(self, x):
                return self.output(F.relu(self.context(self.block(self.input(F.pixel_unshuffle((x - 0.5) * 2, 4))))))

        class Decoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.input, self.context, self.block = nn.Conv2d(16, 112, 3, padding=1), Context(112, 160), PreActivation(112, 1)
                self.colors, self.mixture = nn.Conv2d(112, 6, 1), nn.Conv2d(112, 160, 1)
            def forward(self, codes):
                x = F.relu(self.block(self.context(self.input(codes))))
                b, _, h, w = x.shape
                color = self.colors(x) + 0.5
                first = F.pad(color[:, :3], (1, 1, 1, 1), mode="replicate")
                candidates = [first[:, :, dy:dy + h, dx:dx + w] for dy in range(3) for dx in range(3)] + [color[:, 3:]]
                weights = self.mixture(x).reshape(b, 16, 10, h, w).softmax(2)
                pixels = sum(weights[:, :, i].unsqueeze(2) * candidate.unsqueeze(1) for i, candidate in enumerate(candidates))
                return pixels.reshape(b, 4, 4, 3, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, 3, 4 * h, 4 * w)

        class Quantizer(nn.Module):
            def __init__(self, tokens):
                super().__init__()
                self.register_buffer("codebook", torch.zeros(tokens, 16))

        class Tokenizer(nn.Module):
            def __init__(self, tokens):
                super().__init__()
                self.encoder, self.decoder, self.quantizer = Encoder(), Decoder(), Quantizer(tokens)
            def encode(self, maskige):
                # A 1x1 convolution, not a matrix product: Debian's PyTorch has no fast ones.
                codebook = self.quantizer.codebook
                return (F.conv2d(self.encoder(maskige), codebook[:, :, None, None]) * 2 - codebook.square().sum(1)[:, None, None]).argmax(1)
            def decode(self, tokens):
                return self.decoder(self.quantizer.codebook[tokens].permute(0, 3, 1, 2))

        def load(module, path):
            data = bytes_of(path)
            start = 8 + int.from_bytes(data[:8], "little")
            types = {"F32": torch.float32, "I64": torch.int64}
            entries = {name: entry for name, entry in json.loads(bytes(data[8:start])).items() if name != "__metadata__"}
            def read(entry):
                begin, end = entry["data_offsets"]
                values = torch.frombuffer(data, dtype=types[entry["dtype"]], count=(end - begin) // (8 if entry["dtype"] == "I64" else 4), offset=start + begin)
                return values.reshape(entry["shape"]).clone()
            module.load_state_dict({name: read(entry) for name, entry in entries.items()})
            return module

        """;

    /// <summary>Writes both networks' weights where <c>load</c> reads them.</summary>
    /// <param name="network">The latent prior.</param>
    /// <param name="tokenizer">The compact tokenizer.</param>
    /// <param name="folder">Where to; <c>prior</c> and <c>tokenizer</c> are made.</param>
    public static void WriteWeights(LatentPriorNetwork network, TokenizerNetwork tokenizer, string folder)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (FileStream prior = File.Create(Path.Combine(folder, "prior")))
        {
            // The modules above have the light head's parts at the top.
            SafeTensorsWriter.Write(prior, [.. network.state_dict().Select(p => (p.Key.Replace("head.", "", StringComparison.Ordinal), p.Value))]);
        }

        using FileStream codes = File.Create(Path.Combine(folder, "tokenizer"));
        ((CompactVqVae)tokenizer).Save(codes);
    }
}
