"""usage: onnx_files.py [FOLDER]: ONNX files that PyTorch exported and that are made node by node, in Horn: predictions, and as .h5, .keras and .onnx again.

With a FOLDER it runs each NAME.onnx there with onnxruntime on NAME.x.npy and writes NAME.y.npy, for tflite_files.py: after onnx.checker, and if protobuf
gives the same bytes for what it has read."""
import glob
import io
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from common import check, check_close, check_refused, finish, horn, horn_predict

LIMIT = 1e-5


def checked(content):
    """Why the bytes are no ONNX file as they should be; "" if they are."""
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    return "" if model.SerializeToString() == content else "protobuf gives other bytes"


def run(content, x):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def run_folder(folder):
    for path in sorted(glob.glob(folder + "/*.onnx")):
        content, name = open(path, "rb").read(), path[:-5]
        fault = checked(content)
        if fault:
            sys.exit("%s: %s" % (path, fault))
        np.save(name + ".y.npy", run(content, np.load(name + ".x.npy")))


def last(x):
    """Channels behind, as Horn has images."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if x.ndim == 4 else x


def check_file(name, content, x, folder, expected=None):
    try:
        read_and_rewritten(name, content, x, folder, expected)
    except Exception as fault:
        check(name, False, str(fault)[-300:])


def read_and_rewritten(name, content, x, folder, expected):
    """What Horn predicts from the file, and from what it makes of it. x as the file takes it."""
    with open(folder + "/m.onnx", "wb") as file:
        file.write(content)
    expected = run(content, x) if expected is None else expected
    samples = x if takes_as_it_is(content) else last(x)
    check_close("%s: predictions" % name, horn_predict(folder + "/m.onnx", folder, samples), last(expected), LIMIT)
    for suffix in "h5", "keras", "again.onnx":
        horn("convert", folder + "/m.onnx", folder + "/m." + suffix)
    own = horn_predict(folder + "/m.h5", folder, samples)
    check("%s: the same bits from .h5 and .keras" % name, own.tobytes() == horn_predict(folder + "/m.keras", folder, samples).tobytes())
    again = open(folder + "/m.again.onnx", "rb").read()
    fault = checked(again)
    check("%s: as Horn's ONNX file, by onnx.checker" % name, not fault, fault)
    check_close("%s: as Horn's ONNX file, in onnxruntime" % name, run(again, samples), last(expected), LIMIT)
    check("%s: the same bits from Horn's ONNX file" % name, own.tobytes() == horn_predict(folder + "/m.again.onnx", folder, samples).tobytes())


def takes_as_it_is(content):
    """Horn's model has the axes of the file's input: nothing in it is of images, or it has the channels behind."""
    nodes = onnx.load_from_string(content).graph.node
    return not any(n.op_type in ("Conv", "BatchNormalization", "Transpose", "MaxPool") for n in nodes) or nodes[0].op_type in ("Transpose", "Reshape")


# ---- PyTorch ----

def exported(folder):
    import torch
    from torch import nn
    torch.manual_seed(5)

    def settle(module, x):
        """Means and variances that are not those of the start."""
        with torch.no_grad():
            module.train()
            for _ in range(3):
                module(x * 2 + 0.5)
        return module.eval()

    image = torch.rand(6, 3, 12, 10)
    rows = torch.rand(6, 7)
    models = {
        "MLP": (rows, [nn.Linear(7, 9), nn.ReLU(), nn.Dropout(0.3), nn.Linear(9, 4), nn.Softmax(dim=1)]),
        "MLP with BatchNorm1d": (rows, [nn.Linear(7, 9, bias=False), nn.BatchNorm1d(9), nn.Tanh(), nn.Linear(9, 4), nn.Sigmoid()]),
        "MLP of images": (torch.rand(6, 1, 5, 4), [nn.Flatten(), nn.Linear(20, 6), nn.ELU(), nn.Linear(6, 3)]),
        "CNN": (image, [nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 4, (3, 2), padding=1), nn.ReLU(), nn.Flatten(),
                        nn.Linear(4 * 5 * 5, 8), nn.ReLU(), nn.Linear(8, 3)]),
        "strides and pads": (image, [nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(4, 4, 5, stride=(2, 1), padding=2), nn.ReLU(),
                                     nn.MaxPool2d(3, 2, 1), nn.Flatten(), nn.BatchNorm1d(4 * 2 * 3), nn.Linear(4 * 2 * 3, 2)]),
        "depthwise": (image, [nn.Conv2d(3, 6, 3, groups=3, padding=1), nn.ReLU6(), nn.Conv2d(6, 5, 1), nn.SELU(), nn.Conv2d(5, 5, 3, groups=5, dilation=2), nn.Softplus(),
                              nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)]),
        "groups": (image, [nn.Conv2d(3, 8, 1), nn.Conv2d(8, 4, 3, groups=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 5 * 4, 3)]),
        "average pools with pads": (image, [nn.AvgPool2d(3, 2, 1), nn.Conv2d(3, 2, 2), nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)]),
        "zero padding": (image, [nn.ZeroPad2d((1, 2, 0, 3)), nn.Conv2d(3, 2, 3, padding=1), nn.MaxPool2d(2, ceil_mode=True)]),
        "softmax over channels": (image, [nn.Conv2d(3, 4, 1), nn.Softmax(dim=1)]),
        "rows of rows": (torch.rand(6, 4, 7), [nn.Linear(7, 5), nn.ReLU(), nn.Flatten(), nn.Linear(20, 3)]),
    }
    for name, (x, layers) in models.items():
        module = settle(nn.Sequential(*layers), x)
        for opset in (9, 11, 13, 16):
            if opset < 11 and name == "average pools with pads" or opset < 13 and name == "softmax over channels":  # other graphs
                continue
            open_batch = {"dynamic_axes": {"x": {0: "N"}}, "input_names": ["x"]} if opset % 2 else {}
            file = io.BytesIO()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Without constants folded there are more nodes.
                torch.onnx.export(module, x, file, opset_version=opset, do_constant_folding=opset != 13 or name == "zero padding", **open_batch)
            with torch.no_grad():
                check_file("PyTorch, %s, operator set %d" % (name, opset), file.getvalue(), x.numpy(), folder, module(x).numpy())


# ---- node by node ----

def made(nodes, weights, x, opset=13, rank=None, old=False):
    constants = [numpy_helper.from_array(np.asarray(value), key) for key, value in weights.items()]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"] + list(x.shape[1:]))]
    if old:  # initializers are inputs, too
        inputs += [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in constants]
    graph = helper.make_graph(nodes, "made", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=3 if old else 7)
    return model.SerializeToString()


def as_tf2onnx(random):
    """Channels last, with a Transpose or a Reshape in front and behind; Add behind MatMul; everything else as tf2onnx does it."""
    N, F = helper.make_node, lambda *shape: random.standard_normal(shape).astype("f4")
    x = random.random((5, 9, 8, 2), "f4")
    yield "tf2onnx, a CNN", made([
        N("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), N("Conv", ["t", "k", "b"], ["c"], auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
        N("Clip", ["c", "zero", "six"], ["r"]), N("MaxPool", ["r"], ["p"], auto_pad="VALID", kernel_shape=[2, 2], strides=[2, 2]),
        N("Transpose", ["p"], ["u"], perm=[0, 2, 3, 1]), N("Reshape", ["u", "shape"], ["f"]), N("MatMul", ["f", "w"], ["m"]), N("Add", ["m", "v"], ["a"]),
        N("Softmax", ["a"], ["y"], axis=1)],
        {"k": F(4, 2, 3, 3), "b": F(4), "zero": np.float32(0), "six": np.float32(6), "shape": np.array([-1, 16]), "w": F(16, 3), "v": F(3)}, x), x
    x = random.random((5, 6, 6, 1), "f4")
    yield "tf2onnx, one channel", made([
        N("Reshape", ["x", "front"], ["t"]), N("Conv", ["t", "k"], ["c"], auto_pad="VALID"), N("GlobalAveragePool", ["c"], ["g"]),
        N("Squeeze", ["g", "axes"], ["s"]), N("Gemm", ["s", "w"], ["y"], transB=1)],
        {"front": np.array([-1, 1, 6, 6]), "k": F(4, 1, 3, 3), "axes": np.array([2, 3]), "w": F(3, 4)}, x), x
    x = random.random((5, 7), "f4")
    yield "tf2onnx, an MLP", made([
        N("Identity", ["w"], ["w1"]), N("MatMul", ["x", "w1"], ["m"]), N("Add", ["v", "m"], ["a"]), N("LeakyRelu", ["a"], ["r"], alpha=0.3), N("Cast", ["r"], ["y"], to=1)],
        {"w": F(7, 3), "v": F(1, 3)}, x), x


def others(random):
    N, F = helper.make_node, lambda *shape: random.standard_normal(shape).astype("f4")
    x = random.random((5, 3, 8, 6), "f4")
    positive = lambda n: random.random(n, "f4") + 0.5
    yield "initializers as inputs", made([N("Conv", ["x", "k"], ["c"], pads=[1, 0, 1, 0]), N("Relu", ["c"], ["y"])], {"k": F(4, 3, 3, 3)}, x, old=True, opset=8), x
    yield "ReduceMean over pixels", made([N("Conv", ["x", "k"], ["c"]), N("ReduceMean", ["c"], ["y"], axes=[-1, -2], keepdims=0)], {"k": F(4, 3, 3, 3)}, x), x
    yield "ReduceMax over pixels", made([N("Conv", ["x", "k"], ["c"]), N("ReduceMax", ["c", "axes"], ["y"], keepdims=0)],
                                        {"k": F(4, 3, 3, 3), "axes": np.array([2, 3])}, x, opset=18), x
    yield "an input in front of BatchNormalization", made([N("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"]), N("GlobalMaxPool", ["n"], ["p"]), N("Flatten", ["p"], ["y"])],
                                                          {"g": F(3), "b": F(3), "m": F(3), "v": positive(3)}, x), x
    yield "a Reshape of an image", made([N("Relu", ["x"], ["r"]), N("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]), N("Reshape", ["p", "s"], ["f"]),
                                         N("Sigmoid", ["f"], ["g"]), N("MatMul", ["g", "w"], ["y"])], {"s": np.array([0, -1]), "w": F(36, 2)}, x), x
    yield "constants as nodes", made([N("Constant", [], ["k"], value=numpy_helper.from_array(F(4, 3, 3, 3))), N("Conv", ["x", "k"], ["c"]), N("Dropout", ["c"], ["y"])], {}, x), x
    yield "from channels first to last", made([N("Relu", ["x"], ["r"]), N("Transpose", ["r"], ["t"], perm=[0, 2, 3, 1]), N("MatMul", ["t", "w"], ["m"]), N("Flatten", ["m"], ["y"])], {"w": F(3, 2)}, x), x


def refused(folder):
    N = helper.make_node
    x = np.zeros((1, 3, 4, 4), "f4")
    k = np.ones((3, 3, 3, 3), "f4")
    cases = {
        "an unknown op": (made([N("LpPool", ["x"], ["y"], kernel_shape=[2, 2])], {}, x), "node 'y' (LpPool)"),
        "pads of a MaxPool": (made([N("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])], {}, x), "its pads are neither none"),
        "a flattened image as output": (made([N("Conv", ["x", "k"], ["c"]), N("Flatten", ["c"], ["y"])], {"k": k}, x), "output 'y'"),
        "half precision": (made([N("Conv", ["x", "k"], ["y"])], {"k": k.astype("f2")}, x), "weights of float16"),
    }
    for name, (content, words) in cases.items():
        with open(folder + "/m.onnx", "wb") as file:
            file.write(content)
        check_refused("refused: %s" % name, words, "convert", folder + "/m.onnx", folder + "/m.h5")


def main():
    if len(sys.argv) > 1:
        run_folder(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        random = np.random.default_rng(3)
        for makers in as_tf2onnx, others:
            for name, content, x in makers(random):
                check_file(name, content, x, folder)
        refused(folder)
        exported(folder)
    finish()


main()
