"""usage: tf_checkpoint.py keras2|tf_keras|keras3: Horn's TensorFlow checkpoints in that Keras, and its own in Horn.

Keras 3 has tf.train.Checkpoint alone, and takes what is written in its dialect."""
import glob
import json
import os
import sys
import tempfile

import h5py

import common
from common import check, check_same_bits, finish, horn, import_keras, np, run_eagerly
import contents

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
import tensorflow as tf

random = np.random.default_rng(5)
x, y = random.random((16, 6), "float32"), random.integers(0, 3, 16)
OPTIMIZERS = {
    "rmsprop": lambda o: o.RMSprop(0.1),
    "adam": lambda o: o.Adam(0.01),
    "sgd": lambda o: o.SGD(0.1),
    "momentum": lambda o: o.SGD(0.1, momentum=0.9),
    "rmsprop with all": lambda o: o.RMSprop(0.01, momentum=0.5, centered=True),
    "amsgrad": lambda o: o.Adam(0.01, amsgrad=True),
}


def make(optimizer, seed=0, build=True):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential([keras.Input((6,)), layers.Flatten(), layers.Dense(5, activation="relu"), layers.Dropout(0.0), layers.Dense(3)])
    model.compile(optimizer=OPTIMIZERS[optimizer](keras.optimizers), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    if build:
        model.optimizer.build(model.trainable_variables)
    return model


def state(model):
    """Weights, learning rate, iteration, slots."""
    return model.get_weights() + [contents.learning_rate(model)] + contents.without_rates(contents.variables(model))


def used(model):
    """The same without variables that the optimizer has and never reads."""
    return model.get_weights() + [contents.learning_rate(model)] + contents.state(model)


def state_in(path):
    """The same of an .h5."""
    with h5py.File(path) as file:
        settings = json.loads(file.attrs["training_config"])
    rate = settings["optimizer_config"]["config"]["learning_rate"]  # or a schedule
    rate = np.array(json.dumps(rate)) if isinstance(rate, dict) else np.float32(rate)
    return contents.h5_weights(path) + [rate] + contents.without_rates(contents.h5_variables(path))


def horn_continue(folder, model, count, out, *more):
    common.horn_continue(model, x, y, count, out, folder, *more)


def scramble(model):
    """Other values everywhere, so that what is not restored shows."""
    for v in list(model.weights):
        v.assign(random.random(v.shape))


# ---- what Horn writes ----

def check_consumed(name, restore):
    try:
        restore()
    except AssertionError as error:
        check(name, False, str(error).splitlines()[0][:200])
        return False
    return True


def check_horn_checkpoints(optimizer, folder):
    start, prefix = folder + "/start.h5", folder + "/horn/weights"
    model = make(optimizer)
    model.fit(x, y, epochs=2, verbose=0)
    model.save(start)
    horn_continue(folder, start, 3, folder + "/expected.h5")
    horn_continue(folder, start, 3, prefix)
    expected = state_in(folder + "/expected.h5")

    model = make(optimizer, 1)
    if check_consumed("load_weights", lambda: model.load_weights(prefix).assert_consumed()):
        check_same_bits("%s: load_weights().assert_consumed()" % optimizer, state(model), expected)
    before = int(model.optimizer.iterations)
    model.fit(x, y, epochs=1, verbose=0)
    check("%s: Keras trains on" % optimizer, int(model.optimizer.iterations) == before + 1)

    model = make(optimizer, 2)
    both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    if check_consumed("read", lambda: both.read(prefix).assert_consumed()):
        check_same_bits("%s: Checkpoint.read().assert_consumed()" % optimizer, state(model), expected)

    model = make(optimizer, 3, build=False)
    model.load_weights(prefix)
    model.optimizer.build(model.trainable_variables)
    check_same_bits("%s: into an optimizer that is built later" % optimizer, state(model), expected)

    newest = tf.train.latest_checkpoint(folder + "/horn")
    check("%s: latest_checkpoint" % optimizer, newest == prefix, str(newest))
    found = tf.train.load_checkpoint(prefix)
    shapes = found.get_variable_to_shape_map()
    check("%s: load_checkpoint reads %d tensors" % (optimizer, len(shapes)), all(found.get_tensor(key) is not None for key in shapes))

    prefix = folder + "/horn/ckpt-12"
    horn_continue(folder, start, 3, prefix, "-", "tf-checkpoint")
    model = make(optimizer, 4)
    both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    if check_consumed("restore", lambda: both.restore(prefix).assert_existing_objects_matched()):
        check_same_bits("%s: Checkpoint.restore().assert_existing_objects_matched()" % optimizer,
                        state(model) + [np.array(both.save_counter)], expected + [np.int64(12)])
    check_consumed("restore", lambda: both.restore(prefix).assert_consumed())
    check("%s: the newest is named" % optimizer, tf.train.latest_checkpoint(folder + "/horn") == prefix)
    model = make(optimizer, 5)
    model.load_weights(prefix)
    check_same_bits("%s: load_weights of a tf-checkpoint" % optimizer, state(model), expected)


def check_shards(optimizer, folder):
    """The same over three files, and again over two in their place."""
    start, prefix = folder + "/start.h5", folder + "/shards3/ckpt-5"
    expected = state_in(folder + "/expected.h5")
    for count in 3, 2:
        horn("convert", folder + "/expected.h5", prefix, "--to", "tf-checkpoint", "--shards", count)
        files = sorted(name[-14:] for name in glob.glob(prefix + ".data-*"))
        check("%s: %d data files" % (optimizer, count), files == ["%05d-of-%05d" % (i, count) for i in range(count)], str(files))
        model = make(optimizer, 1)
        both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
        if check_consumed("shards", lambda: both.restore(prefix).assert_consumed()):
            check_same_bits("%s: restore() from %d shards" % (optimizer, count), state(model), expected)
        check_read("%s: %d shards" % (optimizer, count), folder, start, prefix, expected)


def keys_in(prefix):
    return {key for key in tf.train.load_checkpoint(prefix).get_variable_to_shape_map() if not key.startswith(("horn/", "save_counter/"))}


def check_keys(name, prefix, theirs):
    """TensorFlow's walk gives each variable the key that Horn's gave it."""
    check("%s: TensorFlow's own keys" % name, keys_in(prefix) == keys_in(theirs), str(sorted(keys_in(prefix) ^ keys_in(theirs))[:4]))


def check_keras_3_dialect(optimizer, folder):
    start, expected_path = folder + "/start.keras", folder + "/expected.keras"
    model = make(optimizer)
    model.fit(x, y, epochs=2, verbose=0)
    model.save(start)
    horn_continue(folder, start, 3, expected_path)
    trained = keras.models.load_model(expected_path)
    expected = [np.array(v) for v in trained.weights + trained.optimizer.variables]
    for kind, shards in ("tf-checkpoint", 1), ("tf-checkpoint", 3), ("tf-weights", 2):
        name, prefix = "%s: %s, %d shards" % (optimizer, kind, shards), "%s/%s-%d/ckpt-12" % (folder, kind, shards)
        horn("convert", expected_path, prefix, "--to", kind, "--dialect", "keras3", "--shards", shards)
        check("%s: data files" % name, len(glob.glob(prefix + ".data-?????-of-%05d" % shards)) == shards)
        check("%s: latest_checkpoint" % name, tf.train.latest_checkpoint(os.path.dirname(prefix)) == prefix)
        model = make(optimizer, 1)
        both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
        restore = both.restore if kind == "tf-checkpoint" else both.read
        if check_consumed(name, lambda: restore(prefix).assert_consumed()):
            check_same_bits("%s: assert_consumed()" % name, [np.array(v) for v in model.weights + model.optimizer.variables], expected)
        if check_consumed(name, lambda: restore(prefix).assert_existing_objects_matched()):
            check("%s: assert_existing_objects_matched()" % name, True)
        if kind == "tf-checkpoint":
            check("%s: save_counter" % name, int(both.save_counter) == 12)
        check_keys(name, prefix, both.write(folder + "/theirs"))
        before = int(model.optimizer.iterations)
        model.fit(x, y, epochs=1, verbose=0)
        check("%s: Keras trains on" % name, int(model.optimizer.iterations) == before + 1)
        model = make(optimizer, 2)
        if check_consumed(name, lambda: tf.train.Checkpoint(model).read(prefix).assert_existing_objects_matched()):
            check_same_bits("%s: the model as the root" % name, [np.array(v) for v in model.weights], [np.array(v) for v in trained.weights])
        horn("convert", prefix, folder + "/back.keras")
        back = keras.models.load_model(folder + "/back.keras")
        check_same_bits("%s: back in Keras' own file" % name, [np.array(v) for v in back.weights + back.optimizer.variables], expected)


def check_keras_3_weights(folder):
    """Weights alone, of layers that Keras 3 calls otherwise, and a schedule instead of a learning rate."""
    layers = keras.layers
    def make_images(seed, compiled=True):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((9, 9, 2)), layers.Conv2D(4, 3), layers.DepthwiseConv2D(3), layers.BatchNormalization(),
                                  layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.1), layers.Dense(3)])
        if not compiled:
            return model
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
        model.compile(optimizer=keras.optimizers.RMSprop(schedule, momentum=0.5), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.optimizer.build(model.trainable_variables)
        return model
    first = make_images(0)
    first.fit(random.random((8, 9, 9, 2), "float32"), random.integers(0, 3, 8), verbose=0, epochs=2)
    first.save(folder + "/images.keras")
    prefix = folder + "/images/ck-3"
    horn("convert", folder + "/images.keras", prefix, "--to", "tf-checkpoint", "--dialect", "keras3", "--shards", 4)
    second = make_images(1)
    both = tf.train.Checkpoint(model=second, optimizer=second.optimizer)
    if check_consumed("schedule", lambda: both.restore(prefix).assert_consumed()):
        check_same_bits("all layers, a schedule: assert_consumed()", [np.array(v) for v in second.weights + second.optimizer.variables],
                        [np.array(v) for v in first.weights + first.optimizer.variables])
    check_consumed("schedule", lambda: both.restore(prefix).assert_existing_objects_matched())
    weights = tf.train.Checkpoint(second)  # with the model as the root, which Horn's file has, too
    weights.model, weights.optimizer = second, second.optimizer
    check_keys("all layers, a schedule", prefix, weights.write(folder + "/theirs"))
    with open(folder + "/images.json", "w") as file:
        file.write(first.to_json())
    first.save_weights(folder + "/images.weights.h5")
    horn("convert", folder + "/images.weights.h5", prefix, "--architecture", folder + "/images.json", "--dialect", "keras3")
    second = make_images(2, False)
    if check_consumed("weights alone", lambda: tf.train.Checkpoint(model=second).read(prefix).assert_existing_objects_matched()):
        check_same_bits("weights alone: assert_existing_objects_matched()", [np.array(v) for v in second.weights], [np.array(v) for v in first.weights])


def check_untrained(optimizer, folder):
    """Slots are there from the start."""
    prefix, start = folder + "/untrained/weights", folder + "/untrained.h5"
    model = make(optimizer)
    model.save(start)
    horn_continue(folder, start, 0, prefix)
    expected = state(model)
    model = make(optimizer, 1)
    if check_consumed("untrained", lambda: model.load_weights(prefix).assert_consumed()):
        check_same_bits("%s: untrained" % optimizer, state(model), expected)


def check_train_program(folder):
    """The tutorial's model through ./train --save-weights."""
    prefix = folder + "/tutorial/weights"
    horn("train", "--no-checkpoint", "--epochs", 1, "--save", folder + "/tutorial.h5", "--save-weights", prefix)
    with open("models/mlp.json") as file:
        model = keras.models.model_from_json(file.read())
    model.compile(optimizer=keras.optimizers.RMSprop(0.3), loss="mse")
    model.optimizer.build(model.trainable_variables)
    if check_consumed("train --save-weights", lambda: model.load_weights(prefix).assert_consumed()):
        check_same_bits("train --save-weights", state(model), state_in(folder + "/tutorial.h5"))


# ---- what Horn reads ----

def write_shards(prefix, source, shards):
    """The same tensors in several data files."""
    reader = tf.train.load_checkpoint(source)
    keys = sorted(reader.get_variable_to_shape_map())
    parts = ["%s_temp/part-%05d-of-%05d" % (prefix, i, shards) for i in range(shards)]
    for i, part in enumerate(parts):
        own = keys[i::shards]
        values = [reader.get_tensor(key) for key in own]
        tf.raw_ops.SaveV2(prefix=part, tensor_names=own, shape_and_slices=[""] * len(own), tensors=[tf.constant(v) for v in values])
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix, delete_old_dirs=True)


