"""Files of safetensors' own writer, in .venv/torch: every dtype that Horn reads, sizes of 0, ranks from 0 to 9, names that JSON
escapes. small.safetensors has two that Horn reads as float32 or not at all; types.safetensors has the arrays of types.npz.

    .venv/torch/bin/python tests/golden/gen_safetensors.py
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent / "safetensors"
TYPES = ["bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "float32", "float64", "int64", "uint64"]


def values(*shape, dtype="float32"):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def main():
    HERE.mkdir(exist_ok=True)
    plain = {f"{i}.{t}": values(2, 3, dtype=t) for i, t in enumerate(TYPES)}
    plain |= {'quote " back \\ tab\t umlaut ä.x': values(1), "scalar": values(), "none.x": values(0, 3), "a.b.c": values(5)}
    plain |= {"10.weight": values(2), "9.weight": values(2), "\x01\x1f\x7f.x": values(2), "rank.8": values(*[1] * 8)}
    save_file(plain, HERE / "plain.safetensors", {"format": "pt"})
    save_file({"half": values(3, dtype="float16"), "rank9": values(*[1] * 9)}, HERE / "small.safetensors")
    save_file(dict(np.load(HERE / "types.npz")), HERE / "types.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
