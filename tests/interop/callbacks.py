"""usage: callbacks.py keras2|keras3: EarlyStopping and ReduceLROnPlateau on seeded logs: Horn ends at the epoch, and has the learning rates, of that Keras."""
import subprocess
import sys
import tempfile

from common import PROGRAMS, check, finish, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
SEED, CASES = 11, 150


def run_keras(callback, model, values):
    """The epoch after which it stops, and the learning rates."""
    rates = []
    callback.set_model(model)
    callback.on_train_begin()
    model.stop_training = False
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_accuracy": value})
        rates.append(float(np.array(model.optimizer.learning_rate)))
        if model.stop_training:
            return epoch + 1, rates
    return 0, rates


def horn(what, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(" ".join(map(str, line)) for line in lines) + "\n")
        file.flush()
        return subprocess.run([PROGRAMS + "/tests/interop/callbacks", what, file.name], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


rng = np.random.default_rng(SEED)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
model.compile(keras.optimizers.SGD(0.5), "mse")
stops, reductions, expected_stops, expected_rates = [], [], [], []
for _ in range(CASES):
    # Few different values, so that equal ones and steps of exactly min_delta occur; nan now and then.
    values = [float(v) for v in rng.choice([0, 0.125, 0.25, 0.375, 0.5, 0.75, 1] + [float("nan")] * int(rng.integers(0, 2)), int(rng.integers(1, 20)))]
    if flavour == "keras3":  # takes a nan as the best value if it comes first, and then nothing is better; Keras 2 and Horn do not
        values[:4] = [0.5 if v != v else v for v in values[:4]]
    mode = str(rng.choice(["min", "max"] if flavour == "keras3" else ["min", "max", "auto"]))  # Keras 3 needs to know the metric
    delta, patience = float(rng.choice([0, 0.125, 0.25])), int(rng.integers(0, 4))
    baseline, start = rng.choice([None, 0.25, 0.5]), int(rng.integers(0, 4))
    keras_baseline = None if flavour == "keras3" and baseline is None else baseline
    stops.append([mode, delta, patience, "-" if baseline is None else baseline, start] + values)
    expected_stops.append(run_keras(keras.callbacks.EarlyStopping("val_accuracy", delta, patience, 0, mode, keras_baseline, False, start), model, values)[0])
    factor, patience, cooldown, least = float(rng.choice([0.5, 0.1, 0.75])), int(rng.integers(1, 4)), int(rng.integers(0, 3)), float(rng.choice([0, 0.1]))
    model.compile(keras.optimizers.SGD(0.5), "mse")
    reductions.append([mode, factor, delta, patience, cooldown, least] + values)
    expected_rates.append(run_keras(keras.callbacks.ReduceLROnPlateau("val_accuracy", factor, patience, 0, mode, delta, cooldown, least), model, values)[1])

found = [int(line) for line in horn("stop", stops)]
for case, got, wanted in zip(stops, found, expected_stops):
    check("EarlyStopping %s" % case[:5], got == wanted, "" if got == wanted else "ends after epoch %d, expected %d: %s" % (got, wanted, case[5:]))
check("EarlyStopping: cases that end early, and that do not", 0 < sum(e > 0 for e in expected_stops) < CASES)
for case, line, wanted in zip(reductions, horn("reduce", reductions), expected_rates):
    got = [float(word) for word in line.split()]
    same = len(got) == len(wanted) and bool(np.allclose(got, wanted, rtol=1e-6, atol=0))
    check("ReduceLROnPlateau %s" % case[:6], same, "" if same else "%s, expected %s: %s" % (got, wanted, case[6:]))
check("ReduceLROnPlateau: cases that reduce", sum(min(e) < 0.5 for e in expected_rates) > CASES // 4)
finish()
