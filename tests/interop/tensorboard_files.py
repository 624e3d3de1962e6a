"""usage: tensorboard_files.py: the event files of ./train --tensorboard, in TensorBoard's own reader: the figures of the CSV log, each epoch once, under Keras' tags,
of a run that was killed several times."""
import csv
import os
import random
import signal
import subprocess
import tempfile
import time

import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from common import PROGRAMS, check, finish, import_keras, np

keras = import_keras("keras2")
EPOCHS, KILLS, SEED = 60, 6, 3


def read(folder):
    """tag -> (plugin, [(step, value)])"""
    events = EventAccumulator(folder)
    events.Reload()
    return {tag: (events.SummaryMetadata(tag).plugin_data.plugin_name, [(e.step, tf.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)])
            for tag in events.Tags()["tensors"]}


def train(folder):
    command = [os.path.abspath(PROGRAMS + "/train"), "--model", os.path.abspath("models/mlp.json"), "--data", os.path.abspath("datasets/fashion-mnist"), "--samples",
               "512", "--validation-split", "0.25", "--epochs", str(EPOCHS), "--tensorboard", "board", "--histograms", "--log", "log.csv", "--threads", "1"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def check_run(folder):
    rng, killed = random.Random(SEED), 0
    for _ in range(KILLS):
        run = train(folder)
        time.sleep(rng.uniform(0.05, 0.3))
        run.send_signal(signal.SIGKILL)
        killed += run.wait() == -signal.SIGKILL
        run.stderr.close()
    last = train(folder)
    _, said = last.communicate()
    check("a killed run ends", last.returncode == 0, said[-200:])
    check("it was killed in its midst", killed >= KILLS // 2, "%d of %d times" % (killed, KILLS))
    rows = list(csv.DictReader(open(folder + "/log.csv")))
    boards = {"": read(folder + "/board/train"), "val_": read(folder + "/board/validation")}
    for prefix, tags in boards.items():
        for name in ("loss", "accuracy"):
            plugin, values = tags["epoch_" + name]
            expected = [(i, np.float32(row[prefix + name])) for i, row in enumerate(rows)]
            check("%s%s: the figures of the log, each epoch once" % (prefix, name), plugin == "scalars" and [(s, np.float32(v)) for s, v in values] == expected,
                  "%d epochs of %d" % (len(values), len(rows)))
    plugin, histograms = boards[""]["dense/kernel/histogram"]
    check("histograms: each epoch once, of all weights", plugin == "histograms" and [s for s, _ in histograms] == list(range(EPOCHS))
          and all(v.shape == (30, 3) and v[:, 2].sum() == 784 * 128 for _, v in histograms), str(len(histograms)))
    plugin, text = boards[""]["run"]
    check("the settings as text", plugin == "text" and len(text) == 1 and b"| learning rate | 0.001 |" in text[0][1].item(), str(text)[:200])
    return boards


with tempfile.TemporaryDirectory() as folder:
    boards = check_run(folder)
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    model.compile("adam", "mse", metrics=["accuracy"])
    model.fit(np.ones((8, 3)), np.ones((8, 2)), epochs=2, validation_split=0.5, verbose=0,
              callbacks=[keras.callbacks.TensorBoard(folder + "/keras", histogram_freq=1, write_graph=False)])
    for name, prefix in (("train", ""), ("validation", "val_")):
        tags = [tag for tag, (plugin, _) in read("%s/keras/%s" % (folder, name)).items() if tag.startswith("epoch_")]
        check(name + ": the tags of Keras", len(tags) == 2 and set(tags) <= set(boards[prefix]), "%s in %s" % (tags, list(boards[prefix])))
finish()
