"""usage: open_axes.py keras2|keras3: models whose input has open axes, through each file of that Keras and back: the same predictions at two lengths, axes
that stay open, and 3 steps. Horn's frozen graph, TensorFlow Lite and ONNX files of them take both lengths in TensorFlow, its interpreter and onnxruntime."""
import os
import shutil
import subprocess
import sys
import tempfile

from common import check, check_close, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L = keras.layers
rng = np.random.default_rng(3)
LIMIT = 1e-5
FILES = ["m.h5", "m.keras", "m.json"]


def cnn():
    return [keras.Input((None, None, 3)), L.Conv2D(6, 3, padding="same"), L.BatchNormalization(), L.Activation("relu"), L.ZeroPadding2D(), L.DepthwiseConv2D(2),
            L.MaxPooling2D(), L.AveragePooling2D(2, padding="same"), L.LeakyReLU(), L.Dropout(0.0), L.GlobalAveragePooling2D(), L.Dense(4)]


def tagger():
    return [keras.Input((None, 40)), L.Dense(9, activation="relu"), L.BatchNormalization(), L.Reshape((-1, 9)), L.Dropout(0.0), L.ReLU(), L.Dense(4),
            L.Activation("softmax")]


def images(height, width):
    return rng.normal(0, 1, (8, height, width, 3)).astype("float32"), rng.integers(0, 4, 8)


def texts(length):
    return rng.normal(0, 1, (8, length, 40)).astype("float32"), rng.integers(0, 4, (8, length))


def save(model, path):
    if path.endswith(".json"):
        with open(path, "w") as file:
            file.write(model.to_json())
    else:
        model.save(path)


def load(path):
    if path.endswith(".json"):
        with open(path) as file:
            return keras.models.model_from_json(file.read())
    return keras.models.load_model(path)


def check_loaded(title, again, model, batches, weights=True):
    check(title + ": input and outputs", again.input_shape == model.input_shape and again.output_shape == model.output_shape,
          "%s -> %s" % (again.input_shape, again.output_shape))
    for x, _ in batches if weights else []:
        check_close("%s: predictions of %s" % (title, x.shape), again.predict(x, verbose=0), model.predict(x, verbose=0), LIMIT)


def check_signature(title, path, model, batches):
    import tensorflow as tf
    function = tf.saved_model.load(path).signatures["serving_default"]
    key = list(function.structured_input_signature[1])[0]
    for x, _ in batches:
        check_close("%s: signature on %s" % (title, x.shape), list(function(**{key: tf.constant(x)}).values())[0].numpy(), model.predict(x, verbose=0), LIMIT)


def frozen(path, x):
    import tensorflow as tf
    definition = tf.compat.v1.GraphDef()
    with open(path, "rb") as file:
        definition.ParseFromString(file.read())
    function = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(definition, name=""), [])
    return function.prune("input:0", "output:0")(tf.constant(x)).numpy()


def interpreted(path, x):
    import tensorflow as tf
    interpreter = tf.lite.Interpreter(path)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def freeze(model, path):
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    concrete = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(model.input_shape, tf.float32))
    with open(path, "wb") as file:
        file.write(convert_variables_to_constants_v2(concrete).graph.as_graph_def().SerializeToString())


