"""One table: Horn against TensorFlow, Keras 3 on TensorFlow and on JAX, and PyTorch, each as fast as its makers say it
goes, in rounds that alternate, on the same cores and the same data; medians of the rounds.

usage: bench.py BUILD [--rounds N] [--quick] [--only NAME,...] [--peers NAME,...] [--readme] [--cores N]
BUILD is Horn's build folder. The table goes to standard output, progress to standard error, and every single
measurement to build/bench.json. --readme puts the table into README.md, between its markers. --only takes some of
tutorial, mlp, cnn, bn_cnn, conv1d, lstm, resnet20, mobilenet_v2, step, files, alone; --peers some of keras2, keras3, jax, torch."""
import argparse
import json
import os
import platform
import select
import shlex
import shutil
import statistics
import subprocess
import sys
import time

import tables

NAMES = ["keras2", "keras3", "jax", "torch"]
GROUPS = ["tutorial", "mlp", "cnn", "bn_cnn", "conv1d", "lstm", "resnet20", "mobilenet_v2", "step", "files", "alone"]
VENV = {"keras2": "keras2", "keras3": "keras3", "jax": "keras3", "torch": "torch"}
SCRIPT = {"keras2": "keras", "keras3": "keras", "jax": "keras", "torch": "torch"}
OUT = "build/bench"  # files that are saved, what peers say on standard error
PATIENCE = 900       # seconds for one task
REST = 0.25          # seconds before each: threads of the one before may wait for work in a loop that long

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build")
parser.add_argument("--rounds", type=int)
parser.add_argument("--quick", action="store_true", help="2 rounds, 2,560 images: to try the benchmark out")
parser.add_argument("--only", default=",".join(GROUPS))
parser.add_argument("--peers", default=",".join(NAMES))
parser.add_argument("--readme", action="store_true")
parser.add_argument("--cores", type=int, default=2)
options = parser.parse_args()
ROUNDS = options.rounds or (2 if options.quick else 5)
ONLY, PEERS = options.only.split(","), options.peers.split(",")
if set(ONLY) - set(GROUPS) or set(PEERS) - set(NAMES) - {""}:
    parser.error("--only takes some of %s, --peers of %s" % (", ".join(GROUPS), ", ".join(NAMES)))
BEGAN = time.perf_counter()


def say(text):
    print("%6.1f s  %s" % (time.perf_counter() - BEGAN, text), file=sys.stderr, flush=True)


def python(name):
    return ".venv/%s/bin/python" % VENV[name]


