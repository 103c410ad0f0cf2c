"""Applies an adapter pack to a plain Vision Transformer in PyTorch. See docs/python.md.

    python apply_pack.py BACKBONE.safetensors PACK.safetensors              replays the pack's self-test
    python apply_pack.py BACKBONE.safetensors PACK.safetensors PHOTO...     classifies photos (needs Pillow)

Needs PyTorch and numpy. Reads safetensors files with struct and json alone.
"""

import json
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F


def read_safetensors(path):
    """-> ({name: float32 tensor}, {key: text})"""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        part = data[start:end]
        if entry["dtype"] == "F32":
            values = np.frombuffer(part, "<f4")
        elif entry["dtype"] == "F16":
            values = np.frombuffer(part, "<f2").astype(np.float32)
        elif entry["dtype"] == "BF16":
            # The upper half of a float32.
            values = (np.frombuffer(part, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            continue
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors, metadata


class Pack:
    def __init__(self, path):
        self.tensors, texts = read_safetensors(path)
        if texts.get("format") != "dtl-studio-pack":
            raise SystemExit(f"{path} is no adapter pack.")
        self.method = json.loads(texts["method"])
        self.classes = json.loads(texts["class_names"])
        self.preprocessing = json.loads(texts["preprocessing"])
        self.spec = json.loads(texts["backbone"])["spec"]
        self.self_test = json.loads(texts["self_test"])


class SideNetwork:
    """The state h of DTL, from the first block to the last. Hang it before and after each block."""

    def __init__(self, pack):
        self.t, self.m, self.h = pack.tensors, pack.method, 0
        self.extract = set(self.m.get("extract", []))
        self.adapt = set(self.m.get("adapt", []))

    def before(self, i, x):
        down = self.t.get(f"blocks.{i}.dtl.down")
        if i in self.extract and down is not None:  # left out where nothing reads it
            self.h = self.h + (x @ down.T) @ self.t[f"blocks.{i}.dtl.up"].T

    def after(self, i, x):
        if i not in self.adapt:
            return x
        a = self.h * torch.sigmoid(self.m["beta"] * self.h)
        k = self.m["kernel"]
        if k > 0:
            cls, patches = a[:, :1], a[:, 1:]
            batch, count, width = patches.shape
            side = int(count**0.5)
            image = patches.transpose(1, 2).reshape(batch, width, side, side)
            # An even kernel has its extra row and column of zeros at the bottom and right.
            less, more = (k - 1) // 2, k // 2
            image = F.conv2d(F.pad(image, (less, more, less, more)), self.t["dtl.conv"], groups=width)
            a = torch.cat([cls, image.reshape(batch, width, count).transpose(1, 2)], 1)
        return x + a


def forward(w, pack, images):
    """normalised images [B, 3, S, S] -> logits [B, C]; w: the backbone's tensors under timm's names"""
    spec, side = pack.spec, SideNetwork(pack)
    d, heads, eps = spec["width"], spec["heads"], spec["layerNormEps"]

    def norm(name, x):
        return F.layer_norm(x, (d,), w[f"{name}.weight"], w[f"{name}.bias"], eps)

    def linear(name, x):
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def attention(name, x):
        batch, count, _ = x.shape
        q, k, v = linear(f"{name}.qkv", x).reshape(batch, count, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
        mixed = torch.softmax(q @ k.transpose(-2, -1) / (d // heads) ** 0.5, -1) @ v
        return linear(f"{name}.proj", mixed.transpose(1, 2).reshape(batch, count, d))

    patch = spec["patchSize"]
    x = F.conv2d(images, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=patch)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([w["cls_token"].expand(len(x), -1, -1), x], 1) + w["pos_embed"]
    for i in range(spec["depth"]):
        side.before(i, x)
        block = f"blocks.{i}"
        x = x + attention(f"{block}.attn", norm(f"{block}.norm1", x))
        x = x + linear(f"{block}.mlp.fc2", F.gelu(linear(f"{block}.mlp.fc1", norm(f"{block}.norm2", x))))
        x = side.after(i, x)
    features = norm("norm", x[:, 1:].mean(1))
    return F.linear(features, pack.tensors["head.weight"], pack.tensors["head.bias"])


def normalise(pixels, preprocessing):
    """bytes [B, S, S, 3] -> [B, 3, S, S]"""
    mean, std = (np.asarray(preprocessing[key], np.float32) for key in ("mean", "std"))
    values = (pixels.astype(np.float32) / 255 - mean) / std
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))


def self_test_pixels(size, number):
    """The generated photo of docs/pack-format.md, bytes [S, S, 3]."""

    def mix(x):
        x = x ^ (x >> np.uint32(16))
        x = x * np.uint32(0x7FEB352D)
        x = x ^ (x >> np.uint32(15))
        x = x * np.uint32(0x846CA68B)
        return x ^ (x >> np.uint32(16))

    def lattice(layer, cells, rows, columns):
        h = np.zeros(np.broadcast(rows, columns).shape, np.uint32)
        for value in (number, layer, cells, rows, columns):
            h = mix(h ^ (np.asarray(value, np.uint32) + np.uint32(0x9E3779B9)))
        return (h & np.uint32(255)).astype(np.int64)

    def noise(layer, cells):
        t = np.arange(size) * cells * 256 // size
        cell, f = t >> 8, t & 255
        rows, columns, fy, fx = cell[:, None], cell[None, :], f[:, None], f[None, :]
        top = lattice(layer, cells, rows, columns) * (256 - fx) + lattice(layer, cells, rows, columns + 1) * fx
        bottom = lattice(layer, cells, rows + 1, columns) * (256 - fx) + lattice(layer, cells, rows + 1, columns + 1) * fx
        return (top * (256 - fy) + bottom * fy) >> 16

    planes = []
    with np.errstate(over="ignore"):
        for channel in range(3):
            v = (4 * noise(channel, 2) + 2 * noise(3, 5) + noise(3, 11) + noise(4 + channel, 29)) >> 3
            v = np.clip(2 * v - 128, 0, 255)
            planes.append(np.where(noise(7, 3) > 127, 255 - v, v).astype(np.uint8))
    return np.stack(planes, -1)


def read_photo(path, preprocessing):
    """An upright 8-bit photo, squashed, cut or padded to bytes [S, S, 3]. Colour profiles are not applied here."""
    from PIL import Image, ImageOps

    size, fit = preprocessing["imageSize"], preprocessing["fit"]
    photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    if fit == "crop":
        side = min(photo.size)
        left, top = (photo.width - side) // 2, (photo.height - side) // 2
        photo = photo.crop((left, top, left + side, top + side))
    if fit == "pad":
        longer = max(photo.size)
        width, height = (max(1, int(size * length / longer + 0.5)) for length in photo.size)
        square = Image.new("RGB", (size, size), (128, 128, 128))
        square.paste(photo.resize((width, height), Image.BICUBIC), ((size - width) // 2, (size - height) // 2))
        return np.asarray(square)
    return np.asarray(photo.resize((size, size), Image.BICUBIC))


def main(backbone_path, pack_path, *photos):
    pack = Pack(pack_path)
    plain = {"family": "vit", "classToken": True, "activation": "gelu", "positions": "all", "patchBias": True}
    plain |= {"distillationToken": False, "registers": 0, "preNorm": False, "layerScale": False, "finalNorm": "norm"}
    other = [key for key, value in plain.items() if pack.spec.get(key, value) != value]
    if other:
        raise SystemExit(f"This script knows plain Vision Transformers; here differ: {', '.join(other)}.")
    weights, _ = read_safetensors(backbone_path)
    # Some checkpoints carry a prefix before every name.
    prefix = next(name for name in weights if name.endswith("cls_token"))[: -len("cls_token")]
    weights = {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
    size = pack.preprocessing["imageSize"]
    torch.set_grad_enabled(False)
    if photos:
        pixels = np.stack([read_photo(path, pack.preprocessing) for path in photos])
        chances = torch.softmax(forward(weights, pack, normalise(pixels, pack.preprocessing)), -1)
        for path, row in zip(photos, chances):
            best = int(row.argmax())
            print(f"{path}: {pack.classes[best]} ({row[best]:.1%})")
        return
    pixels = np.stack([self_test_pixels(size, number) for number in range(pack.self_test["generator"]["count"])])
    logits = forward(weights, pack, normalise(pixels, pack.preprocessing)).numpy()
    expected = np.asarray(pack.self_test["logits"])
    error = np.linalg.norm(logits - expected) / np.linalg.norm(expected)
    print(f"Self-test: the logits differ by {error:.1e} (relative L2), {pack.self_test['tolerance']} is allowed.")
    sys.exit(0 if error <= pack.self_test["tolerance"] else 1)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
