"""Writes torch_steps.h: what PyTorch's optimizers make of five weights in four steps.

    python3 tests/golden/gen_torch_steps.py > tests/golden/torch_steps.h
"""
import json

import numpy as np
import torch

rng = np.random.default_rng(7)  # as in gen_steps.py
W = rng.normal(size=5).astype("float32")
G = (rng.normal(size=(4, 5)) * [1, 1e-3, 1e-6, 30, 1]).astype("float32")
G[:, 4] = 0

O = torch.optim
CASES = [
    ("SGD", dict(learning_rate=0.1, momentum=0.9), O.SGD, dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(learning_rate=0.1, momentum=0.9, dampening=0.25, weight_decay=0.01), O.SGD, dict(lr=0.1, momentum=0.9, dampening=0.25, weight_decay=0.01)),
    ("SGD", dict(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.5), O.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.5)),
    ("RMSprop", dict(learning_rate=0.01, rho=0.99, epsilon=1e-8), O.RMSprop, dict()),
    ("RMSprop", dict(learning_rate=0.01, rho=0.9, epsilon=1e-3, momentum=0.5, weight_decay=0.1), O.RMSprop,
     dict(alpha=0.9, eps=1e-3, momentum=0.5, weight_decay=0.1)),
    ("RMSprop", dict(learning_rate=0.01, rho=0.9, epsilon=1e-3, momentum=0.5, centered=True), O.RMSprop, dict(alpha=0.9, eps=1e-3, momentum=0.5, centered=True)),
    ("RMSprop", dict(learning_rate=0.01, rho=0.9, epsilon=1e-3, centered=True), O.RMSprop, dict(alpha=0.9, eps=1e-3, centered=True)),
    ("Adam", dict(learning_rate=0.01, epsilon=1e-8), O.Adam, dict(lr=0.01)),
    ("Adam", dict(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-3, amsgrad=True, weight_decay=0.1), O.Adam,
     dict(lr=0.01, betas=(0.8, 0.99), eps=1e-3, amsgrad=True, weight_decay=0.1)),
    ("AdamW", dict(learning_rate=0.01, epsilon=1e-3, weight_decay=0.1), O.AdamW, dict(lr=0.01, eps=1e-3, weight_decay=0.1)),
]


def numbers(values):
    texts = [f"{float(v):.9g}" for v in values]
    return "{ " + ", ".join(t + ("f" if "." in t or "e" in t else ".0f") for t in texts) + " }"


print(f"/* Made by gen_torch_steps.py with PyTorch {torch.__version__}. */")
print("static const struct {\n    const char *name, *arguments;\n    float after[STEPS][STEP_WEIGHTS];\n} torch_cases[] = {")
for name, arguments, cls, given in CASES:
    w = torch.tensor(W, requires_grad=True)
    o = cls([w], **given)
    said = json.dumps(dict(arguments, update_rule="torch")).replace('"', '\\"')
    print(f'    {{ "{name}", "{said}",\n      {{')
    for g in G:
        w.grad = torch.tensor(g)
        o.step()
        print(f"        {numbers(w.detach().numpy())},")
    print("      } },")
print("};")
