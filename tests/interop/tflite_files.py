"""usage: tflite_files.py keras2: models of Keras through Horn into TensorFlow Lite and ONNX, the layers of graph_layers.py also into frozen graphs and
SavedModels: predictions of Keras, of Horn, of TensorFlow's interpreter, of a session, of a signature, and of onnxruntime, which onnx_files.py runs in PyTorch's
environment. The same bits come back from ONNX, from TensorFlow Lite and from frozen graphs. Models with branches, shared layers and models inside go the same
ways; and Horn reads what TensorFlow's converters make of them."""
import os
import subprocess
import sys
import tempfile

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import graphs
from common import check, check_close, finish, horn, horn_predict, import_keras, np
from graph_layers import graph_layers, unrolled_layers

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


def residual():
    """Two blocks, and branches that are joined."""
    x = inputs = keras.Input((8, 7, 3))
    x = L.Conv2D(4, 3, padding="same", use_bias=False)(x)
    for _ in range(2):
        y = L.ReLU()(L.BatchNormalization()(x))
        y = L.BatchNormalization(scale=False)(L.Conv2D(4, 3, padding="same")(y))
        x = L.Activation("relu")(L.Add()([y, x]))
    squeezed = L.Conv2D(4, 1, activation="sigmoid")(L.Conv2D(2, 1, activation="relu")(L.GlobalAveragePooling2D(keepdims=True)(x)))
    x = L.Multiply()([x, squeezed])
    x = L.Concatenate()([L.DepthwiseConv2D(3, padding="same")(x), L.MaxPooling2D(3, 1, "same")(x), L.Conv2D(2, 1, activation="relu")(x), x])
    return keras.Model(inputs, L.Dense(5, activation="softmax")(L.Dropout(0.5)(L.GlobalAveragePooling2D()(x))))


def shared():
    """A layer and models that are called twice, and all layers that merge."""
    entry = keras.Input((6,))
    block = keras.Model(entry, L.Add()([L.Dense(6, activation="relu")(entry), entry]), name="block")
    inner = keras.Sequential([keras.Input((6,)), L.Dense(6), L.LeakyReLU(0.2)], name="inner")
    inputs, both = keras.Input((6,)), L.Dense(6, activation="tanh", name="both")
    a = both(inputs)
    b = inner(block(both(a)))
    c = L.Average()([L.Subtract()([L.Multiply()([a, b]), inputs]), block(b), a])
    d = L.Minimum()([L.Maximum()([c, a, b]), inner(c)])
    return keras.Model(inputs, L.Dense(3)(L.Concatenate()([d, L.Dot(1)([d, a]), c])))


def sequences():
    """Values of several axes, which merge stretched, or row by row."""
    inputs = keras.Input((4, 6))
    a = L.Add()([L.Conv1D(6, 3, padding="same")(inputs), L.GlobalAveragePooling1D()(inputs)])
    b = L.Multiply()([a, L.Dense(1, activation="sigmoid")(a)])
    dots = L.Flatten()(L.Dot((2, 2))([b, inputs]))
    return keras.Model(inputs, L.Concatenate()([dots, L.Flatten()(L.Concatenate(1)([b, inputs]))]))


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


def layers_of(model):
    return [inner for layer in model.layers for inner in (layers_of(layer) if hasattr(layer, "layers") else [layer])]


def settled(layers, random):
    """Weights that are not those of the start: biases, means and variances, too. Of a list of layers, or of a function that makes a model."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(int(random.integers(1 << 30)))
    model = layers() if callable(layers) else keras.Sequential(layers)
    for layer in layers_of(model):
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
    """But for a Normalization's count, which no graph has. Layers of a graph may stand in another order."""
    back = keras.models.load_model(path, compile=False)
    floats = [[w for w in m.get_weights() if w.dtype == np.float32] for m in (model, back)]
    if not isinstance(model, keras.Sequential):
        floats = [sorted(of, key=lambda w: (w.shape, w.tobytes())) for of in floats]
    check("%s: back in Keras, every weight the same" % name, all(np.array_equal(a, b) for a, b in zip(*floats, strict=True)))


def keras2_of(path):
    return ["--dialect", "keras2"] if path.endswith(".keras") else []


