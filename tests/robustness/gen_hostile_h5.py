"""Writes hostile_h5/*.h5: files that must be refused, each for one reason, which test_hdf5_hostile.c names.
Run from anywhere with h5py and numpy (made with h5py 3.16.0 on HDF5 2.0.0)."""
import os
import struct
import zlib

import h5py
import numpy as np

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile_h5")
SECRET = "/tmp/horn-hostile-secret"  # the test puts a file there and looks for its words
x = np.arange(12, dtype="f4").reshape(3, 4)
D = h5py.h5d
P = h5py.h5p


def path(name):
    return os.path.join(here, name + ".h5")


def new(name, **how):
    return h5py.File(path(name), "w", **how)


def create(h, name, t, shape, plist=None, maximal=None):
    return D.create(h.id, name.encode(), t, h5py.h5s.create_simple(shape, maximal), plist)


def patch(name, source, old, value, occurrence=0, offset=0):
    """A copy of `source` with the bytes at an occurrence of `old` (or, an int, at that place) replaced."""
    b = bytearray(open(path(source), "rb").read())
    at = old if isinstance(old, int) else -1
    if at < 0:
        for _ in range(occurrence + 1):
            at = b.index(old, at + 1)
    b[at + offset:at + offset + len(value)] = value
    open(path(name), "wb").write(b)


def u64(n):
    return struct.pack("<Q", n)


# --- another file's content ---
with new("external_storage") as h:
    p = P.create(P.DATASET_CREATE)
    p.set_external(SECRET.encode(), 0, 16)
    create(h, "x", h5py.h5t.STD_U8LE, (16,), p)
with new("external_link") as h:
    h["x"] = h5py.ExternalLink(SECRET + ".h5", "/x")
with new("external_link_on_the_way") as h:
    h["group"] = x
    h["a/b"] = h5py.ExternalLink(SECRET + ".h5", "/")
with new("soft_link") as h:
    h["y"] = x
    h["x"] = h5py.SoftLink("/y")
with new("soft_link_to_nothing") as h:
    h["x"] = h5py.SoftLink("/missing")
with new("soft_link_on_the_way") as h:
    h["real/x"] = x
    h["group"] = h5py.SoftLink("/real")
with new("soft_link_to_itself") as h:
    h["x"] = h5py.SoftLink("/x")
with new("soft_link_latest", libver="latest") as h:
    h["y"] = x
    h["x"] = h5py.SoftLink("/y")
with new("external_link_latest", libver="latest") as h:
    h["x"] = h5py.ExternalLink(SECRET + ".h5", "/x")
for name, file in ("virtual", SECRET + ".h5"), ("virtual_of_itself", "."):
    with new(name, libver="latest") as h:
        layout = h5py.VirtualLayout(shape=(3, 4), dtype="f4")
        layout[:] = h5py.VirtualSource(file, "x", shape=(3, 4))
        h.create_virtual_dataset("x", layout)

# --- more than the file holds ---
with new("contiguous_tebibytes") as h:
    h.create_dataset("x", shape=(1 << 40,), dtype="f4")
with new("chunked_tebibytes") as h:
    h.create_dataset("x", shape=(1 << 40,), chunks=(1 << 20,), dtype="f4")
with new("one_chunk_of_tebibytes") as h:
    d = h.create_dataset("x", shape=(1 << 40,), chunks=(4,), dtype="f4", compression="gzip")
    d[0] = 1
with new("large_chunk") as h:
    d = h.create_dataset("x", shape=(1 << 28,), chunks=(1 << 28,), dtype="f4", compression="gzip")
    d.id.write_direct_chunk((0,), zlib.compress(bytes(400)))
with new("overlong_chunk") as h:  # inflates to 8 MB, its dataset has 16 bytes
    d = h.create_dataset("x", shape=(4,), chunks=(4,), dtype="f4", compression="gzip")
    d.id.write_direct_chunk((0,), zlib.compress(bytes(8 << 20), 9))
with new("short_chunk") as h:
    d = h.create_dataset("x", shape=(1024,), chunks=(1024,), dtype="f4", compression="gzip")
    d.id.write_direct_chunk((0,), zlib.compress(bytes(100)))
with new("chunk_with_a_wrong_checksum") as h:
    d = h.create_dataset("x", shape=(4,), chunks=(4,), dtype="f4", compression="gzip")
    d.id.write_direct_chunk((0,), zlib.compress(bytes(16))[:-1] + b"!")
