"""usage: gen_call_order.py FOLDER: random graphs of layers, and the order in which Keras puts the layers of each (written with Keras 2.15.0; Keras 3.15.1
gives the same file).

A line of graphs.txt is a model: "LAYER:VALUE,VALUE LAYER:VALUE ... | OUTPUT ... | LAYER ...": the calls in the order in which they were made, on values (0 is the
input, K + 1 what call K gives); the outputs; the layers in the order of model.layers, the input left out."""
import os
import sys

import keras
import numpy as np

GRAPHS = 60
rng = np.random.default_rng(5)


def make():
    values, calls, layers, counts = [keras.Input((3,))], [], [], []
    for _ in range(int(rng.integers(2, 14))):
        if rng.random() < 0.35 and len(values) > 1:
            count = int(rng.integers(2, 4))
            layers.append(keras.layers.Add())
            counts.append(0)
            layer = len(layers) - 1
        else:
            count = 1
            shared = [i for i, n in enumerate(counts) if n]
            if shared and rng.random() < 0.3:
                layer = int(rng.choice(shared))
            else:
                layers.append(keras.layers.Dense(3))
                counts.append(1)
                layer = len(layers) - 1
        taken = [int(rng.integers(0, len(values))) for _ in range(count)]
        given = [values[i] for i in taken]
        values.append(layers[layer](given if count > 1 else given[0]))
        calls.append((layer, taken))
    used = {i for _, taken in calls for i in taken}
    outputs = [int(i) for i in rng.permutation([i for i in range(1, len(values)) if i not in used])]
    model = keras.Model(values[0], [values[i] for i in outputs])
    names = [layer.name for layer in layers]
    order = [names.index(layer.name) for layer in model.layers if layer.name in names]
    return " ".join("%d:%s" % (layer, ",".join(map(str, taken))) for layer, taken in calls) + " | %s | %s" % (" ".join(map(str, outputs)), " ".join(map(str, order)))


with open(os.path.join(sys.argv[1], "graphs.txt"), "w") as file:
    file.write("\n".join(make() for _ in range(GRAPHS)) + "\n")
