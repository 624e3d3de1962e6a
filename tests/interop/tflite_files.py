"""usage: tflite_files.py keras2: models of Keras through Horn into TensorFlow Lite and ONNX, the layers of graph_layers.py also into frozen graphs and
SavedModels: predictions of Keras, of Horn, of TensorFlow's interpreter, of a session, of a signature, and of onnxruntime, which onnx_files.py runs in PyTorch's
environment. The same bits come back from ONNX and from frozen graphs."""
import os
import subprocess
import sys
import tempfile

import tensorflow as tf

import graphs
from common import check, check_close, check_refused, finish, horn, horn_predict, import_keras, np
from graph_layers import graph_layers

keras = import_keras(sys.argv[1])
L = keras.layers
LIMIT = 1e-5


def fixed():
    def cnn(*layers):
        return [keras.Input((12, 10, 3)), *layers, L.Flatten(), L.Dense(7, activation="relu"), L.Dense(4, activation="softmax")]
    return {
        "MLP": [keras.Input((5, 6)), L.Flatten(), L.Dense(16, activation="relu"), L.Dropout(0.5), L.Dense(3, activation="tanh")],
        "CNN with BatchNormalization": cnn(L.Conv2D(8, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D(),
                                           L.Conv2D(6, 3), L.BatchNormalization(scale=False), L.ReLU(6.0), L.AveragePooling2D()),
        "CNN with strides and same": cnn(L.Conv2D(5, 3, strides=2, padding="same", activation="relu"), L.Conv2D(4, (2, 3), strides=(1, 2), padding="same"),
                                         L.LeakyReLU(0.2), L.MaxPooling2D(3, 2, padding="same"), L.AveragePooling2D(2, padding="same")),
        "depthwise CNN": cnn(L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), L.BatchNormalization(), L.ReLU(), L.Conv2D(8, 1),
                             L.DepthwiseConv2D(3, strides=2, activation="relu", use_bias=False)),
        "global pools": [keras.Input((6, 5, 4)), L.Conv2D(5, 2), L.GlobalAveragePooling2D(), L.Dense(3)],
        "pools that keep axes": [keras.Input((6, 5, 4)), L.GlobalMaxPooling2D(keepdims=True), L.Conv2D(3, 1)],
        "zeros around": [keras.Input((6, 5, 4)), L.ZeroPadding2D(((1, 0), (0, 1))), L.MaxPooling2D(2), L.ZeroPadding2D(((1, 0), (2, 3))), L.Conv2D(2, 2)],
        "groups and dilations": [keras.Input((9, 9, 4)), L.Conv2D(6, 3, groups=2), L.Conv2D(3, 2, dilation_rate=2), L.DepthwiseConv2D(2, dilation_rate=2)],
        "activations": [keras.Input((4, 3)), *[L.Activation(name) for name in ("elu", "selu", "softplus", "sigmoid", "softmax")],
                        L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2), L.ReLU(negative_slope=0.3, threshold=0.1), L.Softmax()],
        "rows of rows": [keras.Input((4, 6)), L.Dense(5, activation="relu"), L.BatchNormalization(), L.Reshape((2, 10)), L.Dense(3)],
        "BatchNormalization of rows": [keras.Input((6,)), L.BatchNormalization(center=False), L.Dense(5, use_bias=False), L.BatchNormalization(center=False, scale=False)],
    }


def at_random(random):
    """A few layers, each of a kind that fits what is there."""
    layers, size = [keras.Input((int(random.integers(6, 12)), int(random.integers(6, 12)), int(random.integers(1, 4))))], 0
    activation = lambda: str(random.choice(["linear", "relu", "sigmoid", "elu"]))
    for _ in range(random.integers(2, 6)):
        window = tuple(int(n) for n in random.integers(1, 4, 2))
        stride = int(random.integers(1, 3))
        padding = "same" if size else str(random.choice(["same", "valid"]))
        kind = random.integers(0, 6)
        if kind == 0:
            layers.append(L.Conv2D(int(random.integers(1, 6)), window, stride, padding, activation=activation(), use_bias=bool(random.integers(2))))
        elif kind == 1:
            layers.append(L.DepthwiseConv2D(window, stride, padding, depth_multiplier=int(random.integers(1, 3)), activation=activation()))
        elif kind == 2:
            layers.append(L.BatchNormalization(scale=bool(random.integers(2)), center=bool(random.integers(2))))
        elif kind == 3:
            layers.append((L.MaxPooling2D, L.AveragePooling2D)[random.integers(2)](window, stride, "same"))
        elif kind == 4:
            layers.append(L.ZeroPadding2D(int(random.integers(0, 3))))
        else:
            layers.append(L.Activation(activation()))
        size += padding == "valid"
    return layers + ([L.Flatten(), L.Dense(int(random.integers(1, 5)))] if random.integers(2) else [])


