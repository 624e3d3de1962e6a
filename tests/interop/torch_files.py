"""usage: torch_files.py: PyTorch loads what Horn writes, and Horn reads what PyTorch writes: .pth and .pkl, archives and the older form."""
import os
import shutil
import tempfile
import zipfile

import torch
from torch import nn

from common import check, check_close, check_refused, check_same_bits, finish, horn, horn_predict, np

folder = tempfile.mkdtemp()
images = np.random.default_rng(1).integers(0, 256, (8, 28, 28)).astype(np.uint8)
x = torch.tensor(images / np.float32(255), dtype=torch.float32)[:, None]
NORM = dict(eps=1e-3, momentum=0.01)
MODULES = {
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)),
    "cnn": lambda: nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                                 nn.Dropout(), nn.Linear(1600, 10)),
    "bn_cnn": lambda: nn.Sequential(nn.Conv2d(1, 32, 3, bias=False), nn.BatchNorm2d(32, **NORM), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, bias=False),
                                    nn.BatchNorm2d(64, **NORM), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10)),
}


def at(name):
    return os.path.join(folder, name)


def predictions(module):
    with torch.no_grad():
        return module.eval()(x).numpy()


COUNTED = ("num_batches_tracked",)  # Horn writes the optimizer's step, if it saves one


def arrays(state, without=()):
    return [v.detach().numpy() for k, v in state.items() if not k.endswith(without)]


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def check_written(name):
    """What Horn writes, in PyTorch."""
    horn("train", "--model", "models/%s.json" % name, "--samples", 256, "--epochs", 1, "--no-checkpoint", "--save", at(name + ".pth"),
         "--save-weights", at(name + ".weights.pth"))
    whole, state = torch.load(at(name + ".pth")), torch.load(at(name + ".weights.pth"), weights_only=True)
    check("%s: the dict of a checkpoint" % name, list(whole) == ["model", "optimizer", "best_loss", "epoch"], str(list(whole)))
    check_same_bits("%s: the checkpoint and the state_dict" % name, arrays(whole["model"], COUNTED), arrays(state, COUNTED))
    module = MODULES[name]()
    versions = {k: v["version"] for k, v in module.state_dict()._metadata.items()}
    check("%s: versions of modules" % name, {k: v["version"] for k, v in state._metadata.items()} == versions)
    module.load_state_dict(state, strict=True)
    check_close("%s: predictions" % name, predictions(module), horn_predict(at(name + ".pth"), folder, images), 1e-5)
    torch.save(state, at("again.pth"))
    own, theirs = members(at(name + ".weights.pth")), members(at("again.pth"))
    check("%s: the bytes of each member that PyTorch %s writes" % (name, torch.__version__.split("a")[0]), all(own[k] == theirs[k] for k in theirs),
          str([k for k in theirs if own.get(k) != theirs[k]]))


def check_read(name, label, value, **options):
    """What PyTorch writes, through Horn, and back in PyTorch."""
    module = MODULES[name]()
    state = module.state_dict()
    torch.save(value(state), at("theirs.pth"), **options)
    horn("convert", at("theirs.pth"), at("back.pth"), "--architecture", "models/%s.json" % name)
    back = torch.load(at("back.pth"))["model"]
    check_same_bits("%s, %s: the same bits through Horn" % (name, label), arrays(back, COUNTED), arrays(state, COUNTED))
    module.load_state_dict(back, strict=True)
    check_close("%s, %s: predictions" % (name, label), horn_predict(at("back.pth"), folder, images), predictions(module), 1e-5)


