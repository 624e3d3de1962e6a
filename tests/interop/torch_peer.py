"""usage: torch_peer.py FOLDER NAME...: the part of torch_layouts.py that is PyTorch's: NAME.py makes the module that NAME.pth and NAME.safetensors fill; it
predicts what Keras did, and is saved as NAME.back.pth, as NAME.prefixed.pth (DataParallel's names), as NAME.back.safetensors, with its optimizer as
NAME.whole.back.pth, by deepdish as NAME.back.h5, and cnn.own.pth under names of its own."""
import importlib.util
import os
import re
import sys
import warnings

import numpy as np

np.object = object
import deepdish
import torch
import torchfile
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from common import check, check_close, check_same_bits, finish, horn

folder, *names = sys.argv[1:]
warnings.filterwarnings("ignore", "object name is not a valid Python identifier")


def import_module(path):
    spec = importlib.util.spec_from_file_location("made", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def values(state):
    return [value.numpy() for value in state.values()]


class Own(torch.nn.Module):
    """cnn, as a user's module."""
    def __init__(self, made):
        super().__init__()
        self.features = torch.nn.Sequential(*made[:7])
        self.norm, self.fc1, self.fc2 = made[8], made[10], made[12]


COUNTED = "num_batches_tracked"  # deepdish's files and Torch7 do not have it


def weights_of(state):
    return {key: value for key, value in state.items() if not key.endswith(COUNTED)}


WITHOUT = {"cnn": 1, "sequences": 2, "words": 1}  # a gamma, and second biases, which Keras has not


def check_optimizer(name, model, path):
    """One step of Adam: its variables have the parameters' shapes. Keras has no gamma where `scale` is False: PyTorch's has no variables then."""
    whole = torch.load(path + ".whole.pth")
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.load_state_dict(whole["optimizer"])
    states = [(p, optimizer.state[p]) for p in model.parameters() if optimizer.state[p]]
    fits = all(s["exp_avg"].shape == p.shape == s["exp_avg_sq"].shape and s["step"] == 1 for p, s in states)
    without = len(list(model.parameters())) - len(states)
    check("%s: optimizer.load_state_dict" % name, fits and without == WITHOUT.get(name, 0) and abs(optimizer.param_groups[0]["lr"] - 0.001) < 1e-9,
          "%d parameters, %d without variables" % (len(states), without))
    torch.save({**whole, "optimizer": optimizer.state_dict()}, path + ".whole.back.pth")


def check_deepdish(name, model, path):
    """Under PyTorch's names, into a module and back."""
    with open(path + ".indices", "w") as file:
        for module in dict.fromkeys(key.rsplit(".", 1)[0] for key in model.state_dict()):
            file.write("%s = %s\n" % (module, module))
    horn("convert", path + ".h5", path + ".dd.h5", "--to", "deepdish", "--names", path + ".indices")
    state = {key: torch.from_numpy(np.array(array)) for key, array in deepdish.io.load(path + ".dd.h5").items()}
    fresh = import_module(path + ".py").make_model().eval()
    fresh.load_state_dict(state, strict=True)
    check_same_bits("%s: deepdish.io.load has the same" % name, values(weights_of(fresh.state_dict())), values(weights_of(model.state_dict())))
    deepdish.io.save(path + ".back.h5", {key: value.numpy() for key, value in weights_of(fresh.state_dict()).items()})


def check_torch7(name, model, path):
    """Modules of nn.Sequential in order, or a table of tensors by PyTorch's names."""
    loaded = torchfile.load(path + ".t7")
    if isinstance(loaded, torchfile.TorchObject):
        found = {"%d.%s" % (i, key.decode()): array for i, module in enumerate(loaded.modules) for key, array in module._obj.items()}
    else:
        found = {key.decode(): array for key, array in loaded.items()}
    own = weights_of(model.state_dict())
    check_same_bits("%s: torchfile has the same" % name, [np.array(found.get(key)) for key in own], values(own))


for name in names:
    path = folder + "/" + name
    model = import_module(path + ".py").make_model()
    x, y = torch.from_numpy(np.load(path + ".x.npy")), np.load(path + ".y.npy")
    if isinstance(model[0], torch.nn.Embedding):
        x = x.long()
    state = torch.load(path + ".pth", weights_only=True)
    check("%s: load_state_dict of the .pth, strict" % name, str(model.load_state_dict(state, strict=True)) == "<All keys matched successfully>")
    check("%s: the state_dict's order, types and versions" % name,
          [(k, v.dtype, v.shape) for k, v in state.items()] == [(k, v.dtype, v.shape) for k, v in model.state_dict().items()]
          and state._metadata == model.state_dict()._metadata)
    model.eval()
    with torch.no_grad():
        check_close("%s: the module's predictions" % name, model(x).numpy(), y, 1e-5)
    fresh = import_module(path + ".py").make_model().eval()
    fresh.load_state_dict(load_file(path + ".safetensors"), strict=True)
    check_same_bits("%s: safetensors has the same" % name, values(fresh.state_dict()), values(model.state_dict()))
    with safe_open(path + ".safetensors", "pt") as file:
        check("%s: safetensors' format is pt" % name, file.metadata()["format"] == "pt")
    check_optimizer(name, model, path)
    check_deepdish(name, model, path)
    check_torch7(name, model, path)
    torch.save(model.state_dict(), path + ".back.pth")
    torch.save(torch.nn.DataParallel(model).state_dict(), path + ".prefixed.pth")
    save_file(model.state_dict(), path + ".back.safetensors")
    if name == "cnn":
        torch.save(Own(model).state_dict(), path + ".own.pth")
        with open(path + ".names", "w") as file:
            file.write("conv1 = features.0\nnorm1 = features.1\n4 = features.4  # conv2\n8 = norm\nfc1 = fc1\nfc2 = fc2\n")

def check_recipe():
    """README's lines of Python, beside its files."""
    with open("README.md") as file:
        block = next(b for b in re.findall("```python\n(.*?)```", file.read(), re.S) if "make_model" in b)
    os.chdir(folder)
    sys.path.insert(0, ".")
    scope = {}
    exec(block, scope)
    with torch.no_grad():
        check_close("README's recipe: predictions", scope["model"](torch.from_numpy(np.load("mlp.x.npy"))).numpy(), np.load("mlp.y.npy"), 1e-5)


check_recipe()
finish()