with new("chunk_that_skips_filters") as h:
    d = h.create_dataset("x", shape=(4,), chunks=(4,), dtype="f4", compression="gzip")
    d.id.write_direct_chunk((0,), bytes(16), filter_mask=1)
with new("missing_chunk") as h:
    d = h.create_dataset("x", shape=(8,), chunks=(4,), dtype="f4")
    d[4:] = 1
with new("rank_32") as h:
    h.create_dataset("x", shape=(1,) * 32, dtype="f4", data=np.zeros((1,) * 32, "f4"))
with new("plain") as h:  # the soil of what is patched below; it is not hostile and removed at the end
    h.attrs["text"] = "a text of variable length"
    h.attrs["list"] = [b"one", b"two"]
    h["x"] = x
    h["group/y"] = np.arange(3, dtype="i8")
    h["z"] = x + 1
patch("shape_overflow", "plain", u64(3) + u64(4), u64(1 << 62) + u64(1 << 62))
patch("shape_larger_than_stored", "plain", u64(3) + u64(4), u64(3) + u64(5))
patch("huge_contiguous_with_an_address", "plain", u64(3) + u64(4), u64(1 << 20) + u64(1 << 18))

# --- types, filters and places that models have no use for ---
with new("object_reference") as h:
    h["y"] = x
    h.create_dataset("x", data=np.array([h["y"].ref], dtype=h5py.ref_dtype))
with new("region_reference") as h:
    h["y"] = x
    h.attrs["r"] = h["y"].regionref[0:1]
with new("compound") as h:
    h["x"] = np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])
with new("opaque") as h:
    h["x"] = np.void(b"opaque bytes")
with new("array_type") as h:
    create(h, "x", h5py.h5t.array_create(h5py.h5t.IEEE_F32LE, (2, 2)), (1,))
with new("bit_field") as h:
    create(h, "x", h5py.h5t.STD_B8LE, (1,))
with new("sequences") as h:
    h.create_dataset("x", shape=(1,), dtype=h5py.vlen_dtype("i4"))
with new("named_type") as h:
    h["t"] = np.dtype("f4")
with new("attribute_of_a_named_type") as h:
    h["t"] = np.dtype("f4")
    h.attrs.create("a", 1, dtype=h["t"])
with new("strange_float") as h:
    t = h5py.h5t.IEEE_F32LE.copy()
    t.set_fields(31, 20, 11, 0, 20)
    create(h, "x", t, (1,))
with new("strange_integer") as h:
    t = h5py.h5t.STD_I32LE.copy()
    t.set_precision(7)
    t.set_offset(20)
    create(h, "x", t, (1,))
with new("unknown_filter") as h:
    p = P.create(P.DATASET_CREATE)
    p.set_chunk((4,))
    p.set_filter(31999, h5py.h5z.FLAG_OPTIONAL, (1, 2))
    create(h, "x", h5py.h5t.IEEE_F32LE, (4,), p)
with new("lzf") as h:
    h.create_dataset("x", data=x, compression="lzf")
with new("scale_offset") as h:
    h.create_dataset("x", data=x.astype("i4"), scaleoffset=0)
with new("gzip_before_shuffle") as h:
    p = P.create(P.DATASET_CREATE)
    p.set_chunk((4,))
    p.set_deflate(4)
    p.set_shuffle()
    create(h, "x", h5py.h5t.IEEE_F32LE, (4,), p)
with new("huge_attribute", libver="latest") as h:
    h.attrs["a"] = np.zeros(9000)
with new("dense_links", libver="latest") as h:
    for i in range(20):
        h["x%d" % i] = 1
with new("dense_attributes", libver="latest") as h:
    for i in range(20):
        h.attrs["x%d" % i] = 1
with new("newest_chunks", libver="latest") as h:
    h.create_dataset("x", data=x, chunks=(1, 1), maxshape=(None, None))
with new("superblock_extension", fs_strategy="page") as h:
    h["x"] = x
with new("deep_groups") as h:
    h["/".join("g" * 200)] = x

# --- circles and things met twice ---
with new("cyclic_groups") as h:
    h["a/b"] = h["/"]
with new("dataset_linked_twice") as h:
    h["x"] = x
    h["y"] = h["x"]
