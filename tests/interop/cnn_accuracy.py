"""models/cnn.json on all of Fashion-MNIST, five epochs: the mean test accuracy of five seeds in Horn lies within 0.005 of the mean of ten
seeds in Keras 2.15 (tests/golden/cnn_10_runs.py made them). Needs `make data`."""
import csv
import json
import os
import subprocess

from common import PROGRAMS, check, finish, np

DATA, SEEDS, EPOCHS, LIMIT = "datasets/fashion-mnist-full", range(1, 6), 5, 0.005


def horn_accuracy(seed):
    done = subprocess.run([PROGRAMS + "/train", "--model", "models/cnn.json", "--data", DATA, "--train-samples", "all", "--test-samples", "all",
                           "--validation-split", "0", "--epochs", str(EPOCHS), "--batch-size", "128", "--optimizer", "rmsprop",
                           "--learning-rate", "0.001", "--seed", str(seed), "--no-checkpoint", "--progress", "none",
                           "--save", "build/cnn_accuracy.h5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    result = subprocess.run([PROGRAMS + "/evaluate", "build/cnn_accuracy.h5", "--data", DATA, "--test-samples", "all", "--json"], check=True,
                            stdout=subprocess.PIPE, text=True)
    os.remove("build/cnn_accuracy.h5")
    return json.loads(result.stdout)["accuracy"]


with open("tests/golden/cnn_10_runs_keras_2.15.csv") as file:
    theirs = [float(row["accuracy"]) for row in csv.DictReader(file)]
horn = [horn_accuracy(seed) for seed in SEEDS]
for name, values in ("Horn", horn), ("Keras", theirs):
    print("%s: %s, mean %.4f" % (name, " ".join("%.4f" % value for value in values), np.mean(values)))
distance = abs(np.mean(horn) - np.mean(theirs))
check("mean test accuracy of the CNN after %d epochs, %d seeds against %d" % (EPOCHS, len(horn), len(theirs)), len(theirs) == 10 and distance < LIMIT,
      "Horn %.4f, Keras %.4f, differ by %.4f, limit %.4f" % (np.mean(horn), np.mean(theirs), distance, LIMIT))
finish()