def check_read(name, folder, start, path, expected):
    """As many as are expected: without momentum SGD has variables that nothing reads, and Horn writes them as zeros."""
    horn_continue(folder, start, 0, folder + "/read.h5", path)
    check_same_bits("%s: read by Horn" % name, state_in(folder + "/read.h5")[:len(expected)], expected)


def write_all(model, folder):
    """One checkpoint by each of TensorFlow's ways: (name, path)."""
    both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    yield "Checkpoint.save", both.save(folder + "/saved/ck")
    yield "Checkpoint.write", both.write(folder + "/written")
    manager = tf.train.CheckpointManager(both, folder + "/managed", max_to_keep=2)
    for _ in range(3):
        manager.save()
    yield "CheckpointManager", folder + "/managed"
    if flavour == "keras3":
        return
    model.save_weights(folder + "/weights/w")
    yield "save_weights", folder + "/weights/w"
    yield "save_weights, its directory", folder + "/weights"
    yield "save_weights, its index", folder + "/weights/w.index"


def check_their_checkpoints(optimizer, folder):
    start = folder + "/start.h5"
    make(optimizer, 7).save(start)
    model = make(optimizer)
    if flavour != "keras3":
        logger = keras.callbacks.ModelCheckpoint(folder + "/called/cp-{epoch:02d}", save_weights_only=True)
        model.fit(x, y, epochs=2, verbose=0, callbacks=[logger])
        check_read("%s: ModelCheckpoint" % optimizer, folder, start, folder + "/called/cp-02", used(model))
    model.fit(x, y, epochs=2, verbose=0)
    expected = used(model)
    for name, path in write_all(model, folder):
        check_read("%s: %s" % (optimizer, name), folder, start, path, expected)
        if os.path.isdir(path) or path.endswith(".index"):
            continue
        write_shards(folder + "/shards", path, 3)
        check("%s: %s in 3 shards" % (optimizer, name), len(glob.glob(folder + "/shards.data-0000?-of-00003")) == 3)
        check_read("%s: %s in 3 shards" % (optimizer, name), folder, start, folder + "/shards", expected)


