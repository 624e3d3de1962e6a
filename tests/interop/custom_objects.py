"""usage: custom_objects.py keras2|tf_keras|keras3: a model whose layers, loss, metric and optimizer are a user's own, in that Keras as custom_objects and in Horn
through its public headers: each file of either in the other. Predictions, weights and variables to the last bit, three further steps."""
import re
import subprocess
import sys
import tempfile

import custom_classes
from common import PROGRAMS, check, check_close, check_predictions, check_same_bits, finish, horn_run, import_keras, np
from contents import h5_variables, h5_weights, weights
import graphs

flavour = sys.argv[1]
keras = import_keras(flavour)
is_3 = flavour == "keras3"
own = custom_classes.make(keras, False)  # for files of Horn's: known through custom_objects alone
random = np.random.default_rng(3)
x = (0.5 * random.standard_normal((41, 5))).astype("float32")
y = (0.5 * random.standard_normal((41, 3))).astype("float32")


def run(model, weights, steps, folder, *targets):
    """Predictions, then the losses and metrics of so many steps."""
    done = horn_run("tests/interop/custom_objects", model, weights, folder + "/x.npy", folder + "/y.npy", steps, folder + "/p.npy", *targets)
    if done.returncode:
        return None, done.stderr
    return np.load(folder + "/p.npy"), np.array([float(word) for word in done.stdout.split()]).reshape(-1, 2)


def variables(model):
    found = model.optimizer.variables
    return [np.array(v) for v in (found() if callable(found) else found) if v.name != "learning_rate"]


def load(path, classes):
    return keras.models.load_model(path, custom_objects=classes.objects if classes is own else None)


def train(model, steps):
    figures = []
    for _ in range(steps):
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()
        figures.append([float(f) for f in model.train_on_batch(x, y)])
    return np.array(figures)


def check_steps(title, model, before, path, folder):
    """Both go on from where the file stands."""
    _, figures = run(path, before, 3, folder, folder + "/after.h5")
    expected = train(model, 3)
    check_close(title + ", 3 steps: losses and metrics", figures, expected, 1e-5 * max(1, float(np.max(expected))))
    found = keras.models.load_model(folder + "/after.h5", custom_objects=own.objects, compile=False)
    check_close(title + ", 3 steps: weights", weights(found), weights(model), 1e-5)


def reference(folder):
    """The weights and variables that Horn's files have, as Horn's .h5 for this Keras says."""
    return h5_weights(folder + "/horn.h5"), h5_variables(folder + "/horn.h5")


def check_of_horn(title, model, path, expected, folder, has_optimizer=True, before="-"):
    """Whether the file has an optimizer that this Keras restores; before: weights that were loaded into the model of the path."""
    values, moments = reference(folder)
    check_same_bits(title + ": weights", weights(model), values)
    check_predictions(title + ": predictions", model.predict(x, verbose=0), expected)
    check(title + ": classes", [type(l).__name__ for l in model.layers] == ["Dense", "Mix", "Swish1", "Dense"] and model.layers[1].gain == 1.5)
    if not has_optimizer:
        return
    check(title + ": settings", type(model.loss).__name__ == "Quartic" and model.loss.weight == 2.0 and type(model.optimizer).__name__ == "Heavy" and
          model.optimizer.drag == 0.25, str(model.loss))
    check_same_bits(title + ": optimizer variables", variables(model), moments)
    check_steps(title, model, before, path, folder)


def check_files_of_horn(folder):
    h5, zips = (["horn.h5", "horn3.h5,keras3"], ["horn.keras", "both.keras,both"]) if is_3 else (["horn.h5"], ["horn2.keras,keras2", "both.keras,both"])
    store = "horn.weights.h5" + ("" if is_3 else ",keras2")
    targets = [folder + "/" + name for name in h5 + zips + [store, "horn.json", "prefix", "saved/", "horn.pb"]]
    run("new", "-", 3, folder, *targets)
    expected, _ = run(folder + "/horn.h5", "-", 0, folder)
    for name in h5 + zips:
        path = folder + "/" + name.split(",")[0]
        model = load(path, own)
        check_of_horn("Horn's " + name, model, path, expected, folder, not (is_3 and name in h5))
        again, same = folder + "/again-" + name, path.replace(folder + "/", folder + "/again-")
        run(path, "-", 0, folder, again)
        check("Horn's %s: read and written again, the same bytes" % name, open(path, "rb").read() == open(same, "rb").read())
    with open(folder + "/horn.json") as file:
        model = keras.models.model_from_json(file.read(), custom_objects=own.objects)
    model.compile(own.Heavy(0.005, 0.25), own.Quartic(2.0), metrics=[own.Within()])
    model.optimizer.build(model.trainable_variables)
    model.load_weights(folder + "/horn.weights.h5")
    check_of_horn("Horn's .json and .weights.h5", model, folder + "/horn.h5", expected, folder, True, folder + "/horn.weights.h5")
    if is_3:
        check_saved_model_in_3(folder, expected)
        return
    model.load_weights(folder + "/prefix")
    check_of_horn("Horn's checkpoint", model, folder + "/horn.h5", expected, folder, True, folder + "/prefix")
    model = load(folder + "/saved", own)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(folder + "/saved")
    check_of_horn("Horn's SavedModel", model, folder + "/saved", expected, folder)
    check_graphs(folder, expected)


