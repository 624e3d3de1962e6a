"""usage: fork_server.py [MODULE...]: imports the modules once, then runs each script that it reads a line of, in a child of its own.

A line is JSON: {"script", "arguments", "output"}, where `output` is the file that gets what the script prints. When the script has ended, a line of JSON on
standard output has `output` again, the exit status, the seconds, and the seconds of CPU of the script itself and of the programs that it ran.

A child starts as if it had imported the modules itself: TensorFlow starts its threads with the first operation, so before the fork there is one thread."""
import gc
import importlib
import json
import os
import resource
import runpy
import signal
import sys
import time
import traceback


def run_script(job):
    """The exit status of the script, in this process."""
    file = os.open(job["output"], os.O_WRONLY | os.O_CREAT)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in (null, 0), (file, 1), (file, 2):
        os.dup2(source, target)
    sys.path.insert(0, os.path.dirname(job["script"]))
    sys.argv = [job["script"], *job["arguments"]]
    status = 0
    try:
        runpy.run_path(job["script"], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def write_usage(pipe):
    spent = [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    os.write(pipe, json.dumps(spent).encode())


def supervise(job, results):
    """Forks the script, waits for it and reports."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    start = time.monotonic()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = run_script(job)
        write_usage(write)
        os._exit(status)
    os.close(write)
    _, status, usage = os.wait4(child, 0)
    spent = os.read(read, 1000)  # empty if the script crashed
    itself, programs = json.loads(spent) if spent else [usage.ru_utime + usage.ru_stime, 0]
    line = {"output": job["output"], "status": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - start, "itself": itself, "programs": programs}
    os.write(results, json.dumps(line).encode() + b"\n")


def main():
    results = os.dup(1)
    os.dup2(2, 1)  # what a module prints is no result
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # NumPy's starts its threads when it is loaded
    for module in sys.argv[1:]:
        importlib.import_module(module)
    del os.environ["OPENBLAS_NUM_THREADS"]
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit("%d threads after importing %s, expected 1" % (threads, " ".join(sys.argv[1:])))
    gc.collect()
    gc.freeze()  # the children's collections leave the modules alone
    started = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    os.write(results, json.dumps({"started": started}).encode() + b"\n")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a supervisor
    for line in sys.stdin:
        if os.fork() == 0:
            supervise(json.loads(line), results)
            os._exit(0)


main()
