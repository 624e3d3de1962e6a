"""usage: run.py FOLDER_OF_PROGRAMS [WORD...]: runs each script in the environment of the framework it is about, as many at a time as there are cores.

With words it runs the scripts alone whose line has one of them. A script prints PASS and FAIL lines; one that dies counts as a failure. The last line counts.
Scripts of one environment are forked from one process that has imported TensorFlow (fork_server.py)."""
import asyncio
import json
import os
import re
import sys
import tempfile
import time

# What has the modules that its scripts import: (virtual environment, modules, variables)
ENVIRONMENTS = {
    "keras2": ("keras2", ["tensorflow", "keras", "h5py"], {}),
    "keras3": ("keras3", ["tensorflow", "keras", "h5py"], {}),
    "torch": ("torch", ["numpy", "yaml", "torch"], {}),
    "jax": ("keras3", ["h5py"], {"KERAS_BACKEND": "jax"}),
}

# ENVIRONMENT SCRIPT ARGUMENT..., the longest first
SCRIPTS = """
keras3 sampled.py keras3
keras2 sampled.py keras2
keras3 losses.py keras3
keras3 every_class.py keras3
keras2 losses.py keras2
keras2 every_class.py keras2
keras2 applications.py keras2
keras3 applications.py keras3
keras2 random_graphs.py keras2
keras3 random_graphs.py keras3
keras2 graph_operations.py keras2
keras3 graph_operations.py keras3
keras2 cnn_accuracy.py
keras2 saved_model.py keras2
keras3 keras_zip.py keras3
keras3 schedules.py keras3
keras2 schedules.py keras2
keras2 callbacks.py keras2
keras3 callbacks.py keras3
keras3 schedules.py tf_keras
keras2 convert.py keras2
keras3 check_rewritten_h5.py keras3
keras3 keras_zip.py tf_keras
keras3 convert.py tf_keras
keras2 keras_zip.py keras2
keras3 saved_model.py tf_keras
keras3 formats.py tf_keras
keras3 random_cnns.py keras3
keras2 formats.py keras2
keras2 random_cnns.py keras2
keras3 formats.py keras3
keras3 tf_checkpoint.py keras3
keras2 check_rewritten_h5.py keras2
keras3 check_rewritten_h5.py tf_keras
keras3 layers.py tf_keras
keras2 layers.py keras2
keras3 tf_checkpoint.py tf_keras
keras2 tf_checkpoint.py keras2
keras3 convert.py keras3
keras3 layers.py keras3
keras3 plain_layers.py keras3
keras2 plain_layers.py keras2
keras2 parts.py keras2
keras2 recurrent.py keras2
keras2 sequences.py keras2
keras3 sequences.py keras3
keras3 recurrent.py keras3
keras2 open_axes.py keras2
keras3 open_axes.py keras3
keras2 functional.py keras2
keras3 functional.py keras3
keras3 functional.py tf_keras
keras2 masks.py keras2
keras2 nested.py keras2
keras3 masks.py keras3
keras3 nested.py keras3
keras3 tf_saver.py tf_keras
keras2 tf_saver.py keras2
keras2 tflite_files.py keras2
keras2 steps.py keras2
keras3 steps.py keras3
keras3 saved_model.py keras3
keras3 parts.py keras3
keras2 frozen_graph.py keras2
keras2 six_models.py keras2
keras3 six_models.py keras3
keras2 torch_layouts.py
keras2 plain_graphs.py keras2
keras3 frozen_graph.py tf_keras
keras3 plain_graphs.py tf_keras
keras3 frozen_graph.py keras3
keras3 custom_objects.py tf_keras
keras2 custom_objects.py keras2
jax containers.py keras3
jax channels_first.py keras3
keras2 channels_first.py keras2
keras2 checkpoint_moments.py
keras2 containers.py keras2
keras3 custom_objects.py keras3
keras3 model_h5.py tf_keras
keras3 models_json.py keras3
keras3 model_h5.py keras3
keras2 model_h5.py keras2
keras2 models_json.py keras2
torch torch_steps.py
torch torch_files.py
torch onnx_files.py
torch deepdish_files.py
torch torch7_files.py
torch yaml_files.py
keras2 tensorboard_files.py
keras2 tutorial_distribution.py
"""
SHOWN = r"(PASS|FAIL) |[a-z_]+ .* [0-9.]+$| +Keras"  # the lines of a script that has not died


