"""models/cnn.json on all of Fashion-MNIST, five epochs: the mean test accuracy of five seeds in Horn lies within 0.005 of the mean of ten
seeds in Keras 2.15 (tests/golden/cnn_10_runs.py made them). Needs `make data`."""
import csv
import json
import os

from common import check, finish, horn, np

DATA, SEEDS, EPOCHS, LIMIT = "datasets/fashion-mnist-full", range(1, 6), 5, 0.005


def horn_accuracy(seed):
    horn("train", "--model", "models/cnn.json", "--data", DATA, "--train-samples", "all", "--test-samples", "all",
         "--validation-split", "0", "--epochs", EPOCHS, "--batch-size", 128, "--optimizer", "rmsprop",
         "--learning-rate", "0.001", "--seed", seed, "--no-checkpoint", "--progress", "none",
         "--save", "build/cnn_accuracy.h5")
    result = horn("evaluate", "build/cnn_accuracy.h5", "--data", DATA, "--test-samples", "all", "--json")
    os.remove("build/cnn_accuracy.h5")
    return json.loads(result)["accuracy"]


with open("tests/golden/cnn_10_runs_keras_2.15.csv") as file:
    theirs = [float(row["accuracy"]) for row in csv.DictReader(file)]
ours = [horn_accuracy(seed) for seed in SEEDS]
for name, values in ("Horn", ours), ("Keras", theirs):
    print("%s: %s, mean %.4f" % (name, " ".join("%.4f" % value for value in values), np.mean(values)))
distance = abs(np.mean(ours) - np.mean(theirs))
check("mean test accuracy of the CNN after %d epochs, %d seeds against %d" % (EPOCHS, len(ours), len(theirs)), len(theirs) == 10 and distance < LIMIT,
      "Horn %.4f, Keras %.4f, differ by %.4f, limit %.4f" % (np.mean(ours), np.mean(theirs), distance, LIMIT))
finish()
