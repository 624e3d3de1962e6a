"""Writes the files beside it with PyTorch: python gen_torch.py (PyTorch 2.13; with the argument 1.13 those that begin with t113).

Each .npz has the values of the .pth of its name: paths of keys, joined with '|'; numbers as 0-d arrays; bfloat16 as float32. A
legacy file has those of the file without "legacy" in its name. REJECT: what must be refused. py2_style_legacy.pth is put together
by hand, as Python 2 wrote such files; keras_cnn.pth has the weights of a Keras 2.15 model, in keras_cnn.npz beside its input and
output.
"""
import collections
import os
import struct
import sys

import numpy as np
import torch
from torch import nn

torch.manual_seed(1)
OLD = {"_use_new_zipfile_serialization": False}


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 3))


def cnn():
    return nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3, eps=1e-3, momentum=0.01), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Dropout(0.3), nn.Linear(18, 4))


def flatten(value, path=""):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else None
    if pairs is None:
        if isinstance(value, torch.Tensor):
            value = value.detach()
            value = (value.float() if value.dtype == torch.bfloat16 else value).numpy()
        return {path: np.array("None" if value is None else value)}
    return {k: v for key, part in pairs for k, v in flatten(part, f"{path}|{key}" if path else str(key)).items()}


def save(value, name, **options):
    torch.save(value, name, **options)
    if not options:
        np.savez_compressed(os.path.splitext(name)[0] + ".npz", **flatten(value))


def train(model, optimizer, shape, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(*shape)).pow(2).sum().backward()
        optimizer.step()


def checkpoint(name, make, steps=3, more={"best_loss": 0.123456789, "epoch": 7}):
    model = mlp()
    optimizer = make(model.parameters())
    train(model, optimizer, (4, 3, 4), steps)
    value = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), **more}
    save(value, f"{name}.pth")
    return value


if sys.argv[1:] == ["1.13"]:
    checkpoint("t113_rmsprop", lambda p: torch.optim.RMSprop(p, lr=1e-3), 2, {"best_loss": 0.5, "epoch": 1})
    checkpoint("t113_adam", lambda p: torch.optim.Adam(p, lr=1e-3), 2, {"best_loss": 0.5, "epoch": 1})
    sys.exit()

model = mlp()
save(model.state_dict(), "mlp_sd.pth")
save(model.state_dict(), "mlp_sd_legacy.pkl", **OLD)
model = cnn()
train(model, torch.optim.SGD(model.parameters(), lr=1e-3), (4, 2, 4, 6), 1)
save(model.state_dict(), "cnn_sd.pth")

checkpoint("ckpt_sgd", lambda p: torch.optim.SGD(p, lr=0.01))
checkpoint("ckpt_sgdm", lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4))
checkpoint("ckpt_rmsprop", lambda p: torch.optim.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-7, momentum=0.5, centered=True))
checkpoint("ckpt_rmsprop0", lambda p: torch.optim.RMSprop(p, lr=1e-3))
save(checkpoint("ckpt_adam", lambda p: torch.optim.Adam(p, lr=1e-3)), "ckpt_adam_legacy.pth", **OLD)
save({"model": mlp().state_dict(), "best_loss": torch.tensor(0.5), "epoch": 300, "lr": [1e-3, 1e-4], "t": (1, 2, 3, 4),
      "s": "h\u00e9\u00e9", "n": None, "b": True, "neg": -5, "big": 2**40, "huge": 2**70, "set": 1}, "ckpt_misc.pth")
checkpoint("ckpt_amsgrad", lambda p: torch.optim.Adam(p, lr=1e-3, amsgrad=True))

base = torch.arange(24.0).reshape(4, 6)
weird = collections.OrderedDict(
    t=base.t(), sl=base[1:3, 2:5], whole=base, half=torch.tensor([1.5, -2, 65504.0]).half(),
    bf16=torch.tensor([1.5, -2.0]).bfloat16(), dbl=torch.tensor([1 / 3]).double(), i64=torch.tensor([2**40, -1]),
    i32=torch.tensor([1, -2], dtype=torch.int32), i16=torch.tensor([1, -2], dtype=torch.int16),
    i8=torch.tensor([1, -2], dtype=torch.int8), u8=torch.tensor([1, 255], dtype=torch.uint8), b=torch.tensor([True, False]),
    scalar=torch.tensor(3.25), empty=torch.zeros(0, 3), expand=torch.tensor([7.0]).expand(4),
    param=nn.Parameter(torch.tensor([1.0, 2.0])), noreq=nn.Parameter(torch.tensor([5.0]), requires_grad=False),
    req=torch.ones(2, requires_grad=True).detach().requires_grad_(),
    cl=torch.arange(48.0).reshape(1, 2, 4, 6).contiguous(memory_format=torch.channels_last))
save(weird, "weird.pth")
save(weird, "weird_legacy.pth", **OLD)
torch.save({"u16": torch.tensor([1, 65535], dtype=torch.uint16), "c64": torch.tensor([1 + 2j])}, "newdt.pth")
torch.save(mlp(), "whole_module_REJECT.pth")
torch.save({"x": os.getcwd}, "evil_REJECT.pth")


def text(t):
    return b"U" + bytes([len(t)]) + t.encode()


def tensor(storage, key, shape, stride):
    pack = lambda n: b"(" + b"".join(b"K" + bytes([i]) for i in n) + b"t"
    return (b"ctorch._utils\n_rebuild_tensor\n((" + text("storage") + b"ctorch\n" + storage + b"\n" + text(key) + text("cpu") +
            b"K" + bytes([int(np.prod(shape))]) + b"NtQK\0" + pack(shape) + pack(stride) + b"tR")


parts = [b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", b"\x80\2M\xe9\3.",
         b"\x80\2}(" + text("protocol_version") + b"M\xe9\3" + text("little_endian") + b"\x88" + text("type_sizes") + b"}(" +
         text("short") + b"K\2" + text("int") + b"K\4" + text("long") + b"K\4uu.",
         b"\x80\2ccollections\nOrderedDict\n](](" + text("fc.weight") + tensor(b"FloatStorage", "111", (2, 3), (3, 1)) + b"e](" +
         text("n") + tensor(b"LongStorage", "222", (2,), (1,)) + b"ee\x85R.",
         b"\x80\2](" + text("111") + text("222") + b"e.",
         struct.pack("<q6f", 6, *range(6)), struct.pack("<q2q", 2, 5, 6)]
with open("py2_style_legacy.pth", "wb") as f:
    f.write(b"".join(parts))
np.savez_compressed("py2_style_legacy.npz", **{"fc.weight": np.arange(6, dtype="f4").reshape(2, 3), "n": np.array([5, 6])})