class Peer:
    """A process that stays up and does one task at a time. One that dies is left out from then on."""

    def __init__(self, name, command, environment):
        self.name, self.alive = name, True
        with open("%s/%s.log" % (OUT, name), "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            env=dict(os.environ, **environment))
        hello = self.answer()
        self.version, self.hello = hello.get("version", name), hello

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            say("%s: no answer, left out; see %s/%s.log" % (self.name, OUT, self.name))
            self.process.kill()
            self.alive = False
            return {"error": "no answer"}
        return json.loads(line)

    def ask(self, *words):
        """The answer, or None where it has none."""
        if not self.alive:
            return None
        time.sleep(REST)
        self.process.stdin.write((" ".join(str(word) for word in words) + "\n").encode())
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            say("%s: %s: %s" % (self.name, " ".join(str(word) for word in words), answer["error"]))
        return None if "error" in answer or "none" in answer else answer

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(data=None):
    """data: an .npz in the place of Fashion-MNIST."""
    peers = [Peer("horn", [options.build + "/tests/bench/horn_bench", data or "datasets/fashion-mnist-full"], {})]
    core = peers[0].hello.get("kernels", "").split()[-1]
    environment = {"OMP_NUM_THREADS": str(options.cores), "OPENBLAS_NUM_THREADS": str(options.cores)}
    if peers[0].hello.get("kernels", "").startswith("OpenBLAS"):
        environment["OPENBLAS_CORETYPE"] = core  # Debian's PyTorch multiplies by the same OpenBLAS,
    environment["OMP_WAIT_POLICY"] = "passive"   # whose threads its own would keep off the cores
    for name in NAMES:
        if name not in PEERS:
            continue
        if not os.path.exists(python(name)):
            say("%s is left out: %s is missing (make venvs)" % (name, python(name)))
            continue
        say("starting %s" % name)
        backend = {"KERAS_BACKEND": "jax" if name == "jax" else "tensorflow"}
        peers.append(Peer(name, [python(name), "tests/bench/%s_peer.py" % SCRIPT[name], str(options.cores)] + ([data] if data else []),
                          dict(environment, **backend)))
    return [peer for peer in peers if peer.alive]


class Results:
    """By row, by peer: one figure a round; and what else was found out."""

    def __init__(self):
        self.rows, self.facts = {}, {}

    def add(self, row, peer, value):
        self.rows.setdefault(row, {}).setdefault(peer, []).append(value)

    def median(self, row, peer):
        values = self.rows.get(row, {}).get(peer)
        return statistics.median(values) if values else None


def rounds(what):
    for n in range(ROUNDS):
        say("%s, round %d of %d" % (what, n + 1, ROUNDS))
        yield n


def images(count):
    return min(count, 2560) if options.quick else count


# ---- what is measured ----

def run_tutorial(results, peers):
    """Whole processes: start to end, and the most memory that each had."""
    scripts = {"horn": [options.build + "/train", "--no-checkpoint", "--save", OUT + "/tutorial.h5"]}
    for peer in peers[1:]:
        scripts[peer.name] = [python(peer.name), "tests/bench/tutorial_%s.py" % SCRIPT[peer.name], OUT + "/peer.h5"]
    for _ in rounds("tutorial"):
        for name, command in scripts.items():
            backend = {"KERAS_BACKEND": "jax" if name == "jax" else "tensorflow"}
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=dict(os.environ, **backend))
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            process.returncode = status
            if status:
                say("%s: the tutorial ended with status %d" % (name, status))
                continue
            results.add("tutorial", name, seconds)
            results.add("tutorial memory", name, usage.ru_maxrss * 1024)


def measure_sgemm(results):
    """All cores at once, measured between the rounds."""
    text = subprocess.run([options.build + "/tests/bench/sgemm", str(options.cores), "0.3" if options.quick else "1"],
                          check=True, stdout=subprocess.PIPE).stdout
    for library, rate in json.loads(text).items():
        if rate:
            results.add("sgemm", library, rate)


def run_training(results, peers, model, count, batch, epochs):
    """The first epoch warms up, after each peer found its fastest way."""
    for peer in peers:
        say("%s: %s warms up" % (model, peer.name))
        answer = peer.ask("epoch", model, count, batch, 1, options.cores)
        if answer:
            results.facts.setdefault("how", {}).setdefault(peer.name, {})[model] = answer.get("how")
    for _ in rounds(model + " epoch"):
        measure_sgemm(results)
        for peer in peers:
            answer = peer.ask("epoch", model, count, batch, epochs, options.cores)
            if answer:
                results.add(model + " epoch", peer.name, statistics.median(answer["seconds"]))
                results.rows.setdefault(model + " memory", {})[peer.name] = [answer["peak_bytes"]]
    results.facts.setdefault("images", {})[model] = count


def run_inference(results, peers, model, batch):
    count = images(10000)
    for peer in peers:
        peer.ask("infer", model, count, batch, options.cores)
    for _ in rounds(model + " inference"):
        for peer in peers:
            # Three in a row: the first finds what the peer before it left in the caches.
            answers = [peer.ask("infer", model, count, batch, options.cores) for _ in range(3)]
            if all(answers):
                results.add(model + " inference", peer.name, statistics.median(a["seconds"][0] for a in answers))
                results.rows.setdefault(model + " accuracy", {})[peer.name] = [answers[0]["accuracy"]]
    results.facts["test images"] = count


