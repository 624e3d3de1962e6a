"""usage: gen_onnx.py, in the environment of PyTorch 1.13: ONNX files that torch.onnx.export wrote, one as tf2onnx writes a CNN of Keras, made node by
node, and another CNN of Keras in three ways (the attributes of their nodes stand in another order than those of the files here); samples with their channels behind, and what PyTorch or onnxruntime computes from them, so as well."""
import os
import warnings

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

folder = os.path.dirname(os.path.abspath(__file__)) + "/onnx/"
os.makedirs(folder, exist_ok=True)
warnings.simplefilter("ignore")
torch.manual_seed(5)
image = torch.rand(4, 3, 9, 7)
models = {
    "cnn": ([nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 2 * 2, 5), nn.BatchNorm1d(5),
             nn.Dropout(), nn.Linear(5, 3), nn.Softmax(dim=1)], 13),
    "depthwise": ([nn.ZeroPad2d((0, 1, 2, 0)), nn.Conv2d(3, 6, 3, groups=3), nn.ReLU6(), nn.Conv2d(6, 4, 1, bias=False), nn.LeakyReLU(0.1),
                   nn.AvgPool2d(2, padding=1), nn.Conv2d(4, 4, 2, groups=2), nn.ELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2), nn.Sigmoid()], 11),
}


def behind(x):
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if x.ndim == 4 else x


for name, (layers, opset) in models.items():
    module = nn.Sequential(*layers)
    with torch.no_grad():
        for _ in range(3):
            module(image * 2 + 0.5)
        module.eval()
        torch.onnx.export(module, image, folder + name + ".onnx", opset_version=opset, input_names=["x"], dynamic_axes={"x": {0: "N"}})
        np.save(folder + name + ".x.npy", behind(image.numpy()))
        np.save(folder + name + ".y.npy", module(image).numpy())

random = np.random.default_rng(6)
N, F = helper.make_node, lambda *shape: random.normal(0, 0.4, shape).astype("f4")
weights = {"k": F(3, 2, 3, 3), "b": F(3), "front": np.array([-1, 24]), "w": F(24, 3), "v": F(3)}
nodes = [N("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), N("Conv", ["t", "k", "b"], ["c"], auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
         N("Relu", ["c"], ["r"]), N("MaxPool", ["r"], ["p"], kernel_shape=[2, 2]), N("Transpose", ["p"], ["u"], perm=[0, 2, 3, 1]),
         N("Reshape", ["u", "front"], ["f"]), N("MatMul", ["f", "w"], ["m"]), N("Add", ["m", "v"], ["a"]), N("Softmax", ["a"], ["y"])]
graph = helper.make_graph(nodes, "tf2onnx", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 9, 6, 2])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])], [numpy_helper.from_array(v, k) for k, v in weights.items()])
content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="tf2onnx").SerializeToString()
x = random.random((4, 9, 6, 2), "f4")
with open(folder + "tf2onnx.onnx", "wb") as file:
    file.write(content)
np.save(folder + "tf2onnx.x.npy", x)
np.save(folder + "tf2onnx.y.npy", onnxruntime.InferenceSession(content).run(None, {"x": x})[0])

# A CNN of Keras 2.15 (torch/keras_cnn.npz), written in three ways: transposed back before the Flatten, or with the rows of the Dense kernel in the order of
# channels first, its last layer as Gemm or as MatMul and Add.
keras = np.load(folder + "../torch/keras_cnn.npz")
kernel = keras["keras.d1.kernel"]
weights = {"cw": keras["keras.c.kernel"].transpose(3, 2, 0, 1), "cb": keras["keras.c.bias"], "g": keras["keras.bn.gamma"], "b": keras["keras.bn.beta"],
           "m": keras["keras.bn.moving_mean"], "v": keras["keras.bn.moving_variance"], "d1k": kernel, "d1b": keras["keras.d1.bias"],
           "d2k": keras["keras.d2.kernel"], "d2b": keras["keras.d2.bias"]}
for way in "back", "perm", "matmul":
    nodes = [N("Transpose", ["x"], ["x1"], perm=[0, 3, 1, 2]), N("Conv", ["x1", "cw", "cb"], ["c"], kernel_shape=[3, 3], strides=[1, 1], auto_pad="SAME_UPPER"),
             N("BatchNormalization", ["c", "g", "b", "m", "v"], ["bn"], epsilon=1e-3, momentum=0.99), N("Relu", ["bn"], ["r"]),
             N("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2])]
    nodes += [N("Transpose", ["p"], ["pt"], perm=[0, 2, 3, 1])] if way == "back" else []
    nodes += [N("Flatten", ["pt" if way == "back" else "p"], ["f"], axis=1), N("Gemm", ["f", "d1k", "d1b"], ["h"]), N("Tanh", ["h"], ["t"])]
    nodes += [N("MatMul", ["t", "d2k"], ["mm"]), N("Add", ["mm", "d2b"], ["z"])] if way == "matmul" else [N("Gemm", ["t", "d2k", "d2b"], ["z"])]
    nodes += [N("Softmax", ["z"], ["y"], axis=-1)]
    rows = kernel if way == "back" else kernel[np.arange(18).reshape(2, 3, 3).transpose(2, 0, 1).ravel()]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 5, 7, 2])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4])],
                              [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in {**weights, "d1k": rows}.items()])
    with open(folder + "keras_%s.onnx" % way, "wb") as file:
        file.write(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="kerasc").SerializeToString())