def check_graphs(name, model, batches, folder):
    """Formats of graphs alone, and back in Horn."""
    for suffix in "pb", "onnx", "tflite":
        horn("convert", folder + "/m.h5", folder + "/m." + suffix)
    for suffix in "pb", "onnx":
        horn("convert", folder + "/m." + suffix, folder + "/back.h5")
        back = load(folder + "/back.h5")
        check("%s, .%s: open axes" % (name, suffix), back.input_shape == model.input_shape and back.output_shape == model.output_shape, str(back.input_shape))
        for x, _ in batches:
            check_close("%s, .%s in Horn, %s" % (name, suffix, x.shape), horn_predict(folder + "/m." + suffix, folder, x), model.predict(x, verbose=0), LIMIT)
            check_close("%s, back from .%s in Keras, %s" % (name, suffix, x.shape), back.predict(x, verbose=0), model.predict(x, verbose=0), LIMIT)
    if name == "cnn":  # over rows Keras computes with the size of the open axis
        freeze(model, folder + "/keras.pb")
        for x, _ in batches:
            check_close("%s: TensorFlow's frozen graph in Horn, %s" % (name, x.shape), horn_predict(folder + "/keras.pb", folder, x), model.predict(x, verbose=0), LIMIT)
    os.makedirs(folder + "/onnx", exist_ok=True)
    for i, (x, _) in enumerate(batches):
        expected = model.predict(x, verbose=0)
        check_close("%s: frozen graph in TensorFlow, %s" % (name, x.shape), frozen(folder + "/m.pb", x), expected, LIMIT)
        check_close("%s: TensorFlow Lite, %s" % (name, x.shape), interpreted(folder + "/m.tflite", x), expected, LIMIT)
        shutil.copy(folder + "/m.onnx", folder + "/onnx/%d.onnx" % i)
        np.save(folder + "/onnx/%d.x.npy" % i, x)
    subprocess.run([".venv/torch/bin/python", "tests/interop/onnx_files.py", folder + "/onnx"], check=True)
    for i, (x, _) in enumerate(batches):
        check_close("%s: onnxruntime, %s" % (name, x.shape), np.load(folder + "/onnx/%d.y.npy" % i), model.predict(x, verbose=0), LIMIT)


def check_model(name, layers, batches, graph, folder):
    keras.utils.set_random_seed(5)
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits="softmax" not in str(model.layers[-1].get_config())))
    model.train_on_batch(*batches[0])
    files = FILES + (["tf"] if flavour == "keras2" else [])
    for file in files:
        title, path = "%s, %s" % (name, file), "%s/%s" % (folder, file)
        save(model, path)
        if file != "m.json":
            for x, _ in batches:
                check_close("%s: Horn predicts %s" % (title, x.shape), horn_predict(path, folder, x), model.predict(x, verbose=0), LIMIT)
        out = folder + ("/out/" if file == "tf" else "/out-" + file)
        dialect = ["--dialect", flavour] if not file.startswith("tf") and file != "m.json" else []
        horn("convert", path, out, *dialect)
        check_loaded("Horn's " + title, load(out), model, batches, file != "m.json")
    if graph:
        horn_continue(folder + "/m.h5", *batches[0], 0, folder + "/graph/", folder)
        check_signature("Horn's %s, SavedModel" % name, folder + "/graph", model, batches)
    if graph and flavour == "keras2":
        check_graphs(name, model, batches, folder)
    summary = []
    model.summary(print_fn=lambda line, **_: summary.append(line))
    rows = [line for line in horn("inspect", folder + "/m.h5").splitlines() if "(None, None" in line]
    check("%s: summary" % name, rows and (flavour == "keras3" or all(row in summary for row in rows)), "%d rows" % len(rows))
    for x, y in batches:
        losses, before, expected = horn_continue(folder + "/m.h5", x, y, 3, folder + "/after.h5", folder), model.get_weights(), []
        for _ in range(3):
            if flavour == "keras3":
                model.reset_metrics()
            expected.append(float(model.train_on_batch(x, y)))
        check_close("%s: losses of 3 steps on %s" % (name, x.shape), losses, np.array(expected), LIMIT)
        check_close("%s: weights after them" % name, keras.models.load_model(folder + "/after.h5").get_weights(), model.get_weights(), LIMIT)
        model.set_weights(before)


with tempfile.TemporaryDirectory() as folder:
    check_model("cnn", cnn(), [images(8, 9), images(13, 6)], True, folder)
    check_model("tagger", tagger(), [texts(7), texts(12)], False, folder)
    check_model("tagger without Reshape", [layer for layer in tagger() if not isinstance(layer, L.Reshape)], [texts(7), texts(12)], True, folder)
finish()
