"""What bench.py measured, as text: the table against the peers, and what Horn does alone."""
import sys

# row, what it says, how a figure is written
ROWS = [
    ("tutorial", "the tutorial, process start to end", "time"),
    ("tutorial memory", "its peak memory", "bytes"),
    ("mlp epoch", "MLP epoch, 60,000 images, batch 256", "time"),
    ("mlp inference", "MLP, evaluation of %(test)s images, batch 256", "time"),
    ("mlp accuracy", "accuracy there after %(mlp epochs)s epochs", "share"),
    ("mlp memory", "peak memory of the process by then", "bytes"),
    ("cnn epoch", "CNN epoch, 60,000 images, batch 128", "time"),
    ("cnn inference", "CNN, evaluation of %(test)s images, batch 128", "time"),
    ("cnn accuracy", "accuracy there after %(cnn epochs)s epochs of %(cnn)s", "share"),
    ("cnn memory", "peak memory of the process by then", "bytes"),
    ("bn_cnn epoch", "CNN with BatchNormalization, the same epoch", "time"),
    ("bn_cnn inference", "its evaluation of %(test)s images", "time"),
    ("bn_cnn accuracy", "accuracy there after %(bn_cnn epochs)s epochs of %(bn_cnn)s", "share"),
    ("conv1d epoch", "2 × Conv1D(64, 5) over 49 steps of 16, the same epoch", "time"),
    ("conv1d inference", "its evaluation of %(test)s images", "time"),
    ("conv1d accuracy", "accuracy there after %(conv1d epochs)s epochs of %(conv1d)s", "share"),
    ("lstm epoch", "LSTM(128) over 28 steps of 28, epoch of 60,000, batch 128", "time"),
    ("lstm inference", "its evaluation of %(test)s images", "time"),
    ("lstm accuracy", "accuracy there after %(lstm epochs)s epochs of %(lstm)s", "share"),
    ("resnet20 step", "ResNet-20 (32×32×3), training step, batch 128", "time"),
    ("resnet20 memory", "peak memory of that process", "bytes"),
    ("resnet20 one", "ResNet-20, one image", "time"),
    ("resnet20 one memory", "peak memory of that process", "bytes"),
    ("mobilenet_v2 step", "MobileNetV2 (96×96×3, alpha 0.35), training step, batch 32", "time"),
    ("mobilenet_v2 memory", "peak memory of that process", "bytes"),
    ("mobilenet_v2 one", "MobileNetV2, one image", "time"),
    ("mobilenet_v2 one memory", "peak memory of that process", "bytes"),
    ("step", "train_on_batch, Dense(1), one input", "time"),
    ("save mlp h5", "save the MLP, .h5", "time"),
    ("load mlp h5", "load it", "time"),
    ("save mlp tf", "save the MLP, TensorFlow checkpoint", "time"),
    ("load mlp tf", "load it", "time"),
    ("save big h5", "save 105 MB, .h5", "time"),
    ("load big h5", "load it", "time"),
    ("save big tf", "save 105 MB, TensorFlow checkpoint", "time"),
    ("load big tf", "load it", "time"),
]
ORDER = ["keras2", "keras3", "jax", "torch"]
WHOLE = 60000
GFLOP = {"mlp": 24.545e-5 / 0.6, "cnn": 855 / WHOLE}  # of one image: forward and back, but for the input's gradient
MARKS = "<!-- the table of make bench -->", "<!-- its end -->"


def time_text(seconds):
    for unit, factor in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= factor or factor == 1e-6:
            value = seconds / factor
            return "%.*f %s" % (0 if value >= 100 else 1 if value >= 10 else 2, value, unit)


WRITE = {"time": time_text, "bytes": lambda n: "%.0f MB" % (n / 1e6), "share": lambda share: "%.3f" % share}


def whole_epoch(results, row, peer):
    """Of parts of the data, what all of it would take."""
    value = results.median(row, peer)
    if value is None or not row.endswith(" epoch"):
        return value
    return value * WHOLE / results.facts["images"][row.split()[0]]


def ratio_text(ratio):
    return "%.*f×" % (2 if ratio < 10 else 1 if ratio < 100 else 0, ratio)


def peer_table(results):
    facts = results.facts
    peers = [name for name in ORDER if name in facts["versions"]]
    epochs = {model + " epochs": 1 + facts["rounds"] * (3 if model == "mlp" else 1) for model in ("mlp", "cnn", "bn_cnn", "conv1d", "lstm")}
    images = {model: "{:,}".format(count) for model, count in facts.get("images", {}).items()}
    words = dict(epochs, **images, test="{:,}".format(facts.get("test images", 10000)))
    lines = ["| | Horn | " + " | ".join(facts["versions"][name] for name in peers) + " | fastest peer ÷ Horn |",
             "|---|" + "---:|" * (len(peers) + 2)]
    for row, what, kind in ROWS:
        if row not in results.rows:
            continue
        figures = [whole_epoch(results, row, name) for name in ["horn"] + peers]
        theirs = [figure for figure in figures[1:] if figure is not None]
        ratio = ratio_text(min(theirs) / figures[0]) if theirs and figures[0] and kind != "share" else ""
        cells = ["" if figure is None else WRITE[kind](figure) for figure in figures]
        lines.append("| %s | **%s** | %s | %s |" % (what % words, cells[0], " | ".join(cells[1:]), ratio))
    return lines


