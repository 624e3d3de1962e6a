"""PyTorch's side of the benchmark: a plain loop with the data in memory as tensors; images channels_last.

usage: torch_peer.py THREADS [DATA.npz]"""
import json
import statistics
import sys

THREADS = int(sys.argv[1])
import torch
from torch import nn

import peer
import torch_deep

torch.set_num_threads(THREADS)
DATA = sys.argv[2] if len(sys.argv) > 2 else peer.DATA
X, X_TEST = (torch.from_numpy(peer.images(part, DATA)) for part in ("train", "t10k"))
Y, Y_TEST = (torch.from_numpy(peer.labels(part, DATA).astype("int64")) for part in ("train", "t10k"))
models = {}


class Steps(nn.Module):
    def forward(self, x):
        return x.reshape(-1, 49, 16).transpose(1, 2)


class LastStep(nn.LSTM):
    def __init__(self, features, units):
        super().__init__(features, units, batch_first=True)

    def forward(self, x):
        return super().forward(x)[0][:, -1]


def layers(name):
    if name == "mlp":
        return [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)]
    if name == "big":
        return [nn.Flatten(), nn.Linear(784, 4096), nn.ReLU(), nn.Linear(4096, 5632), nn.ReLU(), nn.Linear(5632, 10)]
    if name == "cnn":
        return [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)]
    if name == "bn_cnn":
        return [nn.Conv2d(1, 32, 3, bias=False), nn.BatchNorm2d(32, 1e-3, 0.01), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64, 1e-3, 0.01), nn.ReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Linear(1600, 10)]
    if name == "conv1d":
        return [Steps(), nn.Conv1d(16, 64, 5), nn.ReLU(), nn.Conv1d(64, 64, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(1280, 10)]
    if name in ("resnet20", "mobilenet_v2"):
        return getattr(torch_deep, name)()
    if name == "lstm":
        return [LastStep(28, 128), nn.Linear(128, 10)]
    raise ValueError(name)


class Run:
    def __init__(self, name, compile=False, threads=THREADS):
        torch.set_num_threads(threads)
        self.threads = threads
        self.is_image = "cnn" in name or "net" in name
        self.model = nn.Sequential(*layers(name))
        if self.is_image:
            self.model = self.model.to(memory_format=torch.channels_last)
        parameters = self.model.parameters()
        self.optimizer = torch.optim.SGD(parameters, 0.01) if name == "big" else \
            torch.optim.RMSprop(parameters, 0.001, alpha=0.9)
        self.loss = nn.CrossEntropyLoss()
        self.forward = torch.compile(self.model) if compile else self.model

    def shaped(self, x):
        if x.dim() == 4:
            return x.permute(0, 3, 1, 2)  # channels last, as they are
        return x.unsqueeze(1).contiguous(memory_format=torch.channels_last) if self.is_image else x

    def epoch(self, x, y, batch):
        self.model.train()
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for index in torch.randperm(len(x)).split(batch):
            images, labels = x[index], y[index]
            outputs = self.forward(images)
            loss = self.loss(outputs, labels)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(index)
            right += (outputs.detach().argmax(1) == labels).sum()
        return float(total) / len(x), int(right) / len(x)

    @torch.no_grad()
    def evaluate(self, x, y, batch):
        self.model.eval()
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for images, labels in zip(x.split(batch), y.split(batch)):
            outputs = self.forward(images)
            total += self.loss(outputs, labels) * len(labels)
            right += (outputs.argmax(1) == labels).sum()
        return float(total) / len(x), int(right) / len(x)

    def fit(self, images, batch, epochs):
        torch.set_num_threads(self.threads)
        x, y = self.shaped(X[:images]), Y[:images]
        return [peer.timed(lambda: self.epoch(x, y, batch))[0] for _ in range(epochs)]


def calibrate(name):
    """The fastest way. One that does not work is none."""
    ways = [{"threads": threads} for threads in sorted({THREADS, 1})]
    if hasattr(torch, "compile"):
        ways += [dict(way, compile=True) for way in ways]
    images, batch = {"mlp": (12800, 256), "mobilenet_v2": (128, 32), "resnet20": (256, 128)}.get(name, (1280, 128))
    return peer.fastest(ways, lambda how: min(Run(name, **how).fit(images, batch, 4)[1:]), name)


def find(name):
    if name not in models:
        how = {} if name == "big" else calibrate(name)
        models[name] = Run(name, **how), how
    return models[name]


def epoch(name, images, batch, epochs, threads):
    run, how = find(name)
    return {"seconds": run.fit(int(images), int(batch), int(epochs)), "how": how}


def infer(name, images, batch, threads):
    run, how = find(name)
    x, y = run.shaped(X_TEST[:int(images)]), Y_TEST[:int(images)]
    torch.set_num_threads(run.threads)
    seconds, figures = peer.timed(lambda: run.evaluate(x, y, int(batch)))
    return {"seconds": [seconds], "accuracy": figures[1]}


# ---- one image ----

def predictor(name, how):
    """A function that gives the outputs of an image, as numpy."""
    torch.set_num_threads(how["threads"])
    run = Run(name)
    model, x = run.model.eval(), run.shaped(X[:1])
    with torch.no_grad():
        if how.get("freeze"):
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))

    @torch.no_grad()
    def work():
        torch.set_num_threads(how["threads"])
        return model(x).numpy()

    return work


def way(name, what):
    """What the other tasks then take, in a process of their own: "take" says it there."""
    if what == "epoch":
        return {"how": calibrate(name)}

    def time(how):
        work = predictor(name, how)
        peer.times(work, 20)
        return statistics.median(peer.times(work, 100))

    ways = [{"threads": threads, "freeze": freeze} for threads in sorted({THREADS, 1}) for freeze in (False, True)]
    return {"how": peer.fastest(ways, time, name)}


def take(name, what, how):
    how = json.loads(how)
    models[name] = (Run(name, **how) if what == "epoch" else predictor(name, how)), how
    return {"how": how}


def one(name, count, threads):
    return {"seconds": peer.times(find(name)[0], int(count))}


def step(count):
    model, loss = nn.Linear(1, 1), nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(model.parameters())
    x, y = torch.full((1, 1), 0.5), torch.zeros(1, dtype=torch.int64)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss(model(x), y).backward()
        optimizer.step()

    torch.set_num_threads(1)
    seconds = [peer.timed(train)[0] for _ in range(int(count))]
    torch.set_num_threads(THREADS)
    return {"seconds": seconds}


def save(name, path):
    """In its own format, where Keras saves .h5."""
    if not path.endswith(".h5"):
        return None
    run, how = find(name)

    def work():
        torch.save({"model": run.model.state_dict(), "optimizer": run.optimizer.state_dict()}, path)
        peer.sync(path)

    return {"seconds": [peer.timed(work)[0]]}


def load(name, path):
    if not path.endswith(".h5"):
        return None

    def work():
        run, state = Run(name), torch.load(path)
        run.model.load_state_dict(state["model"])
        run.optimizer.load_state_dict(state["optimizer"])

    return {"seconds": [peer.timed(work)[0]]}


peer.serve({"version": "PyTorch " + torch.__version__.split("a")[0].split("+")[0]},
           {"epoch": epoch, "infer": infer, "way": way, "take": take, "one": one, "step": step, "save": save, "load": load})