DEEP = {"resnet20": (32, 1280, 128), "mobilenet_v2": (96, 256, 32)}  # side and number of the images, batch


def in_fresh_processes(results, model, data, what, work):
    """So that the peak of memory is that of the work alone, and not of what was tried to find the fastest way."""
    peers, ways = start(data), {}
    for peer in peers[1:]:
        say("%s: %s finds its fastest way" % (model, peer.name))
        ways[peer.name] = (peer.ask("way", model, what) or {}).get("how")
        results.facts.setdefault("how", {}).setdefault(peer.name, {})["%s %s" % (model, what)] = ways[peer.name]
    for peer in peers:
        peer.end()
    peers = start(data)
    for peer in peers[1:]:
        peer.ask("take", model, what, shlex.quote(json.dumps(ways.get(peer.name))))
    work(peers)
    for peer in peers:
        peer.end()


def run_deep(results, model):
    side, count, batch = DEEP[model]
    data, count = "%s/%s.npz" % (OUT, model), count // 4 if options.quick else count
    subprocess.run([python(PEERS[0]), "tests/bench/deep_data.py", str(side), str(count), data], check=True)

    def predict(peers):
        for n in rounds("%s, one image" % model):
            for peer in peers:
                answer = peer.ask("one", model, 200, options.cores)
                if answer:
                    results.add(model + " one", peer.name, statistics.median(answer["seconds"][50:]))
                    results.rows.setdefault(model + " one memory", {})[peer.name] = [answer["peak_bytes"]]

    def train(peers):
        for peer in peers:
            peer.ask("epoch", model, count, batch, 1, options.cores)
        for n in rounds("%s, training" % model):
            for peer in peers:
                answer = peer.ask("epoch", model, count, batch, 2, options.cores)
                if answer:
                    results.add(model + " step", peer.name, min(answer["seconds"]) / (count // batch))
                    results.rows.setdefault(model + " memory", {})[peer.name] = [answer["peak_bytes"]]

    in_fresh_processes(results, model, data, "one", predict)
    in_fresh_processes(results, model, data, "epoch", train)
    os.remove(data)


def run_step(results, peers):
    count = 200
    for peer in peers:
        peer.ask("step", count)
    for _ in rounds("train_on_batch"):
        for peer in peers:
            answer = peer.ask("step", count)
            if answer:
                results.add("step", peer.name, statistics.median(answer["seconds"][10:]))


def plain(path):
    """The same bytes, plainly written with fsync, and plainly read."""
    with open(path, "rb") as file:
        data = file.read()
    began = time.perf_counter()
    with open(OUT + "/plain", "wb") as file:
        file.write(data)
        os.fsync(file.fileno())
    wrote = time.perf_counter() - began
    began = time.perf_counter()
    with open(OUT + "/plain", "rb") as file:
        file.read()
    read = time.perf_counter() - began
    os.remove(OUT + "/plain")
    return wrote, read


def files_of(peer, model, kind):
    """The path that is asked for, and the file with the weights."""
    path = "%s/%s-%s" % (OUT, peer, model)
    return (path + ".h5", path + ".h5") if kind == "h5" else (path, path + ".data-00000-of-00001")


def save_anew(peer, model, kind):
    """Where no file of that name is: Horn writes a checkpoint that it replaces twice, so that one is whole at each moment."""
    path, data = files_of(peer.name, model, kind)
    for old in {data, path + ".index"}:
        if os.path.exists(old):
            os.remove(old)
    return path, peer.ask("save", model, path)


def run_files(results, peers):
    cases = [("mlp", "h5"), ("mlp", "tf"), ("big", "h5"), ("big", "tf")]
    for peer in peers:
        say("save and load: %s warms up" % peer.name)
        peer.ask("epoch", "mlp", 512, 256, 1, options.cores)  # the optimizer has its variables
        for model, kind in cases:
            path, saved = save_anew(peer, model, kind)
            if saved:
                peer.ask("load", model, path)
    for n in rounds("save and load"):
        for model, kind in cases:
            for peer in peers:
                path, saved = save_anew(peer, model, kind)
                loaded = saved and peer.ask("load", model, path)
                if saved:
                    results.add("save %s %s" % (model, kind), peer.name, saved["seconds"][0])
                if loaded:
                    results.add("load %s %s" % (model, kind), peer.name, loaded["seconds"][0])
            wrote, read = plain(files_of("horn", model, kind)[1])
            results.add("save %s %s" % (model, kind), "plain", wrote)
            results.add("load %s %s" % (model, kind), "plain", read)
    for n in rounds("checkpoint"):
        answer = peers[0].ask("checkpoint", "%s/checkpoints-%d" % (OUT, n), 20)
        if answer:
            results.add("checkpoint", "horn", statistics.median(answer["seconds"]))
            results.add("checkpoint fsync", "horn", answer["syncing"])


def run_alone(results, horn):
    """Horn on more and on fewer threads, with other batches and other widths."""
    cases = [("threads", model, batch, n, images(count)) for model, batch, count in
             (("mlp", 256, 60000), ("cnn", 128, 12800)) for n in (1, 2, 4) if n <= options.cores]
    cases += [("batch", "mlp", batch, options.cores, images(60000)) for batch in (16, 64, 256, 1024, 4096)]
    cases += [("width", "mlp:%d" % width, 256, options.cores, images(60000)) for width in (32, 128, 512, 2048)]
    for case in cases:
        horn.ask("epoch", case[1], case[4], case[2], 1, case[3])
    for _ in rounds("Horn alone"):
        for case in cases:
            answer = horn.ask("epoch", case[1], case[4], case[2], 1, case[3])
            if answer:
                results.add("alone", " ".join(str(word) for word in case), answer["seconds"][0])


def measure(results, peers):
    part = images(12800)
    if "tutorial" in ONLY:
        run_tutorial(results, peers)
    if "mlp" in ONLY:
        run_training(results, peers, "mlp", images(60000), 256, 3)
        run_inference(results, peers, "mlp", 256)
    for model in ("cnn", "bn_cnn", "conv1d", "lstm"):
        if model in ONLY:
            run_training(results, peers, model, part, 128, 1)
            run_inference(results, peers, model, 128)
    for model in DEEP:
        if model in ONLY:
            run_deep(results, model)
    if "step" in ONLY:
        run_step(results, peers)
    if "files" in ONLY:
        run_files(results, peers)
    if "alone" in ONLY:
        run_alone(results, peers[0])


def cpu_name():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def command():
    words = [word for word in sys.argv[2:] if word != "--readme"]
    return "make bench" + (" BENCH='%s'" % " ".join(words) if words else "")


def main():
    cores = sorted(os.sched_getaffinity(0))[:options.cores]
    os.sched_setaffinity(0, cores)  # and of all that is started from here
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    results = Results()
    peers = start()
    if not peers or peers[0].name != "horn":
        sys.exit("bench.py: %s/tests/bench/horn_bench does not run" % options.build)
    results.facts.update(cpu=cpu_name(), cores=len(cores), rounds=ROUNDS, quick=options.quick,
                         date=time.strftime("%Y-%m-%d"), command=command(), kernels=peers[0].hello["kernels"],
                         versions={peer.name: peer.version for peer in peers})
    try:
        measure(results, peers)
    finally:
        for peer in peers:
            peer.end()
    for name in os.listdir(OUT):
        if not name.endswith(".log"):
            path = os.path.join(OUT, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    with open("build/bench.json", "w") as file:
        json.dump({"facts": results.facts, "rows": results.rows}, file, indent=1)
    text = tables.write(results)
    print(text)
    if options.readme:
        tables.put_into("README.md", text)


main()
