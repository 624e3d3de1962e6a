"""usage: models_json.py keras2|keras3: architectures as JSON, in that Keras and in Horn."""
import glob
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
    kept = "units", "activation", "use_bias", "rate"
    return [(type(layer).__name__, layer.name, tuple(layer.output.shape), [layer.get_config().get(key) for key in kept]) for layer in model.layers]


def last_line(text):
    return text.strip().splitlines()[-1]


with tempfile.TemporaryDirectory() as folder:
    for path in sorted(glob.glob("models/*.json")):
        horn("train", "--no-checkpoint", "--epochs", 1, "--model", path, "--save", folder + "/model.json")
        own, saved = load(path), load(folder + "/model.json")
        check("%s loads" % path, own.count_params() > 0, "%s, %d parameters" % (own.name, own.count_params()))
        check("%s as Horn saves it" % path, describe(own) == describe(saved) and own.name == saved.name, "%d layers" % len(saved.layers))
        with open(folder + "/keras.json", "w") as file:
            file.write(own.to_json())
        expected = horn("train", "--no-checkpoint", "--epochs", 1, "--model", path)
        found = horn("train", "--no-checkpoint", "--epochs", 1, "--model", folder + "/keras.json")
        check("%s as Keras writes it, trained by Horn" % path, found == expected, last_line(found))
finish()