def check_converted(name, model, x, expected, path, folder):
    """Horn reads what TensorFlow makes of the model: constants in a graph, TensorFlow Lite, a SavedModel of a plain module."""
    call = tf.function(lambda x: model(x)).get_concrete_function(tf.TensorSpec((None,) + model.input_shape[1:]))
    module = tf.Module()
    module.model, module.call = model, tf.function(lambda x: model(x))
    tf.saved_model.save(module, path + "_plain", signatures=module.call.get_concrete_function(tf.TensorSpec((None,) + model.input_shape[1:])))
    with open(path + ".real.pb", "wb") as file:
        file.write(convert_variables_to_constants_v2(call).graph.as_graph_def().SerializeToString())
    files = [".real.pb", "_plain/"]
    if "residual" in name:
        files.append(".real.tflite")
        with open(path + ".real.tflite", "wb") as file:
            file.write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    for file in files:
        check_close("%s: Horn reads %s" % (name, file), horn_predict(path + file, folder, x), expected, LIMIT)


def check_tensorflow(name, model, x, expected, own, path, folder):
    """A frozen graph, there and back, and a SavedModel."""
    horn("convert", path + ".h5", path + ".pb")
    horn("convert", path + ".h5", path + "_saved/")
    check_close("%s: a frozen graph in a session" % name, graphs.in_session(graphs.read(path + ".pb"), x), expected, LIMIT)
    function = tf.saved_model.load(path + "_saved").signatures["serving_default"]
    key = list(function.structured_input_signature[1])[0]
    check_close("%s: a SavedModel's signature" % name, list(function(**{key: tf.constant(x)}).values())[0].numpy(), expected, LIMIT)
    check_close("%s: a SavedModel in Keras" % name, keras.models.load_model(path + "_saved", compile=False).predict(x, verbose=0), expected, LIMIT)
    if any(isinstance(layer, (L.RNN, L.Bidirectional)) for layer in model.layers):  # whose steps are no layers
        return
    if not isinstance(model, keras.Sequential):
        check_converted(name, model, x, expected, path, folder)
    back = path + (".pb.h5" if isinstance(model, keras.Sequential) else ".pb.keras")
    horn("convert", path + ".pb", back, *keras2_of(back))
    check("%s: the same bits from the frozen graph" % name, own.tobytes() == horn_predict(back, folder, x).tobytes())
    same_weights(name + ": the frozen graph", model, back)


def data_of(model, rows, random):
    shape = (5,) + model.input_shape[1:]
    return (random.integers(0, rows, shape) if rows else random.uniform(-1, 1, shape)).astype("float32")


def check_unrolled(name, model, x, folder):
    path = "%s/unrolled %s" % (folder, name)
    expected = model.predict(x, verbose=0)
    model.save(path + ".h5")
    own = horn_predict(path + ".h5", folder, x)
    check_close("%s: predictions of Horn" % name, own, expected, LIMIT)
    check_tensorflow(name, model, x, expected, own, path, folder)
    same_weights(name + ": a SavedModel", model, path + "_saved")
    horn("convert", path + "_saved/", path + ".back.h5")
    same_weights(name + ": a SavedModel through Horn", model, path + ".back.h5")
    horn("convert", path + ".h5", path + ".tflite")
    check_close("%s: TensorFlow Lite" % name, interpret(path + ".tflite", x)[0], expected, LIMIT)


def check_model(name, model, random, folder, later, rows=0, in_tensorflow=False):
    path = "%s/%d" % (folder, len(later))
    x = data_of(model, rows, random)
    expected = model.predict(x, verbose=0)
    model.save(path + ".h5")
    report_of = {}
    for suffix in "tflite", "onnx":
        report = report_of[suffix] = horn("convert", path + ".h5", path + "." + suffix)
        tensors = sum(w.dtype == "float32" for w in model.weights)
        check("%s: %s has each tensor" % (name, suffix), "which no part of the model takes" not in report and
              ("(%d tensors)" % tensors in report or tensors < len(model.weights)), report)
    back = path + (".back.h5" if isinstance(model, keras.Sequential) else ".back.keras")
    horn("convert", path + ".onnx", back, *keras2_of(back))
    own = horn_predict(path + ".h5", folder, x)
    if "tflite), read back" in report_of["tflite"]:
        check_close("%s: back from TensorFlow Lite" % name, horn_predict(path + ".tflite", folder, x), own, 1e-6)
    check_close("%s: predictions of Horn" % name, own, expected, LIMIT)
    check("%s: the same bits from ONNX, and back in a file of Keras" % name,
          own.tobytes() == horn_predict(path + ".onnx", folder, x).tobytes() == horn_predict(back, folder, x).tobytes())
    same_weights(name, model, back)
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
        for make in residual, shared, sequences:
            check_model("branches: " + make.__name__, settled(make, random), random, folder, later, 0, True)
        for name, (layers, rows) in unrolled_layers(keras).items():
            model = settled(layers, random)
            check_unrolled(name, model, data_of(model, rows, random), folder)
        for i in range(12):
            check_model("at random %d" % i, settled(at_random(random), random), random, folder, later)
        in_onnxruntime(later, folder)
    finish()


main()
