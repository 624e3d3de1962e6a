"""What the Python peers of the benchmark share: the data, the clock, and the loop that answers each line on standard
input by a line of JSON. Tasks are those of horn_bench.c; what a peer has no word for, it does not answer."""
import gzip
import json
import os
import resource
import shlex
import sys
import time

import numpy as np

DATA = "datasets/fashion-mnist-full"
PARTS = {"train": "train", "t10k": "test"}  # as an .npz names them


def read(name, offset, folder=DATA):
    with gzip.open(os.path.join(folder, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def images(part, folder=DATA):
    if folder.endswith(".npz"):
        return np.load(folder)["x_" + PARTS[part]]
    return read(part + "-images-idx3-ubyte.gz", 16, folder).reshape(-1, 28, 28).astype("float32") / 255


def labels(part, folder=DATA):
    if folder.endswith(".npz"):
        return np.load(folder)["y_" + PARTS[part]]
    return read(part + "-labels-idx1-ubyte.gz", 8, folder)


def timed(work):
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def times(work, count):
    """Of the same work, again and again."""
    return [timed(work)[0] for _ in range(count)]


def fastest(ways, time, name):
    """The way that takes the least time. One that does not work is none."""
    took = {}
    for i, how in enumerate(ways):
        try:
            took[i] = time(how)
        except Exception as error:
            print("%s %s: %s" % (name, how, error), file=sys.stderr)
    return ways[min(took, key=took.get)]


def sync(path):
    """As Horn's files stand on the disk when a save returns, so do the peers'."""
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(hello, tasks):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(what):
        print(json.dumps(what), file=answers, flush=True)

    answer(hello)
    for line in sys.stdin:
        name, *words = shlex.split(line)
        try:
            if name not in tasks:
                answer({"none": True})
                continue
            result = tasks[name](*words)
            answer({"none": True} if result is None else dict(result, peak_bytes=peak_bytes()))
        except Exception as error:
            answer({"error": "%s: %s" % (type(error).__name__, error)})