def sgemm_lines(results):
    rates = {library: results.median("sgemm", library) for library in results.rows.get("sgemm", {})}
    if not rates:
        return []
    names = {"openblas": "OpenBLAS", "onednn": "oneDNN"}
    best = max(rates, key=rates.get)
    lines = ["- sgemm 2048³ on %d cores in the same run: %s." % (
        results.facts["cores"], ", ".join("%s %.0f GFLOP/s" % (names[name], rate) for name, rate in rates.items()))]
    for model, title in (("mlp", "MLP"), ("cnn", "CNN")):
        seconds = whole_epoch(results, model + " epoch", "horn")
        if seconds:
            rate = GFLOP[model] * WHOLE / seconds
            lines.append("- %s epoch: %.0f GFLOP/s, %.0f %% of %s's%s." % (
                title, rate, 100 * rate / rates[best], names[best],
                ", its convolutions counted as direct ones" if model == "cnn" else ""))
    return lines


def ratio_line(results):
    ours, theirs = (results.median("mlp epoch", name) for name in ("horn", "keras2"))
    return ["- MLP epoch, Horn / TensorFlow 2.15: %.3f." % (ours / theirs)] if ours and theirs else []


def file_lines(results):
    lines = []
    for kind, title in (("h5", ".h5"), ("tf", "TensorFlow checkpoint")):
        shares = []
        for what in ("save", "load"):
            row = "%s big %s" % (what, kind)
            ours, plain = results.median(row, "horn"), results.median(row, "plain")
            if ours:
                shares.append("%s %.0f %%" % (what, 100 * plain / ours))
        if shares:
            lines.append("- 105 MB as %s, as a share of the speed of plainly writing and reading the same bytes, "
                         "fsync and page cache alike: %s." % (title, ", ".join(shares)))
    outside, inside = (results.median(row, "horn") for row in ("checkpoint", "checkpoint fsync"))
    if outside:
        lines.append("- One checkpoint of the MLP: %s, and %s in fsync." % (time_text(outside), time_text(inside)))
    return lines


def alone_lines(results):
    table = {}
    for case in results.rows.get("alone", {}):
        kind, model, batch, threads, images = case.split()
        key, value = {"threads": (kind + " " + model, threads), "batch": (kind, batch),
                      "width": (kind, model.split(":")[-1])}[kind]
        table.setdefault(key, []).append((value, results.median("alone", case) * WHOLE / int(images)))
    titles = {"threads mlp": "MLP, threads", "threads cnn": "CNN, threads", "batch": "MLP, batch", "width": "MLP, units"}
    lines = []
    for key, cells in table.items():
        more = " (%.2f times as fast as on one)" % (cells[0][1] / cells[-1][1]) if key.startswith("threads") else ""
        lines.append("- %s: %s%s." % (titles[key], ", ".join("%s: %s" % (v, time_text(s)) for v, s in cells), more))
    if lines:
        lines.insert(0, "\nHow an epoch of 60,000 images grows:\n")
    return lines


def how_text(facts):
    """What each peer was found to be fastest with."""
    words = {"jit_compile": "XLA", "compile": "torch.compile", "steps_per_execution": "steps_per_execution",
             "threads": "threads", "freeze": "torch.jit.freeze"}
    parts = []
    for name, models in facts.get("how", {}).items():
        said = ["%s: %s" % (model, " and ".join("%s%s" % (words[k], " %d" % v if v is not True else "")
                                                for k, v in how.items() if v) or "as it is")
                for model, how in models.items() if how]
        if name != "horn" and said:
            parts.append("%s (%s)" % (facts["versions"][name], ", ".join(said)))
    return "; ".join(parts)


def write(results):
    facts = results.facts
    part = facts.get("images", {}).get("cnn") or facts.get("images", {}).get("bn_cnn")
    notes = ["Measured on %s by `%s`, on %d cores of %s (%s): medians of %d rounds in turn." % (
        facts["date"], facts["command"], facts["cores"], facts["cpu"], facts["kernels"], facts["rounds"])]
    if facts["quick"]:
        notes.append("**These are the figures of a trial.**")
    if part and part != WHOLE:
        notes.append("An epoch of a CNN is measured on {:,} images and multiplied.".format(part))
    notes.append("Warming up is left out; saves end with fsync for all; PyTorch saves its own format in the place of .h5.")
    if how_text(facts):
        notes.append("The fastest of their ways was taken: %s." % how_text(facts))
    alone = sgemm_lines(results) + ratio_line(results) + file_lines(results)
    return "\n".join(peer_table(results) + [""] + [" ".join(notes), ""] + alone + alone_lines(results))


def put_into(path, text):
    with open(path) as file:
        readme = file.read()
    if not all(mark in readme for mark in MARKS):
        sys.exit("tables.py: %s has no place for the table: '%s' and '%s'" % ((path,) + MARKS))
    head, rest = readme.split(MARKS[0], 1)
    tail = rest.split(MARKS[1], 1)[1]
    with open(path, "w") as file:
        file.write("%s%s\n\n%s\n\n%s%s" % (head, MARKS[0], text, MARKS[1], tail))
