"""What the scripts about Functional models share: what a model calls, and its optimizer's variables."""
import json
import re

from common import np


def variables(model):
    if hasattr(model.optimizer, "build"):  # a SavedModel's wait for it
        model.optimizer.build(model.trainable_variables)
    given = model.optimizer.variables
    return [np.asarray(v) for v in (given() if callable(given) else given)]


def calls(model):
    """What each layer is called on, from the config: names and numbers of calls, in the spelling of any Keras."""
    found = {}
    for entry in json.loads(model.to_json())["config"]["layers"]:
        found[entry["name"]] = re.findall(r'\["([\w.]+)", (\d+), 0', json.dumps(entry["inbound_nodes"]))
    if model.name == "masked":  # Keras 3 records what computes a mask anew, under other names
        names = {layer.name for layer in model.layers}
        found = {name: [call for call in calls if call[0] in names] for name, calls in found.items() if name in names}
    return found
