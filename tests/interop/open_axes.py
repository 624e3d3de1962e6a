"""usage: open_axes.py keras2|keras3: models whose input has open axes, through each file of that Keras and back: the same predictions at two lengths, axes
that stay open, and 3 steps."""
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
