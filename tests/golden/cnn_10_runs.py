"""Trains models/cnn.json on all of Fashion-MNIST in Keras 2.15, five epochs, ten seeds: the test accuracies that
tests/interop/cnn_accuracy.py compares Horn's with. Needs `make venvs data`; takes a quarter of an hour.

    .venv/keras2/bin/python tests/golden/cnn_10_runs.py > tests/golden/cnn_10_runs_keras_2.15.csv"""
import gzip
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

DATA, SEEDS, EPOCHS = "datasets/fashion-mnist-full", range(1, 11), 5


def read(name, offset):
    with gzip.open(os.path.join(DATA, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def images(name):
    return read(name, 16).reshape(-1, 28, 28, 1).astype("float32") / 255


train = images("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz", 8)
test = images("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz", 8)
assert keras.__version__.startswith("2.15")
print("seed,accuracy")
for seed in SEEDS:
    keras.utils.set_random_seed(seed)
    keras.backend.clear_session()
    with open("models/cnn.json") as file:
        model = keras.models.model_from_json(file.read())
    model.compile(keras.optimizers.RMSprop(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(*train, batch_size=128, epochs=EPOCHS, verbose=0)
    print("%d,%.4f" % (seed, model.evaluate(*test, batch_size=128, verbose=0)[1]), flush=True)
