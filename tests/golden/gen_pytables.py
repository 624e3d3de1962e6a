"""usage: gen_pytables.py, in the environment of PyTorch: deepdish/shuffled.h5, and in deepdish/hostile files of PyTables that Horn refuses."""
import os

import numpy as np
np.object = object
import deepdish
import tables

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "deepdish", "hostile"))
small = np.arange(6, dtype="float32").reshape(2, 3)


def made(name, fill):
    with tables.open_file(name + ".h5", "w", track_times=False) as file:
        file.create_array("/", "a", small)
        fill(file)


def empty(name, shape, dtype, type_="int64"):
    def fill(file):
        array = file.create_array("/", "z", np.array(shape, type_))
        array._v_attrs.zeroarray_dtype = dtype
    made("empty_" + name, fill)


def link(name, *targets):
    def fill(file):
        file.create_group("/", "g")
        for i, target in enumerate(targets):
            file.create_soft_link("/", "l%d" % i, target)
    made("link_" + name, fill)


def deep(file):
    where = "/"
    for i in range(200):
        where = file.create_group(where, "g")
    file.create_array(where, "a", small)


def repeated(file):
    file.create_carray("/", "big", obj=np.zeros((1 << 18,), "float32"), filters=tables.Filters(9, "zlib"))
    for i in range(40):
        file.create_soft_link("/", "r%d" % i, "/big")


class Row(tables.IsDescription):
    x = tables.Float32Col()
    y = tables.Int32Col()


made("pickled", lambda f: f.create_vlarray("/", "s", tables.ObjectAtom(), chunkshape=1).append({1, 2}))
made("bzip2", lambda f: f.create_carray("/", "b", obj=np.zeros((64, 64), "f4"), filters=tables.Filters(5, "bzip2")))
made("blosc", lambda f: f.create_carray("/", "b", obj=np.zeros((64, 64), "f4"), filters=tables.Filters(5, "blosc")))
made("table", lambda f: f.create_table("/", "t", Row))
made("compound", lambda f: f.create_table("/", "t", np.zeros(2, [("r", "f4"), ("j", "f4")]), chunkshape=1))
made("time", lambda f: f.create_carray("/", "t", tables.Time32Atom(), (2,)))
made("vlen_text", lambda f: f.create_vlarray("/", "t", tables.VLUnicodeAtom(), chunkshape=1))
made("earray", lambda f: f.create_earray("/", "e", tables.Float32Atom(), (0, 2)))
made("external", lambda f: f.create_external_link("/", "x", "other.h5:/a"))
made("deep", deep)
made("repeated", repeated)
empty("elements", [2, 3], "<f4")
empty("negative", [0, -1], "<f4")
empty("axes", [0] * 9, "<f4")
empty("type", [0, 2], "<q7")
empty("short", [0, 2], "<f4", "int32")
empty("scalar", 0, "<f4")
empty("huge", [0, 1 << 62, 1 << 62], "<f4")
link("itself", "/l0")
link("nothing", "/nothing")
link("group", "/g")
link("root", "/")
link("relative", "a")
link("chain", "/a", "/l0")
link("up", "/g/../a")
deepdish.io.save("../shuffled.h5", {"x": np.float32(np.arange(400)) / np.float32(7)})
