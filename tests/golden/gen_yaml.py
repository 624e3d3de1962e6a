"""usage: gen_yaml.py, in the environment of PyTorch, which has PyYAML: the architecture of keras2.15/D.json as Keras 2.0 to 2.5 wrote it.

to_yaml was yaml.dump of what to_json writes, with tuples for shapes. PyYAML before 5.1 put the innermost lists and objects on one line
(inner.yaml), later ones none (block.yaml); flow.yaml is all on lines of braces. In names.yaml equal tuples are one object, as a literal
of Python in one function is, which PyYAML writes once, with a name."""
import json
import os

import yaml

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "yaml"))
known = {}


def with_tuples(value, shared, key=""):
    if isinstance(value, dict):
        return {k: with_tuples(v, shared, k) for k, v in value.items()}
    if isinstance(value, list) and key in ("batch_input_shape", "kernel_size", "strides", "pool_size", "dilation_rate", "target_shape", "padding"):
        pair = tuple(map(tuple, value)) if isinstance(value[0], list) else tuple(value)
        return known.setdefault(pair, pair) if shared else pair
    return [with_tuples(v, shared) for v in value] if isinstance(value, list) else value


with open("../keras2.15/D.json") as file:
    model = json.load(file)
model["keras_version"] = "2.2.4-tf"
for name, style, shared in ("inner", None, False), ("block", False, False), ("flow", True, False), ("names", None, True):
    with open(name + ".yaml", "w") as file:
        yaml.dump(with_tuples(model, shared), file, default_flow_style=style)