b = open(path("plain"), "rb").read()
places = [i for i in range(len(b) - 16) if b[i:i + 3] == b"\3\1" + b[i + 2:i + 3] and b[i + 10:i + 18] == u64(48)]
assert len(places) == 2, places  # the layout messages of x and z
patch("shared_data", "plain", places[1] + 2, b[places[0] + 2:places[0] + 10])
trees = [i for i in range(len(b)) if b[i:i + 4] == b"TREE"]
patch("tree_in_itself", "plain", trees[0] + 5, b"\1")
patch("tree_in_a_circle", "tree_in_itself", trees[0] + 32, u64(trees[0]))
heap = b.index(b"HEAP")
free, data = struct.unpack("<QQ", b[heap + 16:heap + 32])
patch("heap_in_a_circle", "plain", data + free, u64(free))
patch("heap_outside", "plain", heap + 24, u64(1 << 40))
patch("heap_of_a_gibibyte", "plain", heap + 8, u64(1 << 30))

# --- plain lies ---
pool = b.index(b"GCOL")
reference = b.index(struct.pack("<IQI", 25, pool, 1))
patch("text_longer_than_stored", "plain", reference, struct.pack("<I", 4000))
patch("text_shorter_than_stored", "plain", reference, struct.pack("<I", 1))
patch("text_of_a_missing_object", "plain", reference + 12, struct.pack("<I", 77))
patch("text_outside", "plain", reference + 4, u64(1 << 33))
patch("global_heap_without_end", "plain", pool + 8, u64(1 << 34))
patch("global_heap_of_nothing", "plain", pool + 16 + 8, u64(1 << 20))
patch("link_outside_the_heap", "plain", b"SNOD", u64(1 << 20), offset=8)
patch("link_to_nowhere", "plain", b"SNOD", u64(1 << 40), offset=16)
patch("link_to_no_object", "plain", b"SNOD", u64(pool), offset=16)
patch("soft_link_by_type", "plain", b"SNOD", b"\2", offset=24)
patch("unknown_link_by_type", "plain", b"SNOD", b"\7", offset=24)
patch("names_out_of_order", "plain", b"group\0", b"zzzzz")
patch("too_many_links", "plain", b"SNOD", b"\xff\xff", offset=6)
patch("continuation_in_a_circle", "plain", b"\x10\0\x10\0\0\0\0\0", u64(112) + u64(struct.unpack("<I", b[104:108])[0]), offset=8)
patch("message_beyond_its_block", "plain", b"\x08\0\x18\0", b"\xff\xff", offset=2)
patch("unknown_message", "plain", b"\x08\0\x18\0", b"\x99")
patch("strange_layout", "plain", b"\x08\0\x18\0", b"\x09", offset=8)
patch("huge_tree_rank", "plain", 18, b"\xff\xff")
patch("zero_tree_rank", "plain", 16, b"\0\0")
patch("offsets_of_two_bytes", "plain", 13, b"\2")
patch("driver_information", "plain", 48, u64(96))
patch("base_address", "plain", 24, u64(8))
with new("user_block", userblock_size=512) as h:
    h["x"] = x
patch("user_block_of_another_size", "user_block", 512 + 24, u64(1024))
patch("user_block_and_no_end", "user_block", 512 + 40, u64(1 << 20))
patch("user_block_and_end_in_it", "user_block", 512 + 40, u64(511))
open(path("half_behind_a_user_block"), "wb").write(open(path("user_block"), "rb").read()[:1024])
os.remove(path("user_block"))
# Two links in messages, since names are not ASCII: version 1, flags 1, characters 1, length 1, name. The second one is broken, which libhdf5
# notices when it has filled in the first one only.
horn = "κέρας".encode()
with new("link_messages") as h:
    h["κέρας"] = x
    h["κέρας1"] = x
patch("link_of_version_2", "link_messages", horn + b"1", b"\2", offset=-4)
patch("link_with_unknown_flags", "link_messages", horn + b"1", b"\x30", offset=-3)
patch("link_of_unknown_characters", "link_messages", horn + b"1", b"\2", offset=-2)
patch("link_without_a_name", "link_messages", horn + b"1", b"\0", offset=-1)
os.remove(path("link_messages"))
entry = b.index(b"SNOD") + 8  # of "group": name 8, address 8, kind 4, -4, its table 8 + 8; then of "x"
patch("cached_table_of_another_group", "plain", entry + 24, b[80:88])
patch("cached_table_of_a_dataset", "plain", entry + 40 + 16, b"\1")
patch("end_beyond_the_file", "plain", 40, u64(1 << 20))
patch("superblock_of_version_9", "plain", 8, b"\x09")
for name, size in ("half", len(b) // 2), ("one_byte_short", len(b) - 1), ("signature_only", 8), ("nothing", 0):
    open(path(name), "wb").write(b[:size])
open(path("text"), "w").write("no HDF5 file at all, whatever its name says\n")
os.remove(path("plain"))