def settled(layers, random):
    """Weights that are not those of the start: biases, means and variances, too."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(int(random.integers(1 << 30)))
    model = keras.Sequential(layers)
    for layer in model.layers:
        layer.set_weights([random.uniform(0.5, 1.5, w.shape) if "variance" in v.name or "gamma" in v.name else
                           w if w.dtype != np.float32 else w + random.normal(0, 0.2, w.shape)
                           for v, w in zip(layer.weights, layer.get_weights())])
    return model


def interpret(path, x):
    interpreter = tf.lite.Interpreter(path)
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(entry["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], x)
    interpreter.invoke()
    found = interpreter.get_tensor(end["index"])
    return found, interpreter.get_signature_runner()(input=x[:1])["output"]


def same_weights(name, model, path):
    """But for a Normalization's count, which no graph has."""
    back = keras.models.load_model(path, compile=False)
    floats = [[w for w in m.get_weights() if w.dtype == np.float32] for m in (model, back)]
    check("%s: back in Keras, every weight the same" % name, all(np.array_equal(a, b) for a, b in zip(*floats, strict=True)))


def check_tensorflow(name, model, x, expected, own, path, folder):
    """A frozen graph, there and back, and a SavedModel."""
    horn("convert", path + ".h5", path + ".pb")
    horn("convert", path + ".h5", path + "_saved/")
    check_close("%s: a frozen graph in a session" % name, graphs.in_session(graphs.read(path + ".pb"), x), expected, LIMIT)
    function = tf.saved_model.load(path + "_saved").signatures["serving_default"]
    key = list(function.structured_input_signature[1])[0]
    check_close("%s: a SavedModel's signature" % name, list(function(**{key: tf.constant(x)}).values())[0].numpy(), expected, LIMIT)
    check_close("%s: a SavedModel in Keras" % name, keras.models.load_model(path + "_saved", compile=False).predict(x, verbose=0), expected, LIMIT)
    if any(isinstance(layer, L.RNN) for layer in model.layers):  # whose steps are no layers
        return
    horn("convert", path + ".pb", path + ".pb.h5")
    check("%s: the same bits from the frozen graph" % name, own.tobytes() == horn_predict(path + ".pb.h5", folder, x).tobytes())
    same_weights(name + ": the frozen graph", model, path + ".pb.h5")


def check_model(name, model, random, folder, later, rows=0, in_tensorflow=False):
    path = "%s/%d" % (folder, len(later))
    shape = (5,) + model.input_shape[1:]
    x = (random.integers(0, rows, shape) if rows else random.uniform(-1, 1, shape)).astype("float32")
    expected = model.predict(x, verbose=0)
    model.save(path + ".h5")
    for suffix in "tflite", "onnx":
        report = horn("convert", path + ".h5", path + "." + suffix)
        tensors = sum(w.dtype == "float32" for w in model.weights)
        check("%s: %s has each tensor" % (name, suffix), "which no part of the model takes" not in report and
              ("(%d tensors)" % tensors in report or tensors < len(model.weights)), report)
    horn("convert", path + ".onnx", path + ".back.h5")
    own = horn_predict(path + ".h5", folder, x)
    check_close("%s: predictions of Horn" % name, own, expected, LIMIT)
    check("%s: the same bits from ONNX, and back in .h5" % name,
          own.tobytes() == horn_predict(path + ".onnx", folder, x).tobytes() == horn_predict(path + ".back.h5", folder, x).tobytes())
    same_weights(name, model, path + ".back.h5")
    if in_tensorflow:
        check_tensorflow(name, model, x, expected, own, path, folder)
    found, one = interpret(path + ".tflite", x)
    check_close("%s: TensorFlow Lite" % name, found, expected, LIMIT)
    check_close("%s: TensorFlow Lite, one sample by names" % name, one, expected[:1], LIMIT)
    np.save(path + ".x.npy", x)
    later.append((name, path, expected))


def in_onnxruntime(later, folder):
    python = os.path.join(".venv", "torch", "bin", "python")
    done = subprocess.run([python, "tests/interop/onnx_files.py", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check("onnx.checker takes all files, and protobuf gives the same bytes", done.returncode == 0, done.stdout[-300:])
    for name, path, expected in later:
        check_close("%s: onnxruntime" % name, np.load(path + ".y.npy"), expected, LIMIT)


def main():
    random = np.random.default_rng(17)
    with tempfile.TemporaryDirectory() as folder:
        later = []
        for name, layers in fixed().items():
            check_model(name, settled(layers, random), random, folder, later)
        for name, (layers, rows) in graph_layers(keras).items():
            check_model(name, settled(layers, random), random, folder, later, rows, True)
        for i in range(12):
            check_model("at random %d" % i, settled(at_random(random), random), random, folder, later)
        check_refused("a .tflite is not read", "is a model of TensorFlow Lite, which is written and listed, not read",
                      "convert", folder + "/0.tflite", folder + "/m.h5")
        in_onnxruntime(later, folder)
    finish()


main()
