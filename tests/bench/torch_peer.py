"""PyTorch's side of the benchmark: a plain loop with the data in memory as tensors; images channels_last."""
import sys

THREADS = int(sys.argv[1])
import torch
from torch import nn

import peer

torch.set_num_threads(THREADS)
X, X_TEST = (torch.from_numpy(peer.images(part)) for part in ("train", "t10k"))
Y, Y_TEST = (torch.from_numpy(peer.labels(part).astype("int64")) for part in ("train", "t10k"))
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
    if name == "lstm":
        return [LastStep(28, 128), nn.Linear(128, 10)]
    raise ValueError(name)


class Run:
    def __init__(self, name, compile=False, threads=THREADS):
        torch.set_num_threads(threads)
        self.threads = threads
        self.is_image = "cnn" in name
        self.model = nn.Sequential(*layers(name))
        if self.is_image:
            self.model = self.model.to(memory_format=torch.channels_last)
        parameters = self.model.parameters()
        self.optimizer = torch.optim.SGD(parameters, 0.01) if name == "big" else \
            torch.optim.RMSprop(parameters, 0.001, alpha=0.9)
        self.loss = nn.CrossEntropyLoss()
        self.forward = torch.compile(self.model) if compile else self.model

    def shaped(self, x):
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
    images, batch = (12800, 256) if name == "mlp" else (1280, 128)
    took = {}
    for i, how in enumerate(ways):
        try:
            took[i] = min(Run(name, **how).fit(images, batch, 4)[1:])
        except Exception as error:
            print("%s %s: %s" % (name, how, error), file=sys.stderr)
    return ways[min(took, key=took.get)]


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
           {"epoch": epoch, "infer": infer, "step": step, "save": save, "load": load})
