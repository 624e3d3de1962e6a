"""Training begun in PyTorch for 5 steps, carried over by ./convert, 5 more in Horn: the same as 10 in PyTorch. And back: PyTorch loads what Horn saved, model
and optimizer, and 5 more steps are the same as 15 in PyTorch; the same of 5 steps that began in Horn. Layouts of a Linear, of a Conv2d and behind a Flatten."""
import json
import tempfile

import torch
from common import check, check_close, finish, horn, horn_continue, np

LIMIT = 1e-5
torch.manual_seed(7)
torch.set_num_threads(1)
O, N = torch.optim, torch.nn

DENSE = {"activation": "relu", "use_bias": True}
# name: layers in Keras, modules in PyTorch, the shape of a sample in both
MODELS = {
    "mlp": ([("Dense", dict(DENSE, units=9)), ("Dense", dict(DENSE, units=4, activation="linear"))],
            lambda: N.Sequential(N.Linear(12, 9), N.ReLU(), N.Linear(9, 4)), (12,)),
    "cnn": ([("Conv2D", dict(DENSE, filters=3, kernel_size=[3, 2])), ("Flatten", {}), ("Dense", dict(DENSE, units=4, activation="linear"))],
            lambda: N.Sequential(N.Conv2d(2, 3, (3, 2)), N.ReLU(), N.Flatten(), N.Linear(3 * 4 * 4, 4)), (6, 5, 2)),
}
OPTIMIZERS = {
    "SGD": lambda p: O.SGD(p, 0.05),
    "SGD with momentum": lambda p: O.SGD(p, 0.05, momentum=0.9, weight_decay=0.01),
    "SGD, nesterov": lambda p: O.SGD(p, 0.05, momentum=0.9, nesterov=True),
    "SGD, dampening": lambda p: O.SGD(p, 0.05, momentum=0.9, dampening=0.25),
    "RMSprop": lambda p: O.RMSprop(p, 0.001),
    "RMSprop, all": lambda p: O.RMSprop(p, 0.001, alpha=0.9, eps=1e-4, momentum=0.5, centered=True, weight_decay=0.01),
    "Adam": lambda p: O.Adam(p, 0.01),
    "Adam, amsgrad": lambda p: O.Adam(p, 0.01, betas=(0.8, 0.9), eps=1e-4, amsgrad=True, weight_decay=0.01),
    "AdamW": lambda p: O.AdamW(p, 0.01, weight_decay=0.1),
}


def architecture(layers, shape, optimizer, folder):
    """A file of Horn's with loss and optimizer: of the latter its class counts alone, and that where PyTorch's file does not tell it."""
    described = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, *shape], "dtype": "float32", "name": "input"}}]
    described += [{"class_name": c, "config": dict(a, name="layer_%d" % i, dtype="float32")} for i, (c, a) in enumerate(layers)]
    with open(folder + "/model.json", "w") as file:
        json.dump({"class_name": "Sequential", "config": {"name": "model", "layers": described}, "keras_version": "2.15.0", "backend": "tensorflow"}, file)
    rng = np.random.default_rng(1)
    np.savez(folder + "/data.npz", x_train=rng.random((8, *shape), "float32"), y_train=np.arange(8) % 4, x_test=rng.random((8, *shape), "float32"), y_test=np.arange(8) % 4)
    horn("train", "--model", folder + "/model.json", "--data", folder + "/data.npz", "--epochs", "1", "--no-checkpoint", "--progress", "none", "--scale", "1",
         "--optimizer", optimizer, "--save", folder + "/architecture.h5")
    return folder + "/architecture.h5"


def step(model, optimizer, x, y, count):
    for _ in range(count):
        optimizer.zero_grad()
        N.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def weights(state):
    return [v.numpy() for v in state.values()]


def load(checkpoint, make_model, make_optimizer):
    model = make_model()
    model.load_state_dict(checkpoint["model"], strict=True)
    optimizer = make_optimizer(model.parameters())
    optimizer.load_state_dict(checkpoint["optimizer"])
    return model, optimizer


def check_optimizer(name, make_model, make_optimizer, shape, whole, folder):
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((32, *shape)).astype("float32"), rng.integers(0, 4, 32)
    in_torch, labels = torch.tensor(x if len(shape) == 1 else x.transpose(0, 3, 1, 2).copy()), torch.tensor(y)
    model = make_model()
    optimizer = make_optimizer(model.parameters())
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "best_loss": 9.5, "epoch": 0}, folder + "/none.pth")
    step(model, optimizer, in_torch, labels, 5)
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "best_loss": 1.5, "epoch": 5}, folder + "/five.pth")
    report = horn("convert", folder + "/five.pth", folder + "/five.h5", "--architecture", whole)
    check(name + ": the optimizer's state is carried", "optimizer state" in report and "not carried: optimizer state" not in report, report.splitlines()[1])
    step(model, optimizer, in_torch, labels, 5)
    horn_continue(folder + "/five.h5", x, y.astype("int32"), 5, folder + "/ten.pth", folder)
    ten = torch.load(folder + "/ten.pth")
    check_close(name + ": 5 steps in PyTorch, 5 in Horn", weights(ten["model"]), weights(model.state_dict()), LIMIT)
    again, back = load(ten, make_model, make_optimizer)
    own, found = optimizer.state_dict(), back.state_dict()
    how = {"foreach", "fused", "capturable", "differentiable"}  # how PyTorch computes: its versions have other defaults
    same = all(found["param_groups"][0][k] == v for k, v in own["param_groups"][0].items() if k not in how)
    check(name + ": the arguments come back", same, "" if same else "%s, expected %s" % (found["param_groups"], own["param_groups"]))
    for key in own["state"].get(0) or {}:
        if own["state"][0][key] is not None:
            pairs = [(found["state"][i][key], s[key]) for i, s in own["state"].items()]
            check_close("%s: %s" % (name, key), *([np.asarray(v) for v in side] for side in zip(*pairs)), LIMIT)
    horn("convert", folder + "/none.pth", folder + "/none.h5", "--architecture", whole)
    horn_continue(folder + "/none.h5", x, y.astype("int32"), 5, folder + "/begun.pth", folder)
    begun, its_optimizer = load(torch.load(folder + "/begun.pth"), make_model, make_optimizer)
    step(begun, its_optimizer, in_torch, labels, 5)
    check_close(name + ": 5 steps in Horn, 5 in PyTorch", weights(begun.state_dict()), weights(model.state_dict()), LIMIT)
    step(model, optimizer, in_torch, labels, 5)
    step(again, back, in_torch, labels, 5)
    check_close(name + ": 5 in PyTorch, 5 in Horn, 5 in PyTorch", weights(again.state_dict()), weights(model.state_dict()), LIMIT)


with tempfile.TemporaryDirectory() as folder:
    for model, (layers, make_model, shape) in MODELS.items():
        for name, make_optimizer in OPTIMIZERS.items():
            whole = architecture(layers, shape, "adamw" if name == "AdamW" else "rmsprop", folder)
            check_optimizer("%s, %s" % (model, name), make_model, make_optimizer, shape, whole, folder)
finish()
