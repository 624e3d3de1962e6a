"""What the scripts here share: Horn's programs, the tutorial's data, and the count of what passed.

HORN_PROGRAMS is the folder of the programs, with tests/interop/continue below it; all paths are from the top of the tree."""
import contextlib
import gc
import gzip
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

PROGRAMS = os.environ.get("HORN_PROGRAMS", "build/release")
failures = 0


def check(name, passed, figures=""):
    global failures
    failures += not passed
    print("%s %s%s" % ("PASS" if passed else "FAIL", name, ": " + figures if figures else ""), flush=True)


def check_close(name, found, expected, limit):
    """Arrays, or lists of arrays, within an absolute limit."""
    if not isinstance(found, list):
        found, expected = [found], [expected]
    same_shapes = len(found) == len(expected) and all(np.shape(a) == np.shape(b) for a, b in zip(found, expected))
    if not same_shapes:
        check(name, False, "shapes %s, expected %s" % ([np.shape(a) for a in found], [np.shape(b) for b in expected]))
        return
    distance = max((float(np.max(np.abs(np.float64(a) - np.float64(b)))) for a, b in zip(found, expected) if np.size(a)), default=0.0)
    check(name, distance <= limit, "differs by %.2g, limit %.2g" % (distance, limit))


def check_same_bits(name, found, expected):
    same = len(found) == len(expected) and all(
        np.asarray(a).dtype == np.asarray(b).dtype and np.shape(a) == np.shape(b) and np.asarray(a).tobytes() == np.asarray(b).tobytes()
        for a, b in zip(found, expected))
    check(name, same, "%d arrays" % len(found))


def limit_of(predictions):
    return 1e-6 * max(1.0, float(np.max(np.abs(predictions))))


def check_predictions(name, found, expected):
    check_close(name, found, expected, limit_of(expected))


def finish():
    sys.exit(1 if failures else 0)


def horn_run(program, *arguments):
    """Runs a program, which may fail: .returncode, .stdout, .stderr."""
    return subprocess.run([os.path.join(PROGRAMS, program), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def horn(program, *arguments):
    """Standard output of a program that must work."""
    done = horn_run(program, *arguments)
    if done.returncode:
        raise RuntimeError("%s %s: exit status %d: %s" % (program, " ".join(map(str, arguments)), done.returncode, done.stderr))
    return done.stdout


def check_refused(name, words, program, *arguments, alone=True):
    """Exit status 1, and the words in what the program says; alone: in one line."""
    done = horn_run(program, *arguments)
    is_one = not alone or done.stderr.count("\n") == 1
    check(name, done.returncode == 1 and words in done.stderr and is_one, done.stderr.strip()[-200:] or "exit status %d" % done.returncode)


def horn_evaluate(model):
    return json.loads(horn("evaluate", "--json", model))


def horn_predict(model, folder, data="datasets/fashion-mnist"):
    """`data`: what --data takes, or an array."""
    if isinstance(data, np.ndarray):
        np.save(folder + "/samples.npy", data)
        data = folder + "/samples.npy"
    horn("predict", model, "--data", data, "--output", folder + "/predictions.npy")
    return np.load(folder + "/predictions.npy")


def horn_continue(model, x, y, steps, out, folder, *more):
    """The losses of so many steps on the whole of x; the model goes to `out`. More: a file of weights, or "-", and a format."""
    np.save(folder + "/x.npy", x)
    np.save(folder + "/y.npy", y)
    lines = horn("tests/interop/continue", model, folder + "/x.npy", folder + "/y.npy", steps, out, *more)
    return np.array([float(line) for line in lines.split()])


@contextlib.contextmanager
def heard(lines):
    """What is said meanwhile, by warnings, loggers and on standard error from any language, without numbers, addresses and paths. TensorFlow says all
    with TF_CPP_MIN_LOG_LEVEL=0."""
    gc.collect()  # what is gone has said its last words
    stream, sys_stderr = io.StringIO(), os.dup(2)
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in (None, "tensorflow", "absl")]
    for logger in loggers:
        logger.addHandler(handler)
    with tempfile.TemporaryFile() as file, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
            gc.collect()  # what is said of objects that were never restored
        finally:
            sys.stderr.flush()
            os.dup2(sys_stderr, 2)
            os.close(sys_stderr)
            for logger in loggers:
                logger.removeHandler(handler)
        file.seek(0)
        found = [str(w.message) for w in said] + stream.getvalue().splitlines() + file.read().decode(errors="replace").splitlines()
    lines.update(re.sub(r"\d+", "N", re.sub(r"0x[0-9a-f]+|/\S+", "X", line)) for line in found if line.strip())


def tutorial_data():
    """x_train, y_train, x_test, y_test of the slice, as the tutorial prepares them."""
    def read(name, offset):
        with gzip.open("datasets/fashion-mnist/" + name) as file:
            return np.frombuffer(file.read(), np.uint8, offset=offset)
    images = lambda name: read(name, 16).reshape(-1, 28, 28).astype("float32") / 255
    return (images("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz", 8),
            images("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz", 8))


def run_eagerly():
    """Models that make a few steps make them as they come: to trace and compile a graph of each takes longer than the steps. formats.py, saved_model.py,
    frozen_graph.py, custom_objects.py and model_h5.py train in graphs, as Keras does by itself."""
    import tensorflow as tf
    tf.config.run_functions_eagerly(True)


def import_keras(flavour):
    """keras2, tf_keras or keras3, each in the environment that has it."""
    if flavour == "tf_keras":
        import tf_keras as keras
    else:
        import keras
    expected = {"keras2": "2.15", "tf_keras": "2.21", "keras3": "3.15"}[flavour]
    if not keras.__version__.startswith(expected):
        sys.exit("%s is version %s, expected %s" % (flavour, keras.__version__, expected))
    return keras