def check_graphs(folder, expected):
    import tensorflow as tf
    served = tf.saved_model.load(folder + "/saved").signatures["serving_default"]
    check_predictions("Horn's SavedModel: signature", list(served(tf.constant(x)).values())[0].numpy(), expected)
    check_predictions("Horn's GraphDef", graphs.in_session(graphs.read(folder + "/horn.pb"), x), expected)


def check_saved_model_in_3(folder, expected):
    found = list(keras.layers.TFSMLayer(folder + "/saved", call_endpoint="serving_default")(x).values())[0]
    check_predictions("Horn's SavedModel: TFSMLayer", found.numpy(), expected)
    check_graphs(folder, expected)


def check_of_keras(title, model, path, before, folder, objects=None):
    """Read into Horn, written again, and loaded here."""
    expected = model.predict(x, verbose=0)
    found, message = run(path, before, 0, folder, folder + "/read.keras" + ("" if is_3 else ",keras2"))
    if found is None:
        check(title, False, message)
        return
    check_predictions(title + ": predictions", found, expected)
    read = load(folder + "/read.keras", own)
    check_same_bits(title + ": weights", weights(read), weights(model))
    check_same_bits(title + ": optimizer variables", variables(read), variables(model))
    check_steps(title, keras.models.load_model(folder + "/own.keras", custom_objects=objects), before, path, folder)


def make(c, folder):
    model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(7), c.Mix(1.5), c.Swish1(), keras.layers.Dense(3)])
    model.compile(c.Heavy(0.005, 0.25), c.Quartic(2.0), metrics=[c.Within()])
    model.layers[1].seen.assign(random.standard_normal(7).astype("float32"))
    train(model, 4)
    model.save(folder + "/own.keras")
    model.save_weights(folder + "/own.weights.h5")
    with open(folder + "/own.json", "w") as file:
        file.write(model.to_json())
    if not is_3:
        model.save_weights(folder + "/own-prefix")
        model.save(folder + "/own-saved", save_format="tf")
    model.save(folder + "/own.h5")  # last: in Keras 3 it takes the optimizer off what other files would say
    return model


def check_files_of_keras(folder):
    model = make(custom_classes.make(keras, True), folder)
    check_of_keras("Keras' .keras", model, folder + "/own.keras", "-", folder)
    check_of_keras("Keras' .h5", model, folder + "/own.h5", "-", folder)
    check_of_keras("Keras' .weights.h5", model, folder + "/horn.h5", folder + "/own.weights.h5", folder)
    if not is_3:
        check_of_keras("Keras' checkpoint", model, folder + "/horn.h5", folder + "/own-prefix", folder)
        check_of_keras("Keras' SavedModel", model, folder + "/own-saved", "-", folder)
    found, message = run(folder + "/own.json", folder + "/own.weights.h5", 0, folder)
    check_close("Keras' .json: predictions", found if found is not None else message, model.predict(x, verbose=0), 1e-6 * 10)


def check_unregistered(folder):
    """Files that say "Mix", as of classes without a decorator."""
    model = make(own, folder)
    for name in ["own.keras", "own.h5"] + ([] if is_3 else ["own-saved"]):
        check_of_keras("Keras' %s of bare names" % name, model, folder + "/" + name, "-", folder, own.bare)


def check_readme():
    """README's two programs of the layer Scale: what the one in C saved, in the one in Python, and back."""
    subprocess.run([PROGRAMS + "/readme/custom_layer"], check=True, capture_output=True)
    with open("README.md") as file:
        code = next(block for block in re.findall("```python\n(.*?)```", file.read(), re.S) if "class Scale" in block)
    exec(code, {"keras": keras})
    images = random.random((9, 28, 28), dtype="float32")
    models = [keras.models.load_model("build/" + name) for name in (["scale.h5", "scale.keras"] if is_3 else ["scale.h5", "scale"])]
    predictions = [model.predict(images, verbose=0) for model in models]
    scale = np.array(models[0].layers[2].scale)
    check("README's layer: trained from 0.5", models[0].layers[2].initial == 0.5 and np.ptp(scale) > 0.01 and abs(scale.mean() - 0.5) < 0.2, str(scale[:3]))
    check_same_bits("README's layer: the same in each file", weights(models[1]), weights(models[0]))
    check_predictions("README's layer: predictions", predictions[1], predictions[0])


with tempfile.TemporaryDirectory() as top:
    np.save(top + "/x.npy", x)
    np.save(top + "/y.npy", y)
    check_files_of_horn(top)
    check_files_of_keras(top)
    check_unregistered(top)
    check_readme()
finish()
