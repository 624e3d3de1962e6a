"""The tutorial, 40 seeds in Horn against 200 runs of Keras 2.15 (tests/golden/tutorial_200_runs.py made them).

Two-sample Kolmogorov-Smirnov distances below 0.235 (5 % for 40 and 200), means of the accuracies within fixed bounds."""
import csv
import re
import sys

from common import check, finish, horn, np

SEEDS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
LIMIT = 0.235


def horn_run(seed):
    out = horn("train", "--no-checkpoint", "--progress", "none", "--seed", seed)
    (before_loss, before_accuracy), (after_loss, after_accuracy) = re.findall(r"loss is ([\d.]+), accuracy is ([\d.]+)", out)
    return dict(before_loss=float(before_loss), before_accuracy=float(before_accuracy), after_loss=float(after_loss), after_accuracy=float(after_accuracy))


def ks_distance(a, b):
    at = np.concatenate([a, b])
    share = lambda values: np.searchsorted(np.sort(values), at, side="right") / len(values)
    return float(np.max(np.abs(share(a) - share(b))))


with open("tests/golden/tutorial_200_runs_keras_2.15.csv") as file:
    keras_runs = list(csv.DictReader(file))
horn_runs = [horn_run(seed) for seed in range(1, SEEDS + 1)]
column = lambda runs, name: np.round(np.array([float(run[name]) for run in runs]), 3)  # Horn prints three places

print("%-16s %10s %10s %10s %10s %8s" % ("", "Keras mean", "Horn mean", "Keras sd", "Horn sd", "KS"))
for name, mean_limit in ("before_accuracy", 0.02), ("after_accuracy", 0.03), ("after_loss", None):
    theirs, ours = column(keras_runs, name), column(horn_runs, name)
    distance = ks_distance(ours, theirs)
    print("%-16s %10.4f %10.4f %10.4f %10.4f %8.3f" % (name, theirs.mean(), ours.mean(), theirs.std(), ours.std(), distance))
    check("%s of %d seeds: KS distance" % (name, SEEDS), distance < LIMIT, "%.3f, limit %.3f" % (distance, LIMIT))
    if mean_limit:
        apart = abs(float(ours.mean() - theirs.mean()))
        check("%s of %d seeds: mean" % (name, SEEDS), apart <= mean_limit, "%.4f apart, limit %.2f" % (apart, mean_limit))
finish()
