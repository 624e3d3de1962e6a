"""usage: parts.py keras2|keras3: files of that Keras of which one part is old, or nothing that Horn knows (tests/golden/gen_parts.py).

Horn predicts and evaluates as Keras does, trains on where the optimizer's state is known, and stops where it is not. What it
converts loads in Keras and predicts the same, with arguments that Horn does not know."""
import json
import sys
import tempfile

sys.path.insert(0, "tests/golden")
import gen_parts as parts
from common import check, check_close, check_refused, finish, horn, horn_predict, np

keras = parts.keras
NO_LOSS, NO_TRAINING = set(), {"noise"}
UNKNOWN_OPTIMIZERS = {"loss_scale"}
assert parts.K3 == (sys.argv[1] == "keras3"), keras.__version__


def look_at(name, folder):
    path, predictions, figures, continued = parts.make(name, folder)
    data = ["--data", folder + "/data.npz", "--test-samples", "all"]
    train = ["train", "--model", path, *data, "--train-samples", "all", "--epochs", "3", "--batch-size", "12", "--validation-split", "0",
             "--no-shuffle", "--no-checkpoint", "--progress", "none", "--save", folder + "/after.h5", *(["--dialect", "keras3"] if name == "accumulation" else [])]
    leaves_out = parts.CASES[name][3]
    check_close(name + ": predictions", horn_predict(path, folder, folder + "/data.npz"), predictions, 2e-6)
    if name in NO_LOSS:
        check_refused(name + ": evaluate", "activity_regularizer", "evaluate", path, *data, alone=False)
    else:
        found = json.loads(horn("evaluate", path, "--json", *data))
        check_close(name + ": evaluate", np.array([found["loss"], found["accuracy"]]), np.array(figures), 1e-5)
    if name in NO_TRAINING:
        check_refused(name + ": training", "argument", *train, alone=False)
    elif name in UNKNOWN_OPTIMIZERS:
        check_refused(name + ": training", "--optimizer", *train, alone=False)
    else:
        if leaves_out:
            check_refused(name + ": training", "--fresh-optimizer", *train, alone=False)
        horn(*train, *(["--fresh-optimizer"] if leaves_out else []))
        check_close(name + ": three further steps", horn_predict(folder + "/after.h5", folder, folder + "/data.npz"), continued, 2e-6)
    for suffix in (".keras", ".h5"):
        target = folder + "/converted" + suffix
        # Keras 2 has no accumulation.
        horn("convert", path, target, *(["--dialect", "keras3"] if name == "accumulation" else [] if parts.K3 else ["--dialect", "keras2"]))
        model = keras.models.load_model(target, compile=False)
        check_close(name + ": converted to " + suffix, model.predict(parts.x, verbose=0), predictions, 2e-6)
        arguments = model.layers[1].get_config() if name == "noise" else model.layers[0].get_config()
        kept = {"noise": "noise_shape", "constraint": "kernel_constraint", "activity": "activity_regularizer", "orthogonal": "kernel_initializer"}.get(name)
        if kept:
            text = str(arguments[kept])
            check(name + ": kept in " + suffix, any(word in text for word in ("5", "MaxNorm", "L1", "Orthogonal")), text)


with tempfile.TemporaryDirectory() as folder:
    np.savez(folder + "/data.npz", x_train=parts.x, y_train=parts.y, x_test=parts.x, y_test=parts.y)
    for case in parts.CASES:
        look_at(case, folder)
finish()
