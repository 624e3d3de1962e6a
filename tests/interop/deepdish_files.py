"""usage: deepdish_files.py: deepdish's HDF5 files, of deepdish and of Horn; and the way of a TensorFlow checkpoint over them into PyTorch."""
import json
import tempfile
from collections import OrderedDict

import numpy as np

np.object = object
import deepdish
import torch
from common import check, check_close, check_refused, check_same_bits, finish, horn

GOLDEN = "tests/golden/deepdish/"


def convert(source, target, *options):
    horn("convert", source, target, "--to", "deepdish", *options)
    return deepdish.io.load(target)


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def predict(module, x):
    with torch.no_grad():
        return module.eval()(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()


def flat(tree, before=""):
    """Arrays of a tree by the keys that lead to them."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    out = {}
    for key, value in items:
        name = before + (key if isinstance(tree, dict) else "i%d" % key)
        if isinstance(value, (dict, list, tuple)):
            out.update(flat(value, name + "/"))
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub" or np.isscalar(value) and not isinstance(value, str):
            out[name] = np.asarray(value)
    return out


class Net(torch.nn.Module):
    """tests/golden/gen_deepdish.py, net()."""
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.logits = torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.Conv2d(4, 5, (3, 2)), torch.nn.Linear(5, 3)

    def forward(self, x):
        return self.logits(torch.relu(self.conv2(torch.relu(self.conv1(x)))).mean((2, 3)))


def recipe(folder):
    """A checkpoint of TensorFlow 1, without an architecture."""
    tree, expected = convert(GOLDEN + "net", folder + "/net.h5"), np.load(GOLDEN + "net.npz")
    state = {"%s.%s" % (layer, {"kernel": "weight"}.get(name, name)): tensor(array)
             for layer, arrays in tree["small"].items() for name, array in arrays.items() if "Momentum" not in name}
    module = Net()
    module.load_state_dict(state)
    check_close("TensorFlow 1 -> Horn -> deepdish -> load_state_dict: predictions", predict(module, expected["x"]), expected["y"], 1e-5)
    check("the dictionary: slots and the step", tree["global_step"] == 5 and "kernel.Momentum" in tree["small"]["conv1"])
    one = deepdish.io.load(folder + "/net.h5", "/small/conv1/kernel")
    check("io.load of one variable by its name", np.array_equal(one, tree["small"]["conv1"]["kernel"]))


def with_architecture(folder):
    """Depthwise kernels, and a Dense behind a flattened map."""
    expected = np.load(GOLDEN + "flat.npz")
    tree = convert(GOLDEN + "flat", folder + "/flat.h5", "--architecture", GOLDEN + "flat.json")
    module = torch.nn.Sequential(OrderedDict(conv2d=torch.nn.Conv2d(2, 4, 3), relu=torch.nn.ReLU(), depthwise_conv2d=torch.nn.Conv2d(4, 8, 3, groups=4),
                                             pool=torch.nn.MaxPool2d(2), flatten=torch.nn.Flatten(), dense=torch.nn.Linear(32, 3)))
    words = {"kernel": "weight", "depthwise_kernel": "weight", "bias": "bias"}
    module.load_state_dict({"%s.%s" % (layer, words[name]): tensor(array) for layer, arrays in tree.items() for name, array in arrays.items()})
    check_close("with its architecture: predictions", predict(module, expected["x"]), expected["y"], 1e-5)
    with open(folder + "/names", "w") as file:
        file.writelines("%s = %s\n" % (name, name) for name in tree)
    named = convert(GOLDEN + "flat", folder + "/named.h5", "--architecture", GOLDEN + "flat.json", "--names", folder + "/names")
    module.load_state_dict({name: tensor(array) for name, array in named.items()})
    check_close("under PyTorch's names: predictions", predict(module, expected["x"]), expected["y"], 1e-5)
    # what PyTorch has, saved by deepdish, and back
    deepdish.io.save(folder + "/saved.h5", OrderedDict((name, t.numpy()) for name, t in module.state_dict().items()))
    for name, options in ("saved", ["--names", folder + "/names"]), ("flat", []):
        horn("convert", "%s/%s.h5" % (folder, name), folder + "/back.h5", "--to", "keras-h5", "--architecture", GOLDEN + "flat.json", *options)
        report = json.loads(horn("inspect", folder + "/back.h5", "--json", "--compare", folder + "/direct.h5"))
        check("%s.h5 into Keras: as the checkpoint itself" % name, report["equal"], "%s" % sorted(report)[:4])
    convert(GOLDEN + "flat", folder + "/rows.h5")
    check_refused("a file in the script's layout is not taken for a model's", "without its architecture", "convert", folder + "/rows.h5", folder + "/x.h5",
                  "--architecture", GOLDEN + "flat.json")


def types(folder):
    """Every type of TensorFlow that Horn reads."""
    tree = flat(convert("tests/golden/tf2.15/zoo", folder + "/zoo.h5"))
    kinds = {name: array.dtype.name for name, array in tree.items()}
    check("types and booleans", all(kinds[name] == name for name in ("bool", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")), str(kinds))
    check("an array without elements", tree["nothing"].shape == (0, 2), str(tree["nothing"].shape))


def files(folder):
    """What deepdish wrote: Horn reads the same arrays, and writes them so."""
    for name in "dd_flat", "dd_full_default", "dd_full_none", "dd_odict", "dd_shared", "shuffled":
        own = flat(deepdish.io.load(GOLDEN + name + ".h5"))
        listed = {t["name"]: t for t in json.loads(horn("inspect", GOLDEN + name + ".h5", "--json"))["tensors"]}
        same = all(listed[key]["shape"] == list(value.shape) and listed[key]["dtype"] == value.dtype.name for key, value in own.items())
        check("%s: names, types and shapes" % name, same and set(own) <= set(listed), "%d arrays and numbers" % len(own))
        again = flat(convert(GOLDEN + name + ".h5", folder + "/again.h5"))
        arrays = sorted(key for key, value in own.items() if value.ndim and value.dtype.kind in "fiub")
        check_same_bits("%s: through Horn" % name, [again[key] if again[key].dtype.name != "float32" or own[key].dtype.name != "float16" else np.float16(again[key]) for key in arrays],
                        [own[key] for key in arrays])


with tempfile.TemporaryDirectory() as folder:
    horn("convert", GOLDEN + "flat", folder + "/direct.h5", "--to", "keras-h5", "--architecture", GOLDEN + "flat.json")
    recipe(folder)
    with_architecture(folder)
    types(folder)
    files(folder)
finish()
