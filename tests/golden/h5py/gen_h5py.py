"""Writes the .h5 files of this folder with h5py: every dialect of texts, types, layouts and filters that Horn reads.
Run from anywhere with Keras 2.15 and h5py at hand (made with h5py 3.16.0 on HDF5 2.0.0, numpy 1.26.4); their bytes differ
from run to run only where HDF5 stores times."""
import os

import h5py
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))


def new(name, **how):
    return h5py.File(os.path.join(here, name + ".h5"), "w", **how)


def fixed(size, padding, charset=h5py.h5t.CSET_ASCII):
    t = h5py.h5t.C_S1.copy()
    t.set_size(size)
    t.set_strpad(padding)
    t.set_cset(charset)
    return t


def attribute(h, name, t, values):
    space = h5py.h5s.create(h5py.h5s.SCALAR) if values.shape == () else h5py.h5s.create_simple(values.shape)
    h5py.h5a.create(h.id, name.encode(), t, space).write(values, mtype=t)


with new("texts") as h:
    h.attrs["utf8"] = "κέρας"                      # variable length, UTF-8
    h.attrs["ascii"] = b"tensorflow"               # variable length, ASCII
    h.attrs["empty"] = ""
    h.attrs["long"] = "0123456789" * 7000          # beyond the 64 KB of an attribute
    h.attrs["numpy"] = np.bytes_(b"fixed")         # fixed length, NULLPAD
    attribute(h, "nullterm", fixed(6, h5py.h5t.STR_NULLTERM), np.array(b"fixed", "S6"))
    attribute(h, "nullpad", fixed(5, h5py.h5t.STR_NULLPAD), np.array(b"fixed", "S5"))
    attribute(h, "spacepad", fixed(8, h5py.h5t.STR_SPACEPAD), np.array(b"fixed   ", "S8"))
    attribute(h, "utf8fixed", fixed(10, h5py.h5t.STR_NULLPAD, h5py.h5t.CSET_UTF8), np.array("κέρας".encode(), "S10"))
    h.attrs["list"] = [b"dense", b"flatten", b""]  # variable length, ASCII
    h.attrs["list_utf8"] = ["dense", "κ"]
    h.attrs["list_fixed"] = np.array([b"dense", b"flatten", b"a"])
    attribute(h, "list_space", fixed(4, h5py.h5t.STR_SPACEPAD), np.array([b"ab  ", b"abcd", b"    "], "S4"))
    h.attrs["none"] = np.zeros(0)                  # Keras' empty list: float64 of shape (0,)
    h.attrs["nothing"] = h5py.Empty("S1")
    h.attrs["number"] = np.float32(1.5)
    h["dataset"] = np.array([b"text", b"not"])

with new("numbers") as h:
    for t in "<i1 <i2 <i4 <i8 <u1 <u2 <u4 <u8 <f2 <f4 <f8 >i2 >i4 >i8 >u2 >u4 >u8 >f2 >f4 >f8".split():
        h[t.replace("<", "little_").replace(">", "big_")] = np.array([[0, 1, 2], [3, 4, 100]]).astype(t)
    h["bool"] = np.array([[False, True, True], [False, False, True]])
    h["negative"] = np.array([-1, -128], "i1")
    h["scalar"] = np.float32(3.5)
    h["iteration"] = np.int64(1234567890123)
    h["none"] = np.zeros((0, 4), "f4")
    h["null"] = h5py.Empty("f4")

x = np.arange(60, dtype="f4").reshape(6, 10)
with new("layouts") as h:
    h["contiguous"] = x
    h.create_dataset("chunked", data=x, chunks=(4, 3))
    h.create_dataset("growing", data=x, chunks=(6, 10), maxshape=(None, 10))
    h.create_dataset("gzip", data=x, chunks=(4, 4), compression="gzip", compression_opts=9)
    h.create_dataset("shuffle_gzip", data=x, compression="gzip", shuffle=True)
    h.create_dataset("shuffle_gzip_fletcher", data=x, chunks=(5, 5), compression="gzip", shuffle=True, fletcher32=True)
    h.create_dataset("many_chunks", data=x, chunks=(1, 1), fletcher32=True)
    create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    create.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(h.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((6, 10)), create).write(
        h5py.h5s.ALL, h5py.h5s.ALL, x)

for name, how in ("latest", dict(libver="latest")), ("tracked", dict(track_order=True)):
    with new(name, **how) as h:
        h.attrs["backend"] = "tensorflow"
        g = h.create_group("group/deeper")
        g.attrs["weight_names"] = [b"x"]
        g["x"] = x

with new("many") as h:  # group trees of two levels, names in order
    for i in range(300):
        h["group_%03d" % (i * 7 % 300)] = np.int32(i * 7 % 300)

from keras.src.saving.legacy.hdf5_format import save_attributes_to_hdf5_group  # noqa: E402

with new("split") as h:  # Keras' own way with more than 64,512 bytes of names
    save_attributes_to_hdf5_group(h, "layer_names", [b"layer_%04d_%s" % (i, b"x" * (i % 60)) for i in range(1001)])
    save_attributes_to_hdf5_group(h, "weight_names", [])

with new("plain_groups") as h:
    h.attrs["backend"] = "tensorflow"
    h["group/deeper/x"] = x
    h["group/deeper"].attrs["weight_names"] = [b"x"]
    # superblock 2 with groups as older files have them; user blocks before either superblock
    for name, how in (("old_groups", dict(libver="latest")), ("user_block", dict(userblock_size=512)),
                      ("user_block_latest", dict(userblock_size=2048, libver="latest"))):
        with new(name, **how) as other:
            other.attrs["backend"] = h.attrs["backend"]
            h.copy("group", other)
os.remove(os.path.join(here, "plain_groups.h5"))
for name in "user_block", "user_block_latest":  # what a user block is for
    with open(os.path.join(here, name + ".h5"), "r+b") as file:
        file.write(b"a text before the file")

with new("utf8_names") as h:  # a link with a UTF-8 name turns its group into one of the newer kind; who names the group
    for name in "group/deeper", "group/κέρας", "κ/deeper":  # keeps the addresses of the table that it was
        h.create_group(name)
        h[name]["ascii"] = x
        h[name]["слой"] = x + 1
