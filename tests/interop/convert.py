"""usage: convert.py keras2|tf_keras|keras3: files of that Keras, converted by ./convert into each format, in that Keras again.

The same predictions, weights and optimizer variables bit for bit, from every format that it writes to every format that it reads; and a frozen
graph, whose predictions a session of TensorFlow 1 makes. Back again is test_convert.c's."""
import os
import sys
import tempfile

from common import check, check_close, check_same_bits, finish, horn, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
import tensorflow as tf

tf.config.run_functions_eagerly(True)  # a hundred models make a step each: tracing takes longer
L, O = keras.layers, keras.optimizers
K3 = flavour == "keras3"
random = np.random.default_rng(3)
images, labels = random.random((32, 12, 12), "float32"), random.integers(0, 10, 32)
rows, one_hot = random.random((32, 100), "float32"), np.eye(10, dtype="float32")[random.integers(0, 10, 32)]


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def mlp():
    layers = [L.Flatten(), L.Dense(16, activation="relu"), L.Dropout(0.2), L.Dense(10)]
    return [keras.Input((12, 12))] + layers, dict(optimizer=O.RMSprop(0.001), loss=crossentropy())


def softmax(optimizer):
    return ([keras.Input((100,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")],
            dict(optimizer=optimizer, loss="categorical_crossentropy"))


def cnn():
    layers = [L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(10)]
    return [keras.Input((12, 12, 1))] + layers, dict(optimizer=O.Adam(0.01), loss=crossentropy())


MODELS = {
    "mlp, RMSprop": (mlp, images, labels),
    "softmax, 'sgd'": (lambda: softmax("sgd"), rows, one_hot),
    "softmax, SGD with momentum": (lambda: softmax(O.SGD(0.05, momentum=0.9)), rows, one_hot),
    "cnn, Adam": (cnn, images[..., None], labels),
}
# file, arguments, whether it is a whole model, whether this Keras restores the optimizer from it
OWN = "keras3" if K3 else "keras2"
TARGETS = [
    ("m.keras", ["--dialect", OWN], True, True),
    ("m.keras", ["--dialect", "both"], True, True),
    ("m.h5", ["--dialect", OWN], True, not K3),
    ("m.weights.h5", ["--dialect", OWN], False, True),
    ("m.h5", ["--to", "keras-h5-weights"], False, False),
] + ([] if K3 else [("m", [], False, True), ("m-3", ["--to", "tf-checkpoint"], False, True), ("directory/", [], True, True)])


def make(name, seed=3, steps=3):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    build, x, y = MODELS[name]
    layers, settings = build()
    model = keras.Sequential(layers)
    model.compile(metrics=["accuracy"], **settings)
    for _ in range(steps):
        model.train_on_batch(x, y)
    return model


def state(model):
    """The iteration and the slots in use, and the learning rate."""
    found = model.optimizer.variables
    found = [np.asarray(v.numpy()) for v in (found() if callable(found) else found)]
    found = [v for v in found if v.ndim or v.dtype != np.float32]
    is_plain = type(model.optimizer).__name__ == "SGD" and not model.optimizer.momentum
    rate = model.optimizer.learning_rate
    rate = np.float32(np.array(rate(0) if callable(rate) and not hasattr(rate, "numpy") else rate))
    return (found[:1] if is_plain else found) + [rate]


def write_sources(model, folder):
    """What this Keras writes: (title, path, arguments that weights alone need)."""
    model.save(folder + "/s.keras")
    model.save(folder + "/s.h5")
    model.save_weights(folder + "/s.weights.h5")
    beside = ["--architecture", folder + "/s.keras"]
    yield ".keras", folder + "/s.keras", []
    yield ".h5", folder + "/s.h5", []
    yield ".weights.h5", folder + "/s.weights.h5", beside
    if not K3:
        model.save_weights(folder + "/weights/s")
        yield "save_weights", folder + "/weights/s", beside
        yield "save_weights, its directory", folder + "/weights", beside
        model.save(folder + "/saved", save_format="tf")
        yield "SavedModel", folder + "/saved", []


def load(name, path, whole):
    if whole and not path.endswith("/"):
        return keras.models.load_model(path)
    model = keras.models.load_model(path) if whole else make(name, 9, 1)
    if whole:
        model.optimizer.build(model.trainable_variables)  # a SavedModel's variables come with its weights
    model.load_weights(path.rstrip("/"))
    return model


def check_target(title, name, source, beside, target, folder, expected):
    file, arguments, whole, has_state = target
    path = folder + "/" + file
    said = horn("convert", source, path, *arguments, *beside)
    check(title + ": says so", said.rstrip().endswith("read back and compared"), said if "read back" not in said else "")
    x = MODELS[name][1]
    weights, variables, predictions = expected
    if arguments[-1:] == ["both"] and not K3 and "'sgd'" in name:
        has_state = False  # Keras 2 wants variables that Keras 3 has not
    model = load(name, path, whole)
    check_same_bits(title + ": weights", [w.numpy() for layer in model.layers for w in layer.weights], weights)
    found = model.predict(x, verbose=0)
    check_close(title + ": predictions", found, predictions, 1e-6 * max(1.0, float(np.max(np.abs(predictions)))))
    if has_state:
        check_same_bits(title + ": optimizer variables", state(model), variables)
        check(title + ": trains on", np.isfinite(np.ravel(model.train_on_batch(x, MODELS[name][2]))[0]))


def check_json(title, source, beside, folder, model):
    horn("convert", source, folder + "/m.json", *beside)
    with open(folder + "/m.json") as file:
        back = keras.models.model_from_json(file.read())
    check(title + ": json", [(layer.name, layer.count_params()) for layer in back.layers] ==
          [(layer.name, layer.count_params()) for layer in model.layers])


def check_frozen(title, name, source, beside, folder, predictions):
    said = horn("convert", source, folder + "/m.pb", *beside)
    check(title + ": frozen graph", "(frozen-graph)" in said)
    graph = tf.compat.v1.GraphDef()
    with open(folder + "/m.pb", "rb") as file:
        graph.ParseFromString(file.read())
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.compat.v1.import_graph_def(graph, name="")
        found = session.run("output:0", {"input:0": MODELS[name][1]})
    check_close(title + ": frozen graph, predictions", found, predictions, 1e-6 * max(1.0, float(np.max(np.abs(predictions)))))


def check_directory_in_keras3(title, name, source, beside, folder, predictions):
    horn("convert", source, folder + "/directory/", *beside)
    layer = keras.layers.TFSMLayer(folder + "/directory", call_endpoint="serving_default")
    found = list(layer(MODELS[name][1]).values())[0].numpy()
    check_close(title + ": SavedModel, predictions of TFSMLayer", found, predictions, 1e-6 * max(1.0, float(np.max(np.abs(predictions)))))


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(MODELS):
        sources = "%s/%d" % (top, number)
        os.makedirs(sources + "/weights")
        model = make(name)
        expected = ([w.numpy() for layer in model.layers for w in layer.weights], state(model), model.predict(MODELS[name][1], verbose=0))
        for kind, source, beside in list(write_sources(model, sources)):
            for place, target in enumerate(TARGETS):
                if target[0] == "directory/" and "softmax" in name:
                    continue  # saved_model.py has them; they take their time
                folder = "%s/%s-%d" % (sources, kind.replace(" ", ""), place)
                os.mkdir(folder)
                title = "%s: Keras' %s -> %s %s" % (name, kind, target[0], " ".join(target[1]))
                check_target(title, name, source, beside, target, folder, expected)
            check_json("%s: Keras' %s" % (name, kind), source, beside, sources, model)
            check_frozen("%s: Keras' %s" % (name, kind), name, source, beside, sources, expected[2])
            if K3 and kind == ".keras":
                check_directory_in_keras3("%s: Keras' %s" % (name, kind), name, source, beside, sources, expected[2])
finish()
