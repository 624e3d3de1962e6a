"""usage: saved_model.py keras2|tf_keras|keras3: Horn's SavedModels in that Keras and its TensorFlow, and that Keras' own in Horn.

In Keras 2 and tf_keras: the whole model, with the optimizer's variables through load_weights, as Keras' own, no word of warning more, and three further
steps; the signature, __call__, TensorFlow 1's loader and saved_model_cli. In Keras 3: TFSMLayer, and its exports are refused."""
import os
import re
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"  # TensorFlow's own lines count too
import tensorflow as tf

import graphs
from common import check, check_close, check_predictions, check_refused, check_same_bits, finish, heard, horn, horn_continue, horn_predict, import_keras, np
from contents import state, steps, weights

flavour = sys.argv[1]
keras = import_keras(flavour)
FILES = ["keras_metadata.pb", "saved_model.pb", "variables/variables.data-00000-of-00001", "variables/variables.index"]


def files_in(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names)


def same_files(first, second):
    return all(open("%s/%s" % (first, f), "rb").read() == open("%s/%s" % (second, f), "rb").read() for f in FILES)


def restored(path):
    """As one gets the optimizer's variables from a SavedModel, Keras' own too."""
    said = set()
    with heard(said):
        model = keras.models.load_model(path)
        model.optimizer.build(model.trainable_variables)
        model.load_weights(path)
    return model, said


def check_steps(title, path, model, x, y, folder, is_cnn):
    losses = horn_continue(path, x, y, 3, folder + "/after.h5", folder)
    check_close(title + ", 3 steps: losses", losses, steps(model, x, y, 3), 1e-5)
    found, sizes = weights(keras.models.load_model(folder + "/after.h5")), weights(model)
    limits = [max(1e-5, float(np.max(np.abs(w))) * 3 * 0.01 / (len(x) * 11 * 11) * 4 if is_cnn else 0) for w in sizes]
    worst = max(float(np.max(np.abs(a - b))) / limit for a, b, limit in zip(found, sizes, limits))
    check(title + ", 3 steps: weights", worst <= 1, "%.2g of the limit" % worst)


def in_session(path, x):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.loader.load(session, ["serve"], path)
        signature = meta.signature_def["serving_default"]
        inputs, outputs = list(signature.inputs.values()), list(signature.outputs.values())
        return session.run(outputs[0].name, {inputs[0].name: x})


def check_tensorflow(title, path, x, expected):
    loaded = tf.saved_model.load(path)
    function = loaded.signatures["serving_default"]
    key = list(function.structured_input_signature[1])[0]
    check_predictions(title + ": signature", list(function(**{key: tf.constant(x)}).values())[0].numpy(), expected)
    check_predictions(title + ": __call__", loaded(tf.constant(x)).numpy(), expected)
    check_predictions(title + ": TensorFlow 1's loader", in_session(path, x), expected)
    return key, list(function.structured_outputs)[0]


def check_program(title, path, x, expected, key, folder):
    program = os.path.join(os.path.dirname(sys.executable), "saved_model_cli")
    if not os.path.exists(program):
        return check(title + ": saved_model_cli", False, "is not there")
    shown = subprocess.run([program, "show", "--dir", path, "--all"], capture_output=True, text=True)
    check(title + ": saved_model_cli show --all", shown.returncode == 0 and "serving_default" in shown.stdout and "__call__" in shown.stdout, shown.stderr[-300:] if shown.returncode else "")
    np.save(folder + "/in.npy", x)
    ran = subprocess.run([program, "run", "--dir", path, "--tag_set", "serve", "--signature_def", "serving_default", "--inputs", "%s=%s/in.npy" % (key, folder),
                          "--outdir", folder + "/out", "--overwrite"], capture_output=True, text=True)
    made = [np.load(folder + "/out/" + name) for name in os.listdir(folder + "/out")] if ran.returncode == 0 else [None]
    check_predictions(title + ": saved_model_cli run", made[0], expected)