class Server:
    """A fork server, and who waits for a result of it."""
    def __init__(self, name):
        self.name, self.waiting, self.process, self.starting = name, {}, None, None
        self.started = 0.0  # seconds of CPU

    async def start(self):
        venv, modules, variables = ENVIRONMENTS[self.name]
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            self.process = await asyncio.create_subprocess_exec(
                ".venv/%s/bin/python" % venv, "tests/interop/fork_server.py", *modules, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=said, env={**os.environ, **variables})
            line = await self.process.stdout.readline()
            if not line:
                said.seek(0)
                raise RuntimeError("the fork server of %s does not start: %s" % (self.name, said.read()))
        self.started = json.loads(line)["started"]
        asyncio.create_task(self.listen())

    async def listen(self):
        async for line in self.process.stdout:
            result = json.loads(line)
            self.waiting.pop(result["output"]).set_result(result)
        for waiting in self.waiting.values():
            waiting.set_exception(RuntimeError("the fork server of %s died" % self.name))

    async def run(self, script, arguments, output):
        if not self.starting:
            self.starting = asyncio.create_task(self.start())
        await asyncio.shield(self.starting)
        self.waiting[output] = done = asyncio.get_running_loop().create_future()
        job = {"script": "tests/interop/" + script, "arguments": arguments, "output": output}
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        await self.process.stdin.drain()
        return await done


def count(text, status):
    """(passed, failed, what to show)"""
    passed, failed = len(re.findall("^PASS ", text, re.M)), len(re.findall("^FAIL ", text, re.M))
    if status and not failed:
        return passed, 1, text
    return passed, failed, "".join(line for line in text.splitlines(True) if re.match(SHOWN, line))


async def work(jobs, servers, folder, results):
    for environment, script, *arguments in jobs:
        name = " ".join([script, *arguments])
        output = os.path.join(folder, re.sub(r"\W", "_", environment + name))
        try:
            result = await servers[environment].run(script, arguments, output)
            with open(output, errors="replace") as file:
                passed, failed, text = count(file.read(), result["status"])
        except (OSError, RuntimeError) as error:
            result, passed, failed, text = {"seconds": 0, "itself": 0, "programs": 0}, 0, 1, "%s\n" % error
        print("== %s (%s): %d passed, %d failed, %.0f s\n%s" % (name, environment, passed, failed, result["seconds"], text), end="", flush=True)
        results.append((name, environment, passed, failed, result))


def summary(results, servers, wall):
    print("\nthe ten longest          seconds, of CPU: libraries, Horn's programs")
    for name, environment, _, _, r in sorted(results, key=lambda r: -r[4]["itself"] - r[4]["programs"])[:10]:
        print("%-40s %-8s %5.0f %6.0f %6.0f" % (name, environment, r["seconds"], r["itself"], r["programs"]))
    started = [server.started for server in servers.values() if server.process]
    print("seconds of CPU: %.0f in %d start-ups, %.0f in the libraries, %.0f in Horn's programs; %.0f s from start to end" % (
        sum(started), len(started), sum(r[4]["itself"] for r in results), sum(r[4]["programs"] for r in results), wall))
    passed, failed = sum(r[2] for r in results), sum(r[3] for r in results)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0 or not results


async def main():
    for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
        del os.environ[name]  # kernels that somebody chose by hand: the programs say so where no line is expected
    os.environ.update(HORN_PROGRAMS=sys.argv[1], TF_CPP_MIN_LOG_LEVEL="0", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", PYTHONDONTWRITEBYTECODE="1")
    lines = [line for line in SCRIPTS.split("\n") if line and (not sys.argv[2:] or any(word in line for word in sys.argv[2:]))]
    jobs, results, start = iter([line.split() for line in lines]), [], time.monotonic()
    servers = {name: Server(name) for name in ENVIRONMENTS}
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.gather(*[work(jobs, servers, folder, results) for _ in range(len(os.sched_getaffinity(0)))])
    failed = summary(results, servers, time.monotonic() - start)
    for server in servers.values():
        if server.process:
            server.process.stdin.close()
            await server.process.wait()
    return failed


os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.exit(asyncio.run(main()))
