"""Writes the .npy and .npz files beside it: python gen_numpy.py (made with numpy 1.26.4; 2.4.6 gives the same bytes but
for the pickle in refused_object.npy).

Element i, counted in row-major order, is 3 i - 4 for signed types, 3 i + 1 for unsigned ones, i / 2 - 1 for floats and
i odd for bool: the tests compute the same. <type>.npy has shape (2, 3); be_ is big-endian, f_ in Fortran order, vN_ of
version N; shape_ tries header lengths.
"""
import numpy as np
from numpy.lib import format as npy

TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]


def make(dtype, shape):
    i = np.arange(int(np.prod(shape)))
    kind = np.dtype(dtype).kind
    values = {"b": i % 2 == 1, "i": 3 * i - 4, "u": 3 * i + 1, "f": i / 2 - 1}[kind]
    return values.astype(dtype).reshape(shape)


def save(name, array, version=(1, 0)):
    with open(name, "wb") as f:
        npy.write_array(f, array, version=version, allow_pickle=True)


for t in TYPES:
    a = make(t, (2, 3))
    np.save(f"{t}.npy", a)
    np.save(f"f_{t}.npy", np.asfortranarray(a))
    if a.itemsize > 1:
        np.save(f"be_{t}.npy", a.astype(a.dtype.newbyteorder(">")))
np.save("be_f_int32.npy", np.asfortranarray(make("int32", (2, 3, 4)).astype(">i4")))
save("v2_float32.npy", make("float32", (2, 3)), (2, 0))
save("v3_float32.npy", make("float32", (2, 3)), (3, 0))
for shape in [(), (4,), (0,), (3, 0, 2), (1, 2, 3, 2), (2, 1, 1, 1, 1, 1, 1, 2), (0, 1234567890123456),
              (0, 10, 10, 10, 10, 10, 10, 1000000000000)]:
    np.save("shape_" + "x".join(map(str, shape)) + ".npy", make("float32", shape))
# what is refused: objects, structures, complex and half numbers, texts, dates, nine axes
np.save("refused_object.npy", np.array([None, 1], dtype=object), allow_pickle=True)
np.save("refused_struct.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save("refused_complex.npy", np.zeros(2, dtype="complex64"))
np.save("refused_half.npy", np.zeros(2, dtype="float16"))
np.save("refused_text.npy", np.array(["ab", "c"]))
np.save("refused_date.npy", np.array(["2020-01-01"], dtype="datetime64[D]"))
np.save("refused_rank9.npy", np.zeros((1,) * 9, dtype="float32"))

data = dict(x_train=make("uint8", (6, 2, 2)), y_train=np.arange(6) % 3,
            x_test=make("uint8", (4, 2, 2)), y_test=np.arange(4) % 3)
np.savez("stored.npz", **data)
np.savez_compressed("packed.npz", **data)
data["x_train"], data["x_test"] = make("float32", (6, 4)), make("float32", (4, 4))
data["y_train"], data["y_test"] = np.eye(3, dtype="float32")[np.arange(6) % 3], np.eye(3, dtype="float32")[np.arange(4) % 3]
np.savez("one_hot.npz", **data)
