"""usage: model_h5.py keras2|tf_keras|keras3: Horn's model.h5 in that Keras, and that Keras' .h5 in Horn."""
import json
import sys
import tempfile

from common import (check, check_close, check_predictions, check_same_bits, finish, horn, horn_continue, horn_evaluate, horn_predict, import_keras, np,
                    tutorial_data)
from contents import h5_variables, h5_weights, steps

flavour = sys.argv[1]
keras = import_keras(flavour)
x_train, y_train, x_test, y_test = tutorial_data()
x, y = x_train[:256], y_train[:256]
STEPS_LIMIT = 1e-5  # RMSprop at 0.1 blows rounding up


def without_dropout(folder):
    """The tutorial's architecture with rate 0, so that steps can be compared."""
    with open("models/mlp.json") as file:
        model = json.load(file)
    for layer in model["config"]["layers"]:
        if layer["class_name"] == "Dropout":
            layer["config"]["rate"] = 0.0
    with open(folder + "/no_dropout.json", "w") as file:
        json.dump(model, file)
    return folder + "/no_dropout.json"


def check_horn_file(folder):
    """The tutorial's model.h5."""
    path = folder + "/model.h5"
    horn("train", "--no-checkpoint", "--save", path)
    model = keras.models.load_model(path)
    check_same_bits("model.h5: weights", model.get_weights(), h5_weights(path))
    check_predictions("model.h5: predictions", model.predict(x_test, batch_size=256, verbose=0), horn_predict(path, folder))
    horn_continue(path, x, y, 0, folder + "/again.h5", folder)
    with open(path, "rb") as one, open(folder + "/again.h5", "rb") as other:
        check("model.h5: loaded and saved by Horn, the same bytes", one.read() == other.read())
    if flavour != "keras3":
        loss, accuracy = model.evaluate(x_test, y_test, batch_size=256, verbose=0)
        said = horn_evaluate(path)
        check_close("model.h5: loss and accuracy", np.array([loss, accuracy]), np.array([said["loss"], said["accuracy"]]), 1e-6)
        check_same_bits("model.h5: optimizer variables", [v.numpy() for v in model.optimizer.variables], h5_variables(path))
        check("model.h5: optimizer", type(model.optimizer).__name__ == "RMSprop" and int(model.optimizer.iterations) == 20,
              "%s after %d steps" % (type(model.optimizer).__name__, int(model.optimizer.iterations)))
    model.save(folder + "/back.h5")
    check_predictions("model.h5 saved again by Keras: predictions", horn_predict(folder + "/back.h5", folder),
                      model.predict(x_test, batch_size=256, verbose=0))


def check_steps_from_horn(folder):
    """Both go on from what Horn saved; then Horn goes on from what Keras saved after that."""
    path, after = folder + "/trained.h5", folder + "/after.h5"
    horn("train", "--no-checkpoint", "--tutorial", "--scale", "1/255", "--model", without_dropout(folder), "--save", path)
    model = keras.models.load_model(path)
    for start, where in (path, "Horn's file"), (folder + "/keras.h5", "Keras' file after that"):
        expected = steps(model, x, y, 3)
        losses = horn_continue(start, x, y, 3, after, folder)
        check_close("3 steps from %s: weights" % where, h5_weights(after), model.get_weights(), STEPS_LIMIT)
        check_close("3 steps from %s: losses" % where, losses, expected, STEPS_LIMIT)
        model.save(folder + "/keras.h5")
        if start == path:
            model = keras.models.load_model(folder + "/keras.h5")


def check_keras_file(folder):
    """A model made by Keras: predictions, then three steps from its optimizer's state."""
    path, after = folder + "/made.h5", folder + "/after.h5"
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)])
    model.compile(optimizer=keras.optimizers.RMSprop(0.1), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=256, epochs=5, verbose=0)
    model.save(path)
    check_same_bits("Keras' own file: weights", h5_weights(path), model.get_weights())
    check_predictions("Keras' own file: predictions", horn_predict(path, folder), model.predict(x_test, batch_size=256, verbose=0))
    expected = steps(model, x, y, 3)
    losses = horn_continue(path, x, y, 3, after, folder)
    check_close("Keras' own file, 3 steps: weights", h5_weights(after), model.get_weights(), STEPS_LIMIT)
    check_close("Keras' own file, 3 steps: losses", losses, expected, STEPS_LIMIT)


with tempfile.TemporaryDirectory() as folder:
    check_horn_file(folder)
    if flavour != "keras3":  # Keras 3 restores no optimizer from any .h5
        check_steps_from_horn(folder)
    check_keras_file(folder)
finish()
