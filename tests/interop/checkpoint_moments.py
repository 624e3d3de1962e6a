"""Horn's saves, killed at every call on files: what stands there then, TensorFlow reads as the old or the new one."""
import json
import os
import re
import shutil
import subprocess

from common import PROGRAMS, check, finish
import tensorflow as tf

PROGRESS = "horn/progress"


def without_name(prefix, tensors):
    """A checkpoint says its own name, by which `best` differs from the checkpoint of the same moment."""
    if PROGRESS in tensors:
        progress = json.loads(tensors[PROGRESS])
        name = progress.pop("name", None)
        if name not in (None, os.path.basename(prefix)):
            raise ValueError("%s says that it is %s" % (prefix, name))
        tensors[PROGRESS] = json.dumps(progress)
    return tensors


def read(prefix):
    """Every tensor's bytes; None where there is no checkpoint of that name. One that does not read raises."""
    if not os.path.exists(prefix + ".index"):
        return None
    found = tf.train.load_checkpoint(prefix)
    return without_name(prefix, {key: tf.convert_to_tensor(found.get_tensor(key)).numpy().tobytes() if found.get_variable_to_dtype_map()[key] != tf.string
            else found.get_tensor(key) for key in found.get_variable_to_shape_map()})


def name_of(state, known):
    """Which of the known ones it is, to the last byte."""
    return next((name for name, expected in known.items() if expected == state), "BROKEN")


def check_saves(kind, top, known):
    counts = dict.fromkeys(known, 0)
    broken, after = [], set()
    for moment in sorted(os.listdir(top)):
        folder = os.path.join(top, moment)
        try:
            found = name_of(read(folder + "/w"), known)
            named = tf.train.latest_checkpoint(folder)
            sound = found in known and (named is None or named == folder + "/w")
        except Exception as error:  # what TensorFlow raises has no class in common
            found, sound = str(error), False
        if not sound or (found != "new" and "new" in after):
            broken.append("%s: %s" % (moment, found))
        after.add(found)
        counts[found] = counts.get(found, 0) + 1
    check("%s, killed at %d moments" % (kind, sum(counts.values())), not broken and len(after) == 2,
          "; ".join(broken) or ", ".join("%d %s" % (n, name) for name, n in counts.items()))


def check_run(top, known):
    broken, newest, best = [], [0] * len(known), 0
    moments = sorted(os.listdir(top))
    for moment in moments:
        folder = os.path.join(top, moment)
        committed, best_committed = map(int, re.fullmatch(r"\d+m?-(-?\d+)-(-?\d+)", moment).groups())
        try:
            path = tf.train.latest_checkpoint(folder)
            epoch = name_of(read(path) if path else None, known)
            found = name_of(read(folder + "/best"), known)
            others = [name_of(read(folder + "/" + name[:-6]), known) for name in os.listdir(folder) if name.endswith(".index")]
            if "BROKEN" in [epoch, found] + others or epoch < committed or found < best_committed:
                broken.append("%s: newest %s, best %s" % (moment, epoch, found))
                continue
        except Exception as error:
            broken.append("%s: %s" % (moment, error))
            continue
        newest[epoch] += 1
        best += found > 0
    check("checkpoints, killed at %d moments" % len(moments), not broken and all(newest) and best > 0,
          "; ".join(broken[:5]) or "newest of epoch 0 to %d: %s; a best one %d times" % (len(known) - 1, newest, best))


done = subprocess.run([os.path.join(PROGRAMS, "tests/interop/checkpoint_moments")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
folder = re.search("^folder: (.*)$", done.stdout, re.M)
check("moments", done.returncode == 0, "" if done.returncode == 0 else done.stdout)
if done.returncode == 0:
    top = folder.group(1)
    old, new = read(top + "/old/w"), read(top + "/new/w")
    epochs = [None] + [read("%s/epochs/c%d" % (top, i + 1)) for i in range(4)]
    check("they differ", old != new and all(a != b for a, b in zip(epochs, epochs[1:])))
    check_saves("first save", top + "/first-kept", {"nothing": None, "new": new})
    check_saves("overwritten", top + "/overwritten-kept", {"old": old, "new": new})
    check_run(top + "/run-kept", dict(enumerate(epochs)))
if folder:
    shutil.rmtree(folder.group(1))
finish()
