"""usage: convert.py keras2|tf_keras|keras3: files of that Keras, converted by ./convert into each format, in that Keras again.

The same predictions, weights and optimizer variables bit for bit, from every format that it writes to every format that it reads; and a frozen
graph, whose predictions a session of TensorFlow 1 makes. Back again is test_convert.c's."""
import os
import sys
import tempfile

from common import check, check_predictions, check_same_bits, finish, horn, import_keras, np, run_eagerly
from contents import learning_rate, state, weights
import graphs
import models

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
K3 = flavour == "keras3"
MODELS = {name: model for name, model in models.models(keras, 12, hidden=16, dropout=0.2).items() if name not in ("softmax, SGD", "softmax, SGD, Nesterov")}
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
    return models.make(keras, MODELS[name], seed, steps)


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
    expected_weights, variables, predictions = expected
    if arguments[-1:] == ["both"] and not K3 and "'sgd'" in name:
        has_state = False  # Keras 2 wants variables that Keras 3 has not
    model = load(name, path, whole)
    check_same_bits(title + ": weights", weights(model), expected_weights)
    found = model.predict(x, verbose=0)
    check_predictions(title + ": predictions", found, predictions)
    if has_state:
        check_same_bits(title + ": optimizer variables", state(model) + [learning_rate(model)], variables)
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
    check_predictions(title + ": frozen graph, predictions", graphs.in_session(graphs.read(folder + "/m.pb"), MODELS[name][1]), predictions)


def check_directory_in_keras3(title, name, source, beside, folder, predictions):
    horn("convert", source, folder + "/directory/", *beside)
    layer = keras.layers.TFSMLayer(folder + "/directory", call_endpoint="serving_default")
    found = list(layer(MODELS[name][1]).values())[0].numpy()
    check_predictions(title + ": SavedModel, predictions of TFSMLayer", found, predictions)


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(MODELS):
        sources = "%s/%d" % (top, number)
        os.makedirs(sources + "/weights")
        model = make(name)
        expected = (weights(model), state(model) + [learning_rate(model)], model.predict(MODELS[name][1], verbose=0))
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
