"""The probes in a sandbox of the engine: a record comes back for what the function did there."""

from headstart.model.invocation import Event

_SOURCE = """
    import time
    import wave
    import fractions

    time.sleep(0.01)
    KEPT = []

    def handler(event, context):
        KEPT.append(bytes(100_000))
        if event.get("sound"):
            wave.open("none")
        return str(fractions.Fraction(1, 3))
"""
_EVENTS = (Event(b"{}"), Event(b'{"quiet": 1}'))


async def test_imports_are_probed_in_the_sandbox(deploy):
    invoker = await deploy(_SOURCE)
    record = await invoker.profile("probe_imports", _EVENTS)
    modules = {module["module"]: module for module in record["modules"]}
    assert (modules["app"]["importer"].endswith("awslambdaric/bootstrap.py"), modules["app"]["parent"]) == (True, -1)
    assert (modules["fractions"]["used"], modules["wave"]["used"]) == (True, False)
    assert modules["app"]["in_package"]
    assert not modules["wave"]["in_package"]
    assert modules["wave"]["importer"] == "app.py"
    assert [work["source"] for work in record["top_level"]] == ["time.sleep(0.01)"]
    assert record["events"] == 4


async def test_allocations_are_probed_in_the_sandbox(deploy):
    invoker = await deploy(_SOURCE)
    record = await invoker.profile("probe_allocations", _EVENTS)
    (growth,) = [site for site in record["growth"] if site["path"] == "app.py"]
    assert growth["source"] == "KEPT.append(bytes(100_000))"
    assert growth["blocks"] >= record["events"] - 1
