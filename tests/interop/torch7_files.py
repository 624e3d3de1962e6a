"""usage: torch7_files.py: Torch7's .t7 in torchfile and in Horn; what Horn writes computes the same in PyTorch."""
import json
import tempfile

import numpy as np
import torch
import torchfile
from common import check, check_close, check_refused, check_same_bits, finish, horn

GOLDEN = "tests/golden/torch7/"
nn = torch.nn


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


# Each on images of 8 x 8 with 2 channels
MODELS = {
    "mlp": [layer("Flatten"), layer("Dense", units=6, activation="tanh"), layer("Dropout", rate=0.25), layer("Dense", units=3, activation="softmax")],
    "cnn": [layer("Conv2D", filters=4, kernel_size=[3, 3], padding="same"), layer("BatchNormalization"), layer("Activation", activation="relu"),
            layer("MaxPooling2D", pool_size=[2, 2]), layer("Conv2D", filters=5, kernel_size=[3, 2], activation="sigmoid"),
            layer("AveragePooling2D", pool_size=[2, 1]), layer("Flatten"), layer("BatchNormalization"), layer("Dense", units=3)],
    "strided": [layer("Conv2D", filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same", activation="relu"), layer("Flatten"), layer("Dense", units=3)],
    "depthwise": [layer("DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=2), layer("Flatten"), layer("Dense", units=3)],
}


def write_json(path, name, layers):
    inputs = layer("InputLayer", batch_input_shape=[None, 8, 8, 2], dtype="float32", name="input")
    for i, entry in enumerate(layers):
        entry["config"]["name"] = "%s_%d" % (entry["class_name"].lower(), i)
    with open(path, "w") as file:
        json.dump({"class_name": "Sequential", "config": {"name": name, "layers": [inputs] + layers}, "keras_version": "2.15.0"}, file)


def pair(fields, first, second):
    return int(fields[second]), int(fields[first])


def fill(module, fields):
    for name in b"weight", b"bias", b"running_mean", b"running_var":
        if name in fields and fields[name] is not None:
            getattr(module, name.decode()).data.copy_(torch.from_numpy(np.array(fields[name])))
    return module


def torch_module(thing):
    """The module of PyTorch for an object of Torch7's nn."""
    kind, f = thing._typename.decode(), thing._obj
    if kind == "nn.Sequential":
        return nn.Sequential(*[torch_module(m) for m in f[b"modules"]])
    if kind == "nn.Linear":
        return fill(nn.Linear(f[b"weight"].shape[1], f[b"weight"].shape[0], bias=b"bias" in f), f)
    if kind == "nn.SpatialConvolution":
        return fill(nn.Conv2d(int(f[b"nInputPlane"]), int(f[b"nOutputPlane"]), pair(f, b"kW", b"kH"), pair(f, b"dW", b"dH"), pair(f, b"padW", b"padH"), bias=b"bias" in f), f)
    if kind in ("nn.SpatialBatchNormalization", "nn.BatchNormalization"):
        norm = nn.BatchNorm2d if "Spatial" in kind else nn.BatchNorm1d
        return fill(norm(len(f[b"weight"]), eps=f[b"eps"], momentum=f[b"momentum"]), f)
    if kind == "nn.SpatialMaxPooling":
        return nn.MaxPool2d(pair(f, b"kW", b"kH"), pair(f, b"dW", b"dH"), pair(f, b"padW", b"padH"), ceil_mode=f[b"ceil_mode"])
    if kind == "nn.SpatialAveragePooling":
        return nn.AvgPool2d(pair(f, b"kW", b"kH"), pair(f, b"dW", b"dH"), pair(f, b"padW", b"padH"), f[b"ceil_mode"], f[b"count_include_pad"])
    if kind == "nn.SpatialZeroPadding":
        return nn.ZeroPad2d([int(f[name]) for name in (b"pad_l", b"pad_r", b"pad_t", b"pad_b")])
    if kind == "nn.View":
        return nn.Flatten() if list(f[b"size"]) == [-1] else nn.Unflatten(1, [int(n) for n in f[b"size"]])
    if kind == "nn.Dropout":
        assert f[b"v2"]
        return nn.Dropout(f[b"p"])
    return {"nn.ReLU": nn.ReLU, "nn.Tanh": nn.Tanh, "nn.Sigmoid": nn.Sigmoid, "nn.SoftMax": lambda: nn.Softmax(1), "nn.LogSoftMax": lambda: nn.LogSoftmax(1), "nn.Identity": nn.Identity}[kind]()


def depthwise(table):
    module = nn.Sequential(nn.Conv2d(2, 4, 3, groups=2), nn.Flatten(), nn.Linear(4 * 36, 3))
    module.load_state_dict({name.decode(): torch.from_numpy(np.array(value)) for name, value in table.items() if name != b"horn"})
    return module


def ways(folder):
    random = np.random.default_rng(3)
    x = random.random((5, 8, 8, 2), "float32")
    np.save(folder + "/x.npy", x)
    np.savez(folder + "/data.npz", x_train=random.random((32, 8, 8, 2), "float32"), y_train=random.integers(0, 3, 32), x_test=x, y_test=np.arange(5) % 3)
    for name, layers in MODELS.items():
        keras, t7 = folder + "/m.h5", folder + "/m.t7"
        write_json(folder + "/m.json", name, layers)
        horn("train", "--model", folder + "/m.json", "--data", folder + "/data.npz", "--epochs", 2, "--no-checkpoint", "--save", keras)
        horn("predict", keras, "--data", folder + "/x.npy", "--output", folder + "/y.npy")
        horn("convert", keras, t7)
        loaded = torchfile.load(t7)
        is_module = isinstance(loaded, torchfile.TorchObject)
        check("%s: nn.Sequential" % name, is_module == (name != "depthwise"), type(loaded).__name__)
        module = torch_module(loaded) if is_module else depthwise(loaded)
        with torch.no_grad():
            y = module.eval()(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
        check_close("%s: Horn -> torchfile -> PyTorch: predictions" % name, y, np.load(folder + "/y.npy"), 1e-5)
        horn("convert", t7, folder + "/back.h5")
        first, second = (horn("predict", path, "--data", folder + "/x.npy", "--output", folder + "/z.npy") and np.load(folder + "/z.npy") for path in (keras, folder + "/back.h5"))
        check_same_bits("%s: through .t7 and back" % name, [second], [first])


def listed(path):
    return {t["name"]: t for t in json.loads(horn("inspect", path, "--json"))["tensors"]}


def flat(value, before=""):
    """Tensors by the keys that lead to them."""
    out = {}
    items = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else []
    for key, inner in items:
        name = before + (key.decode() if isinstance(key, bytes) else str(key))
        if isinstance(inner, np.ndarray) and inner.size:
            out[name] = inner
        out.update(flat(inner, name + "."))
    return out


def files(folder):
    """What write_t7.py and torchfile agree on."""
    for name in "flat", "model":
        own, found = flat(torchfile.load(GOLDEN + name + ".t7")), listed(GOLDEN + name + ".t7")
        same = all(found[key]["shape"] == list(value.shape) and found[key]["dtype"] == value.dtype.name for key, value in own.items())
        check("%s.t7: tables" % name, same and own, "%d tensors of %d" % (len(own), len(found)))
    module = torch_module(torchfile.load(GOLDEN + "model.t7")[b"model"])
    horn("convert", GOLDEN + "model.t7", folder + "/state.t7")
    state = {k.decode(): v for k, v in torchfile.load(folder + "/state.t7").items() if isinstance(v, np.ndarray)}
    own = {k: v.numpy() for k, v in module.state_dict().items() if "num_batches" not in k}
    check_same_bits("model.t7 -> Horn -> torchfile", [state[k] for k in sorted(own)], [own[k] for k in sorted(own)])
    with open(folder + "/function.t7", "wb") as file:
        file.write(bytes([8, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0]) + b"code")
    check_refused("a function of Lua", "known format", "convert", folder + "/function.t7", folder + "/x.t7")


with tempfile.TemporaryDirectory() as folder:
    ways(folder)
    files(folder)
finish()
