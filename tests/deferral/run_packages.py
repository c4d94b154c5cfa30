"""Runs small packages as they are, observed and with imports put off, each time in a process forked from a bare Python.

Called with the folder of the rewriting and, for each package, ``FOLDER=CULPRIT CULPRIT …``. The outcome is on standard
output, as JSON, by folder.
"""

import marshal
import os
import sys


def apart(work):
    """What ``work`` returns in a process of its own."""
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiving)
        with os.fdopen(sending, "wb") as pipe:
            pipe.write(marshal.dumps(work()))
            pipe.flush()
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        made = pipe.read()
    os.waitpid(child, 0)
    return marshal.loads(made)


def build_all(guest, roots):
    """Compile and rewrite packages; the imports of each that may be put off."""
    sys.path.insert(0, guest)
    return {root: build(root) for root in roots}


def build(root):
    import compileall
    import io
    import json
    from py_compile import PycInvalidationMode

    import rewrite_imports

    compileall.compile_dir(root, quiet=2, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    request = {"places": {root: root}, "beside": False, "chosen": None, "appended": None}
    request |= {"reachable": [], "uncollected": None, "archived": []}
    sys.stdin, sys.stdout = io.StringIO(json.dumps(request)), io.StringIO()
    rewrite_imports.main()
    units = json.loads(sys.stdout.getvalue())
    return [f"{unit['path']}:{unit['line']}:{unit['column']} {unit['text']}" for unit in units]


def run(root, mode, *, from_source=False):
    """What the package does: what ``app.run`` returns, twice, or what it raises; what was used, and what is loaded."""
    os.dup2(2, 1)  # what the package prints is no part of the outcome
    os.environ.update(mode, HEADSTART_DEFERRAL_LOG="off")
    sys.pycache_prefix = f"{root}/no such folder" if from_source else None
    sys.dont_write_bytecode = True
    before = set(sys.modules)
    sys.path.insert(0, root)
    try:
        import app

        does = [repr(app.run()), repr(app.run())]
    except BaseException as error:
        does = ["raised", type(error).__name__, str(error)]
    runtime = sys.modules.get("_headstart_deferral")
    touched = sorted(runtime.touched) if runtime else []
    return {"does": does, "touched": touched, "loaded": sorted(set(sys.modules) - before)}


def only(numbers):
    return {"_HEADSTART_DEFERRAL": f"only:{sum(1 << number for number in numbers):x}"}


def trials(root, units, culprits):
    """What the package does by the way it is run."""
    every = set(range(len(units)))
    wrong = {number for number in every if units[number].partition(" ")[0] in culprits}
    found = {
        "plain": apart(lambda: run(root, {}, from_source=True)),
        "off": apart(lambda: run(root, {"HEADSTART_DEFERRAL": "off"})),
        "observed": apart(lambda: run(root, {"_HEADSTART_DEFERRAL": "observe"})),
        "all": apart(lambda: run(root, {})),
        "repaired": apart(lambda: run(root, only(every - wrong))),
    }
    unused = every - wrong - set(found["observed"]["touched"])
    found["unused"] = apart(lambda: run(root, only(unused)))
    return found


def main():
    guest, *packages = sys.argv[1:]
    culprits = {root: keys.split() for root, _, keys in (package.partition("=") for package in packages)}
    built = apart(lambda: build_all(guest, list(culprits)))
    report = {root: {"units": built[root], "trials": trials(root, built[root], culprits[root])} for root in culprits}
    import json

    json.dump(report, sys.stdout)


main()
