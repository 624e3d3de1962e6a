"""usage: models_json.py keras2|keras3: architectures as JSON, in that Keras and in Horn."""
import glob
import json
import sys
import tempfile

from common import check, finish, horn, import_keras

flavour = sys.argv[1]
keras = import_keras(flavour)


def load(path):
    with open(path) as file:
        return keras.models.model_from_json(file.read())


def describe(model):
    """What has to survive: classes, names, shapes and arguments."""
    kept = "units", "activation", "use_bias", "rate", "filters", "kernel_size", "strides", "padding", "pool_size", "momentum", "epsilon"
    return [(type(layer).__name__, layer.name, tuple(layer.output.shape), [layer.get_config().get(key) for key in kept]) for layer in model.layers]


def with_convention(path, out):
    """The same file, with the argument by which Horn knows Keras 3's moving variance."""
    with open(path) as file:
        model = json.load(file)
    for layer in model["config"]["layers"]:
        if layer["class_name"] == "BatchNormalization" and flavour == "keras3":
            layer["config"]["synchronized"] = False
    with open(out, "w") as file:
        json.dump(model, file)
    return out


def last_line(text):
    return text.strip().splitlines()[-1]


with tempfile.TemporaryDirectory() as folder:
    for path in sorted(glob.glob("models/*.json")):
        with open(path) as file:
            if '[null, 28, 28' not in file.read().replace("\n", " "):
                continue  # of other images than Fashion-MNIST's
        horn("train", "--no-checkpoint", "--epochs", 1, "--tutorial", "--model", path, "--save", folder + "/model.json")
        own, saved = load(path), load(folder + "/model.json")
        check("%s loads" % path, own.count_params() > 0, "%s, %d parameters" % (own.name, own.count_params()))
        check("%s as Horn saves it" % path, describe(own) == describe(saved) and own.name == saved.name, "%d layers" % len(saved.layers))
        with open(folder + "/keras.json", "w") as file:
            file.write(own.to_json())
        expected = horn("train", "--no-checkpoint", "--epochs", 1, "--tutorial", "--model", with_convention(path, folder + "/own.json"))
        found = horn("train", "--no-checkpoint", "--epochs", 1, "--tutorial", "--model", folder + "/keras.json")
        check("%s as Keras writes it, trained by Horn" % path, found == expected, last_line(found))
finish()
