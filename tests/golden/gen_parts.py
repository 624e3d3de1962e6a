"""usage: gen_parts.py keras2|keras3 OUTDIR: files of which one part is old, or nothing that Horn knows, made by real Keras.

Each model is trained for three steps on all of data.npz, saved, and trained for three more steps. What is written, per model:
    .h5 or .keras     the whole model; old layouts are edited by h5py into a file of Keras 2.15
    .pred.npy         predictions of what was saved
    .evaluate.npy     loss and accuracy of what was saved
    .after.npy        predictions after the three further steps, from the state that was saved; where Horn leaves that state out,
                      from a fresh one
tests/interop/parts.py makes them anew and asks Horn."""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import h5py
import keras
import numpy as np

L, O = keras.layers, keras.optimizers
K3 = keras.__version__.startswith("3")
random = np.random.RandomState(5)
x, y = random.rand(12, 4).astype("float32"), random.randint(0, 3, 12).astype("int64")


# ---- old layouts: names and what stands in optimizer_weights ----

def edit(path, class_name, optimizer, variables):
    with h5py.File(path, "r+") as f:
        old = f["optimizer_weights"]
        arrays = variables([old[name][()] for name in old.attrs["weight_names"]])
        del f["optimizer_weights"]
        f.attrs["keras_version"] = "2.2.4"
        settings = json.loads(f.attrs["training_config"])
        settings["optimizer_config"] = {"class_name": class_name, "config": optimizer}
        settings["loss"], settings["metrics"] = "sparse_categorical_crossentropy", ["accuracy"]
        f.attrs["training_config"] = json.dumps(settings)
        group, names = f.create_group("optimizer_weights"), []
        for i, array in enumerate(arrays):
            names.append(("training/%s/Variable%s:0" % (class_name, "_%d" % i if i else "")).encode())
            group.create_dataset(names[-1], data=array)
        group.attrs["weight_names"] = names


ADAM = {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.25, "epsilon": 1e-7, "amsgrad": False}


def old_adam(path):  # Keras 2.2 and 2.3
    edit(path, "Adam", ADAM, lambda v: v + [np.zeros(1, "float32")] * ((len(v) - 1) // 2))


def old_sgd(path):  # Keras 2.0
    edit(path, "SGD", {"lr": 0.05, "momentum": 0.9, "decay": 0.25, "nesterov": False}, lambda v: [np.float32(v[0])] + v[1:])


def old_rmsprop(path):  # Keras 2.0 to 2.2
    edit(path, "RMSprop", {"lr": 0.01, "rho": 0.9, "decay": 0.0, "epsilon": 1e-7}, lambda v: v[1:])


# ---- the models ----

def freeze(model):
    model.layers[0].trainable = False


def by_output(optimizer):
    if K3:  # which knows no names of outputs before it is built
        return dict(optimizer=optimizer, loss=["sparse_categorical_crossentropy"], loss_weights=[1.0], metrics=[["accuracy"]])
    return dict(optimizer=optimizer, loss={"out": "sparse_categorical_crossentropy"}, loss_weights={"out": 1.0}, metrics={"out": ["accuracy"]})


def settings(optimizer):
    return dict(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def dense(**arguments):
    return lambda: [L.Dense(5, activation="relu", **arguments), L.Dense(3, activation="softmax", name="out")]


def dropout():
    return [L.Dense(5, activation="relu"), L.Dropout(0.25, noise_shape=(None, 5), seed=7), L.Dense(3, activation="softmax", name="out")]


# name: layers, compile settings, suffix, whether Horn leaves the optimizer's state out, then a change before saving, and after
CASES = {
    "frozen": (dense(), lambda: settings(O.Adam(0.01)), ".keras", True, freeze, None),
    "by_output": (dense(), lambda: by_output(O.Adam(0.01)), ".keras", False, None, None),
    "ema": (dense(), lambda: settings(O.Adam(0.01, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=4)), ".keras", False, None, None),
}
if K3:
    CASES.update({
        "nadam": (dense(), lambda: settings(O.Nadam(0.01)), ".keras", False, None, None),
        "accumulation": (dense(), lambda: settings(O.Adam(0.01, gradient_accumulation_steps=2)), ".keras", False, None, None),
        "loss_scale": (dense(), lambda: settings(O.LossScaleOptimizer(O.Adam(0.01))), ".keras", True, None, None),
    })
else:
    legacy = O.legacy
    CASES.update({
        "frozen_h5": (dense(), lambda: settings(O.Adam(0.01)), ".h5", True, freeze, None),
        "by_output_h5": (dense(), lambda: by_output(O.Adam(0.01)), ".h5", False, None, None),
        "old_adam": (dense(), lambda: settings(legacy.Adam(0.01, decay=0.25)), ".h5", False, None, old_adam),
        "old_sgd": (dense(), lambda: settings(legacy.SGD(0.05, momentum=0.9, decay=0.25)), ".h5", False, None, old_sgd),
        "old_rmsprop": (dense(), lambda: settings(legacy.RMSprop(0.01)), ".h5", False, None, old_rmsprop),
        "adagrad": (dense(), lambda: settings(O.Adagrad(0.01)), ".h5", False, None, None),
        "constraint": (dense(kernel_constraint=keras.constraints.MaxNorm(2)), lambda: settings(O.Adam(0.01)), ".keras", False, None, None),
        "activity": (dense(activity_regularizer="l1"), lambda: settings(O.Adam(0.01)), ".keras", False, None, None),
        "orthogonal": (dense(kernel_initializer=keras.initializers.Orthogonal(seed=3)), lambda: settings(O.Adam(0.01)), ".keras", False, None, None),
        "noise": (dropout, lambda: settings(O.Adam(0.01)), ".keras", False, None, None),
    })


def make(name, folder):
    """Saves it, and returns the path, predictions, [loss, accuracy], and predictions after three further steps."""
    layers, compiled, suffix, leaves_out, before, after = CASES[name]
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,))] + layers())
    model.compile(**compiled())
    for _ in range(3):
        model.train_on_batch(x, y)
    if before:
        before(model)
    path = "%s/%s%s" % (folder, name, suffix)
    model.save(path)
    if after:
        after(path)
    predictions, figures = model.predict(x, verbose=0), [float(v) for v in model.evaluate(x, y, verbose=0)]
    if leaves_out:
        model.compile(**compiled())
    model.fit(x, y, epochs=3, batch_size=len(x), shuffle=False, verbose=0)  # at whose end the averages of use_ema become the weights
    return path, predictions, figures, model.predict(x, verbose=0)


def main(folder):
    np.savez(folder + "/data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    for name in CASES:
        path, predictions, figures, continued = make(name, folder)
        np.save("%s/%s.pred.npy" % (folder, name), predictions)
        np.save("%s/%s.evaluate.npy" % (folder, name), np.float32(figures))
        np.save("%s/%s.after.npy" % (folder, name), continued)


if __name__ == "__main__":
    assert K3 == (sys.argv[1] == "keras3"), keras.__version__
    main(sys.argv[2])
