"""Writes the zips beside it with Python's zipfile: python gen_zip.py (Python 3.11.7).

Members of each: a.txt, "hello\\n" 50 times; dir/b.bin, the bytes 0 to 255; empty, nothing. torch.pth is not from here: an
older PyTorch's torch.save made it, stored, aligned, with data descriptors and a zip64 end.
packed.keras is ../keras3.15/Csgd.keras again: deflated, in another order, with a directory and a member more.
zip64_also.zip and stream64_also.zip are Python 3.11.2's, which leaves the plain sizes beside the zip64 ones.
"""
import io
import zipfile

MEMBERS = {"a.txt": b"hello\n" * 50, "dir/b.bin": bytes(range(256)), "empty": b""}


class Pipe(io.RawIOBase):
    """A file that cannot seek: zipfile then writes data descriptors behind the members."""

    def __init__(self, name):
        self.file = open(name, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def make(name, method=zipfile.ZIP_STORED, target=None, zip64=False, comment=b""):
    with zipfile.ZipFile(target or name, "w", method) as z:
        for member, data in MEMBERS.items():
            info = zipfile.ZipInfo(member)
            info.compress_type = method
            with z.open(info, "w", force_zip64=zip64) as f:
                f.write(data)
        z.comment = comment
    if target:
        target.file.close()


make("stored.zip")
make("packed.zip", zipfile.ZIP_DEFLATED)
make("stream.zip", zipfile.ZIP_DEFLATED, Pipe("stream.zip"))
make("zip64.zip", zip64=True)
make("stream64.zip", zipfile.ZIP_DEFLATED, Pipe("stream64.zip"), True)
make("comment.zip", comment=b"a comment with PK\5\6 in it and enough behind it")
make("refused_bzip2.zip", zipfile.ZIP_BZIP2)

with zipfile.ZipFile("../keras3.15/Csgd.keras") as source, zipfile.ZipFile("packed.keras", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("assets/"), b"")
    for member in reversed(source.namelist()):
        z.writestr(zipfile.ZipInfo(member), source.read(member), zipfile.ZIP_DEFLATED)
    z.writestr(zipfile.ZipInfo("assets/vocabulary.txt"), b"the a of")
