"""usage: yaml_files.py: architectures as YAML, in PyYAML and in Horn."""
import glob
import json
import tempfile

import yaml
from common import check, check_refused, finish, horn


def tree_of(path, folder):
    """As Horn writes it as JSON."""
    horn("convert", path, folder + "/tree.json", "--to", "json")
    with open(folder + "/tree.json") as file:
        return json.load(file)


def with_tuples(value):
    if isinstance(value, dict):
        return {key: tuple(v) if key.endswith(("shape", "size", "strides")) and v else with_tuples(v) for key, v in value.items()}
    return [with_tuples(v) for v in value] if isinstance(value, list) else value


class Evil:
    def __reduce__(self):
        return print, ("called",)


with tempfile.TemporaryDirectory() as folder:
    for path in sorted(glob.glob("models/*.json") + glob.glob("tests/golden/keras*/D.json")):
        tree = tree_of(path, folder)
        horn("convert", path, folder + "/horn.yaml")
        with open(folder + "/horn.yaml") as file:
            text = file.read()
        check("%s: safe_load gives the tree of the JSON" % path, yaml.safe_load(text) == tree)
        check("%s: the text is PyYAML's" % path, text == yaml.dump(tree, sort_keys=False), "%d bytes" % len(text))
        for style in None, False, True:
            for sort in True, False:
                with open(folder + "/old.yaml", "w") as file:
                    yaml.dump(with_tuples(tree), file, default_flow_style=style, sort_keys=sort)
                check("%s as PyYAML writes it, style %s, sorted %s" % (path, style, sort), tree_of(folder + "/old.yaml", folder) == tree)
    tree["config"]["layers"][1]["config"]["name"] = Evil()
    with open(folder + "/evil.yaml", "w") as file:
        yaml.dump(tree, file)
    check_refused("a call in YAML", "the tag !!python/object/apply:builtins.print", "convert", folder + "/evil.yaml", folder + "/x.json")
finish()