def check_legacy(folder):
    """The optimizers of TensorFlow up to 2.10."""
    legacy = keras.optimizers.legacy
    for name, optimizer in (("RMSprop", legacy.RMSprop(0.1, momentum=0.5)), ("Adam", legacy.Adam(0.01, beta_1=0.8)), ("SGD", legacy.SGD(0.1)),
                            ("SGD", legacy.SGD(0.1, momentum=0.9, nesterov=True)), ("Adam, amsgrad", legacy.Adam(0.01, amsgrad=True)),
                            ("RMSprop, centered", legacy.RMSprop(0.1, rho=0.8, momentum=0.5, centered=True)),
                            ("RMSprop, a schedule", legacy.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)))):
        start, prefix = folder + "/legacy.h5", folder + "/legacy"
        model = make("sgd", build=False)
        model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, epochs=2, verbose=0)
        model.save_weights(prefix)
        model.save(folder + "/expected.h5")
        scramble(model)
        model.save(start)
        horn_continue(folder, folder + "/expected.h5", 0, folder + "/direct.h5")
        check_read("legacy %s" % name, folder, start, prefix, state_in(folder + "/direct.h5"))
    check_other_arguments(folder)


def check_other_arguments(folder):
    """Keras takes them from the file; Horn says that they are others."""
    start, prefix = folder + "/other.h5", folder + "/other"
    model = make("sgd", build=False)
    for rho in 0.8, 0.9:
        model.compile(optimizer=keras.optimizers.legacy.RMSprop(0.1, rho=rho), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, epochs=1, verbose=0)
        (model.save_weights if rho == 0.8 else model.save)(prefix if rho == 0.8 else start)
    try:
        horn_continue(folder, start, 0, folder + "/read.h5", prefix)
        check("legacy: another rho is refused", False)
    except RuntimeError as error:
        check("legacy: another rho is refused", "rho is 0.8, expected 0.9" in str(error), str(error).splitlines()[0][-120:])


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(OPTIMIZERS):
        folder = "%s/%d" % (top, number)
        os.mkdir(folder)
        if flavour != "keras3":
            check_horn_checkpoints(name, folder)
            check_untrained(name, folder)
            check_shards(name, folder)
        else:
            check_keras_3_dialect(name, folder)
        check_their_checkpoints(name, folder)
    if flavour != "keras3":
        check_train_program(top)
        check_legacy(top)
    else:
        check_keras_3_weights(top)
finish()
