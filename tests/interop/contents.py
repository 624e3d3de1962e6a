"""What a model of any Keras holds, and what a file holds: arrays, in Keras' order."""
import h5py

from common import np


def weights(model):
    """By layers: Keras 2 and 3 order those of a whole model in two ways."""
    return [np.asarray(w.numpy()) for layer in model.layers for w in layer.weights]


def variables(model):
    """All of the optimizer's."""
    found = getattr(model, "optimizer", None)
    found = [] if found is None else found.variables
    return [np.asarray(v.numpy()) for v in (found() if callable(found) else found)]


def without_rates(found):
    """The iteration and the slots: learning rates and what comes with them are single floats."""
    return [v for v in map(np.asarray, found) if v.ndim or v.dtype != np.float32]


def state(model):
    """The iteration and the slots in use: SGD without momentum has slots, in Keras 2, that nothing reads, behind its averages."""
    found, optimizer = without_rates(variables(model)), model.optimizer
    averages = len(model.trainable_variables) if getattr(optimizer, "use_ema", False) else 0
    return found[:1 + averages] if type(optimizer).__name__ == "SGD" and not optimizer.momentum and not hasattr(optimizer, "loss_scale_factor") else found


def learning_rate(model):
    """The first, if it follows a schedule."""
    rate = model.optimizer.learning_rate
    return np.float32(np.array(rate(0) if callable(rate) and not hasattr(rate, "numpy") else rate))


def step(model, x, y):
    """The loss of a step on all samples."""
    model.reset_metrics()  # Keras 3 says the mean since then
    return float(np.ravel(model.train_on_batch(x, y))[0])


def steps(model, x, y, count):
    return np.array([step(model, x, y) for _ in range(count)])


# ---- of .h5 ----

def h5_names(group, attribute):
    return [name.decode() if isinstance(name, bytes) else name for name in group.attrs[attribute]]


def h5_weights(path):
    with h5py.File(path) as file:
        group = file["model_weights"]
        return [group[layer][name][()] for layer in h5_names(group, "layer_names") for name in h5_names(group[layer], "weight_names")]


def h5_variables(path):
    with h5py.File(path) as file:
        group = file.get("optimizer_weights")
        return [] if group is None else [np.asarray(group[name][()]) for name in h5_names(group, "weight_names")]
