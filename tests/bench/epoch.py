"""Seconds for an epoch of the tutorial's model on all 60,000 images, batch 256: Horn and TensorFlow's model.fit, in turn.

usage: epoch.py [ROUNDS]; run in .venv/keras2, after `make data`."""
import os
import re
import statistics
import subprocess
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import gzip
import numpy as np
import keras

DATA = "datasets/fashion-mnist-full"
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
EPOCHS = 4  # of which the first warms up


def read(name, offset):
    with gzip.open(os.path.join(DATA, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


x = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28).astype("float32") / 255
y = read("train-labels-idx1-ubyte.gz", 8)


class Timer(keras.callbacks.Callback):
    def __init__(self):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)


layers = keras.layers
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.2), layers.Dense(10)])
model.compile(keras.optimizers.RMSprop(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])


def tensorflow_epoch():
    timer = Timer()
    model.fit(x, y, batch_size=256, epochs=EPOCHS, verbose=0, callbacks=[timer])
    return statistics.median(timer.seconds[1:])


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|ms|us)", text).groups()
    return int(number) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]


def horn_epoch():
    lines = subprocess.run([os.environ.get("HORN_PROGRAMS", ".") + "/train", "--no-checkpoint", "--data", DATA, "--train-samples", "all", "--validation-split", "0", "--epochs", str(EPOCHS),
                            "--learning-rate", "0.001", "--progress", "lines"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    return statistics.median([seconds(text) for text in re.findall(r"- (\w+)/epoch", lines)][1:])


runs = [(horn_epoch(), tensorflow_epoch()) for _ in range(ROUNDS)]
ours, theirs = (statistics.median(column) for column in zip(*runs))
print("%d rounds in turn, medians of an epoch: Horn %.3f s, TensorFlow %s (Keras %s) %.3f s, ratio %.3f"
      % (ROUNDS, ours, __import__("tensorflow").__version__, keras.__version__, theirs, ours / theirs))
