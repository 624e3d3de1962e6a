"""Keras' side of the benchmark: Keras 2 in .venv/keras2; Keras 3 in .venv/keras3, on what KERAS_BACKEND names."""
import os
import sys
import time

THREADS = int(sys.argv[1])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

import peer

ON = keras.backend.backend()
if ON == "tensorflow":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)

KERAS_2 = keras.__version__.startswith("2.")
X, Y, X_TEST, Y_TEST = peer.images("train"), peer.labels("train"), peer.images("t10k"), peer.labels("t10k")
CALIBRATION = {"mlp": (12800, 256)}  # images, batch; of the others:
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
    took = {}
    for i, how in enumerate(ways(name)):
        try:
            took[i] = min(fit(make(name, how), images, batch, 4)[1:])
        except Exception as error:
            print("%s %s: %s" % (name, how, error), file=sys.stderr)
    return ways(name)[min(took, key=took.get)]


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


peer.serve({"version": version()}, {"epoch": epoch, "infer": infer, "step": step, "save": save, "load": load})
