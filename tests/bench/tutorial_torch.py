"""The tutorial that ./train runs by default, as a script of PyTorch.

usage: tutorial_torch.py MODEL.pt"""
import sys

import torch
from torch import nn

import peer

SLICE = "datasets/fashion-mnist"


def load(part, count):
    return (torch.from_numpy(peer.images(part, SLICE)[:count]),
            torch.from_numpy(peer.labels(part, SLICE)[:count].astype("int64")))


(x, y), (x_test, y_test) = load("train", 1024), load("t10k", 512)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
optimizer = torch.optim.RMSprop(model.parameters(), 0.1, alpha=0.9)
loss = nn.CrossEntropyLoss()


@torch.no_grad()
def evaluate(what, images, labels):
    model.eval()
    outputs = model(images)
    print("%s: loss %.3f, accuracy %.3f" % (what, loss(outputs, labels), (outputs.argmax(1) == labels).float().mean()))
    model.train()


print(model)
evaluate("before", x_test, y_test)
for epoch in range(10):
    for index in torch.randperm(512).split(256):
        optimizer.zero_grad(set_to_none=True)
        loss(model(x[index]), y[index]).backward()
        optimizer.step()
    evaluate("epoch %d" % (epoch + 1), x[512:], y[512:])
evaluate("after", x_test, y_test)
torch.save(model.state_dict(), sys.argv[1])
