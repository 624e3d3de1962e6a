"""usage: graph_operations.py keras2|keras3: operations that a Functional records as layers, and activations that are several operations, in Horn's formats of graphs:
predictions of TensorFlow of the frozen graph and of the SavedModel, of TensorFlow Lite's interpreter, of onnxruntime, of Horn from each of these files, within
1e-5; MobileNetV3Small, EfficientNetB0 and MobileNetV2 (32x32x3) the same. Operations that graphs do not hold are refused by name."""
import os
import subprocess
import sys
import tempfile

from common import check, check_close, check_refused, finish, horn, horn_predict, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
import tensorflow as tf

from graphs import in_session, read

L = keras.layers
K3 = flavour == "keras3"
ops = keras.ops if K3 else tf
nn = keras.ops.nn if K3 else tf.nn
mean, total, clip = (ops.mean, ops.sum, ops.clip) if K3 else (tf.reduce_mean, tf.reduce_sum, tf.clip_by_value)
LIMIT, SAMPLES = 1e-5, 4


def pairs(x):
    row = np.arange(4, dtype=np.float32) / 3 - 0.5
    return [x + 3.0, 2 - x, x * 2.0, x / 4.0, x - 0.3, x + row, x * row, x - row, x / (row + 2), ops.maximum(x, 0.1), ops.minimum(0.2, x), ops.maximum(x, row)] + [ops.subtract(row, x)]


def of_two(x):
    y = L.Dense(4, activation="tanh")(x)
    return [x + y, x - y, x * y, ops.maximum(x, y), ops.minimum(y, x)] + ([] if K3 else [tf.math.squared_difference(x, y)])


def values(x):
    return [-x, ops.abs(x), ops.square(x), (ops.rsqrt if K3 else tf.math.rsqrt)(ops.square(x) + 0.5), nn.relu(x), nn.relu6(x * 5.0), ops.tanh(x), ops.sigmoid(x), nn.elu(x),
            nn.leaky_relu(x, 0.3), clip(x, -0.5, 0.5), clip(x, 0.0, 0.5), nn.gelu(x, approximate=True), ops.stop_gradient(x)]


def reductions(x):
    return [mean(x, axis=-1, keepdims=True) * x, total(x, axis=1, keepdims=True) + x, mean(x, axis=[1, 2], keepdims=True) * x] if len(x.shape) == 4 else [mean(x, axis=-1, keepdims=True) + x]


def activations(x):
    names = ["swish", "leaky_relu"] if K3 else ["swish", "hard_sigmoid"]
    names += ["hard_silu", "hard_tanh"] if K3 else []
    return [L.Dense(4, activation=name)(x) for name in names] + [L.Activation(names[0])(x)]


def models():
    """name -> a model"""
    for build in (pairs, of_two, values, reductions, activations):
        for shape in ((4,), (3, 5, 4)):
            x = keras.Input(shape)
            yield "%s of %s" % (build.__name__, shape), keras.Model(x, L.Concatenate()(build(L.Dense(4)(x))))
    for name in ("MobileNetV3Small", "EfficientNetB0", "MobileNetV2"):
        model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=10, classifier_activation=None)
        rng = np.random.default_rng(7)  # other statistics than 0 and 1, as after training
        model.set_weights([w + rng.uniform(0, 0.1, w.shape).astype(np.float32) if w.ndim == 1 else w for w in model.get_weights()])
        yield name, model


def in_interpreter(path, x):
    interpreter = tf.lite.Interpreter(path)
    given, made = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(given, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given, x)
    interpreter.invoke()
    return interpreter.get_tensor(made)


def in_signature(path, x):
    return list(tf.saved_model.load(path).signatures["serving_default"](tf.constant(x)).values())[0].numpy()


READERS = {"m.pb": lambda path, x: in_session(read(path), x), "m/": in_signature, "m.tflite": in_interpreter}


def check_model(name, model, number, folder, later):
    x = np.random.default_rng(3).normal(0, 1, (SAMPLES,) + tuple(model.input_shape[1:])).astype(np.float32)
    expected = model.predict(x, verbose=0)
    limit = LIMIT * max(1.0, float(np.max(np.abs(expected))))
    model.save(folder + "/m.keras")
    for file in ("m.pb", "m/", "m.tflite", "%d.onnx" % number):
        title, path = "%s, %s" % (name, file.lstrip("0123456789")), "%s/%s" % (folder, file)
        horn("convert", folder + "/m.keras", path)
        if file in READERS:
            check_close(title + ": the framework", READERS[file](path, x), expected, limit)
        check_close(title + ": Horn reads it", horn_predict(path, folder, x), expected, limit)
    np.save("%s/%d.x.npy" % (folder, number), x)
    later.append((name, number, expected, limit))


def in_onnxruntime(later, folder):
    done = subprocess.run([".venv/torch/bin/python", "tests/interop/onnx_files.py", folder], capture_output=True, text=True)
    check("onnxruntime runs all", done.returncode == 0, done.stderr[-300:])
    for name, number, expected, limit in later:
        path = "%s/%d.y.npy" % (folder, number)
        check_close(name + ": onnxruntime", np.load(path) if os.path.exists(path) else [], expected, limit)


def check_refusals(folder):
    x = keras.Input((4,))
    log, exp, power = (ops.log, ops.exp, ops.power) if K3 else (tf.math.log, tf.exp, tf.pow)
    for word, y in (("Log", log(x * x + 1.0)), ("Exp", exp(x)), ("Power", power(x * x, 3.0)), ("TrueDivide", 1 / (x * x + 1.0)), ("Max", (ops.max if K3 else tf.reduce_max)(x, axis=1, keepdims=True))):
        keras.Model(x, L.Dense(2)(y)).save(folder + "/m.keras")
        for file in ("r.pb", "r.onnx"):
            check_refused("%s, %s" % (word, file), "operation %s" % word, "convert", folder + "/m.keras", "%s/%s" % (folder, file))


later = []
with tempfile.TemporaryDirectory() as folder:
    for number, (name, model) in enumerate(models()):
        try:
            check_model(name, model, number, folder, later)
        except Exception as error:
            check(name, False, "%s: %s" % (type(error).__name__, str(error)[-300:]))
    in_onnxruntime(later, folder)
    check_refusals(folder)
finish()
