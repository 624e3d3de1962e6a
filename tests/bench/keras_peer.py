"""Keras' side of the benchmark: Keras 2 in .venv/keras2; Keras 3 in .venv/keras3, on what KERAS_BACKEND names.

usage: keras_peer.py THREADS [DATA.npz]"""
import json
import os
import statistics
import sys
import time

THREADS = int(sys.argv[1])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

import peer

ON = keras.backend.backend()
if ON == "tensorflow":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)

KERAS_2 = keras.__version__.startswith("2.")
DATA = sys.argv[2] if len(sys.argv) > 2 else peer.DATA
X, Y, X_TEST, Y_TEST = peer.images("train", DATA), peer.labels("train", DATA), peer.images("t10k", DATA), peer.labels("t10k", DATA)
CALIBRATION = {"mlp": (12800, 256), "mobilenet_v2": (128, 32), "resnet20": (256, 128)}  # images, batch; of the others:
FEW = (1280, 128)
models = {}  # by name: the model, how it is compiled


class Timer(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)


def shaped(model, x):
    return x.reshape((-1,) + tuple(model.input_shape[1:]))


def make(name, how):
    layers = keras.layers
    if name == "big":  # not compiled: frameworks differ in when an optimizer makes its variables
        return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(4096, activation="relu"),
                                 layers.Dense(5632, activation="relu"), layers.Dense(10)])
    with open("models/%s.json" % name) as file:
        model = keras.models.model_from_json(file.read())
    model.compile(keras.optimizers.RMSprop(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"], **how)
    return model


def fit(model, images, batch, epochs):
    timer = Timer()
    model.fit(shaped(model, X[:images]), Y[:images], batch_size=batch, epochs=epochs, verbose=0, callbacks=[timer])
    return timer.seconds


def ways(name):
    """What Keras recommends for speed: XLA, and for short steps several of them in one call."""
    jit = [{"jit_compile": False}, {"jit_compile": True}] if ON == "tensorflow" else [{"jit_compile": True}]
    return jit + [dict(way, steps_per_execution=25) for way in jit] if name == "mlp" else jit


def calibrate(name):
    """The fastest way, after one epoch that compiles. One that does not work is none."""
    images, batch = CALIBRATION.get(name, FEW)
    return peer.fastest(ways(name), lambda how: min(fit(make(name, how), images, batch, 4)[1:]), name)


def find(name):
    if name not in models:
        how = {} if name == "big" else calibrate(name)
        models[name] = make(name, how), how
    return models[name]


def epoch(name, images, batch, epochs, threads):
    model, how = find(name)
    return {"seconds": fit(model, int(images), int(batch), int(epochs)), "how": how}


def infer(name, images, batch, threads):
    model, how = find(name)
    x, y = shaped(model, X_TEST[:int(images)]), Y_TEST[:int(images)]
    seconds, figures = peer.timed(lambda: model.evaluate(x, y, batch_size=int(batch), verbose=0))
    return {"seconds": [seconds], "accuracy": figures[1]}


# ---- one image ----

def compiled(model, how):
    """A function from an image to its outputs, as numpy."""
    if ON == "jax":
        import jax

        variables = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
        call = jax.jit(lambda t, n, x: model.stateless_call(t, n, x, training=False)[0])
        return lambda x: np.asarray(call(*variables, x))
    call = tensorflow.function(lambda x: model(x, training=False), **how)
    return lambda x: call(tensorflow.constant(x)).numpy()


def predictor(name, how):
    call, x = compiled(make(name, {}), how), X[:1]
    return lambda: call(x)


def way(name, what):
    """What the other tasks then take, in a process of their own: "take" says it there."""
    if what == "epoch":
        return {"how": calibrate(name)}

    def time(how):
        work = predictor(name, how)
        peer.times(work, 20)
        return statistics.median(peer.times(work, 100))

    return {"how": peer.fastest([{"jit_compile": True}] if ON == "jax" else [{"jit_compile": False}, {"jit_compile": True}], time, name)}


def take(name, what, how):
    how = json.loads(how)
    models[name] = (make(name, how) if what == "epoch" else predictor(name, how)), how
    return {"how": how}


def one(name, count, threads):
    return {"seconds": peer.times(find(name)[0], int(count))}


def step(count):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.RMSprop(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = X[:1, 0, :1] + 0.5, Y[:1] * 0
    return {"seconds": [peer.timed(lambda: model.train_on_batch(x, y))[0] for _ in range(int(count))]}


def save(name, path):
    model, how = find(name)
    whole = path.endswith(".h5")
    if not whole and not KERAS_2:
        return None

    def work():
        if whole:
            model.save(path)
            peer.sync(path)
        else:
            model.save_weights(path, save_format="tf")
            peer.sync(path + ".index")
            peer.sync(path + ".data-00000-of-00001")

    return {"seconds": [peer.timed(work)[0]]}


def load(name, path):
    model, how = find(name)
    if path.endswith(".h5"):
        return {"seconds": [peer.timed(lambda: keras.models.load_model(path, compile=name != "big"))[0]]}
    if not KERAS_2:
        return None
    return {"seconds": [peer.timed(lambda: model.load_weights(path).assert_consumed())[0]]}


def version():
    if ON == "jax":
        import jax

        return "Keras %s on JAX %s" % (keras.__version__, jax.__version__)
    if KERAS_2:
        return "TensorFlow %s" % tensorflow.__version__
    return "Keras %s on TensorFlow %s" % (keras.__version__, tensorflow.__version__)


peer.serve({"version": version()}, {"epoch": epoch, "infer": infer, "way": way, "take": take, "one": one, "step": step, "save": save, "load": load})