def check_types():
    state = MODULES["mlp"]().state_dict()
    for dtype in (torch.half, torch.bfloat16, torch.double):
        torch.save({k: v.to(dtype) for k, v in state.items()}, at("typed.pth"))
        horn("convert", at("typed.pth"), at("back.pth"), "--architecture", "models/mlp.json")
        back = torch.load(at("back.pth"))["model"]
        check("%s becomes float32" % dtype, all(torch.equal(back[k], state[k].to(dtype).float()) for k in state))
    views = {k: v.t().contiguous().t() if v.dim() == 2 else torch.stack([v, v], 1)[:, 1] for k, v in state.items()}
    torch.save(views, at("views.pth"))
    torch.save(state, at("plain.pth"))
    horn("inspect", at("views.pth"), "--compare", at("plain.pth"))
    check("views of storages equal plain tensors", True)
    for name, archive in (("views.pth", True), ("plain.pkl", False)):
        torch.save(state, at("plain.pkl"), _use_new_zipfile_serialization=False)
        check("inspect --verify %s" % name, "verified" in horn("inspect", "--verify", at(name)))


def check_refusals():
    class Other(nn.Module):
        pass
    quantized = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    for name, value, words in (
            ("a whole module", MODULES["mlp"](), "holds a whole module, expected its state_dict"),
            ("a complex tensor", {"w": torch.ones(2, dtype=torch.complex64)}, "holds complex numbers"),
            ("a quantized tensor", {"w": quantized}, "holds a quantized tensor"),
            ("a sparse tensor", {"w": torch.ones(2).to_sparse()}, "holds a sparse tensor"),
            ("a NumPy number", {"model": MODULES["mlp"]().state_dict(), "best_loss": np.float64(1)}, "holds an object of NumPy"),
            ("a function", {"f": os.system}, "refers to posix.system, which is never called or read")):
        for new in (True, False):
            torch.save(value, at("refused.pth"), _use_new_zipfile_serialization=new)
            check_refused("%s is refused%s" % (name, "" if new else ", in the older form"), words, "inspect", at("refused.pth"))
    torch.jit.script(MODULES["mlp"]()).save(at("script.pt"))
    check_refused("TorchScript is refused", "is a model of TorchScript", "inspect", at("script.pt"))


def check_run():
    """A run whose checkpoints are .pth goes on as if it had not stopped."""
    train = ["train", "--save", at("end.h5"), "--checkpoint"]
    horn(*train, at("whole/epoch{epoch}.pth"), "--epochs", 4)
    shutil.copy(at("end.h5"), at("whole.h5"))
    horn(*train, at("halves/epoch{epoch}.pth"), "--epochs", 2)
    horn(*train, at("halves/epoch{epoch}.pth"), "--epochs", 4)
    same = all(open(at("whole" + end), "rb").read() == open(at(other + end), "rb").read()
               for other, end in (("halves", "/epoch3.pth"), ("halves", "/epoch4.pth"), ("end", ".h5")))
    check("a run that was stopped has the same checkpoints and the same end", same)
    last = torch.load(at("halves/epoch4.pth"))
    check("the checkpoint's epoch and best_loss", last["epoch"] == 4 and 0 < last["best_loss"] < 1e4, "%s, %s" % (last["epoch"], last["best_loss"]))
    module = MODULES["mlp"]()
    module.load_state_dict(last["model"], strict=True)
    torch.optim.RMSprop(module.parameters()).load_state_dict(last["optimizer"])


for name in MODULES:
    check_written(name)
for name in ("mlp", "bn_cnn"):
    check_read(name, "an archive", lambda s: s)
    check_read(name, "the older form", lambda s: s, _use_new_zipfile_serialization=False)
check_read("mlp", "'net' and 'acc'", lambda s: {"net": s, "acc": 91.5, "epoch": 3})
check_read("mlp", "'state_dict' with 'module.'", lambda s: {"state_dict": {"module." + k: v for k, v in s.items()}, "epoch": 3, "arch": "mlp"})
check_read("mlp", "'model_state_dict'", lambda s: {"model_state_dict": s, "loss": torch.tensor(0.5), "args": (1, [2, None])})
check_read("mlp", "parameters", lambda s: {k: nn.Parameter(v) for k, v in s.items()})
check_types()
check_refusals()
check_run()
shutil.rmtree(folder)
finish()