def check_horn_model(name, source, said_before, x, y, original, folder):
    title, path = "Horn's, " + name, folder + "/horn"
    horn_continue(source, x, y, 0, path + "/", folder)
    check(title + ": files", files_in(path) == FILES, " ".join(files_in(path)))
    horn_continue(path, x, y, 0, folder + "/again/", folder)
    check(title + ": read and written again, the same bytes", same_files(path, folder + "/again"))
    expected = original.predict(x, verbose=0)
    key, output = check_tensorflow(title, path, x, expected)
    names = (original.inputs[0].name, original.layers[-1].name)
    check(title + ": names", (key, output) == names, "%s, %s, expected %s" % (key, output, names))
    if name in ("mlp, RMSprop", "every operation"):
        check_program(title, path, x, expected, key, folder)
    model, said = restored(path)
    check(title + ": is Sequential", type(model).__name__ == "Sequential" and [type(l) for l in model.layers] == [type(l) for l in original.layers])
    check(title + ": nothing is said that Keras' own does not say", not said - said_before, "; ".join(sorted(said - said_before)))
    check_same_bits(title + ": weights", weights(model), weights(original))
    check_same_bits(title + ": optimizer variables", state(model), state(original))
    check_predictions(title + ": predictions", model.predict(x, verbose=0), expected)
    check_close(title + ": evaluates", np.array(model.evaluate(x, y, verbose=0)), np.array(original.evaluate(x, y, verbose=0)), 1e-6)
    if "groups" in name:
        return
    if "every" not in name:
        check_steps(title, path, model, x, y, folder, "cnn" in name)
    check(title + ": fit goes on", np.isfinite(model.fit(x, y, epochs=2, verbose=0).history["loss"]).all())
    model.save(folder + "/resaved", save_format="tf")
    check(title + ": saved and loaded again", np.isfinite(keras.models.load_model(folder + "/resaved").predict(x, verbose=0)).all())


def check_keras_model(name, model, x, y, folder):
    title, path = "Keras' own, " + name, folder + "/own"
    with heard(set()):
        model.save(path, save_format="tf")
    again, said = restored(path)
    horn_continue(path, x, y, 0, folder + "/second/", folder)
    horn_continue(folder + "/second", x, y, 0, folder + "/third/", folder)
    check(title + ": the second and the third writing are equal", same_files(folder + "/second", folder + "/third"))
    horn_continue(path, x, y, 0, folder + "/read.h5", folder)
    read = keras.models.load_model(folder + "/read.h5")
    check_same_bits(title + ": weights", weights(read), weights(model))
    check_same_bits(title + ": optimizer variables", state(read), state(model))
    expected = model.predict(x, verbose=0)
    check_predictions(title + ": predictions", horn_predict(path, folder, x), expected)
    if not re.search("groups|every", name):
        check_steps(title, path, again, x, y, folder, "cnn" in name)
    return said


def check_keras3(name, folder):
    model, x, y = graphs.make(keras, name)
    path = folder + "/horn"
    model.save(folder + "/made.keras")
    horn_continue(folder + "/made.keras", x, y, 0, path + "/", folder)
    expected = model.predict(x, verbose=0)
    check_tensorflow("Horn's, " + name, path, x, expected)
    for endpoint in "serving_default", "__call__":
        if endpoint == "__call__" and "every" in name:
            continue
        layer = keras.layers.TFSMLayer(path, call_endpoint=endpoint)
        found = layer(x)
        found = list(found.values())[0] if isinstance(found, dict) else found
        check_predictions("Horn's, %s: TFSMLayer, %s" % (name, endpoint), found.numpy(), expected)
    model.export(folder + "/export", verbose=False)
    check_predictions("Keras' export, %s: predictions" % name, horn_predict(folder + "/export", folder, x), expected)
    horn("convert", folder + "/export", folder + "/export.h5")
    check_same_bits("Keras' export, %s: weights" % name, keras.models.load_model(folder + "/export.h5", compile=False).get_weights(), model.get_weights())


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(graphs.models(keras)):
        folder = "%s/%d" % (top, number)
        os.mkdir(folder)
        if flavour == "keras3":
            check_keras3(name, folder)
            continue
        model, x, y = graphs.make(keras, name)
        model.save(folder + "/made.h5")
        said = check_keras_model(name, model, x, y, folder)
        check_horn_model(name, folder + "/made.h5", said, x, y, model, folder)
finish()
