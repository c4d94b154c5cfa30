"""The process that forks sandboxes: in control groups of the user's own where there are any, else without."""

from pathlib import Path

import psutil
import pytest

from headstart.engine.spawner import Spawner


@pytest.fixture
def own_group() -> str:
    """This process's line for version 2, which its children have too."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return next((line for line in lines if line.startswith("0::")), "")


def test_a_scope_that_starts_it(own_group):
    spawner = Spawner(("env", "--"))
    assert spawner.group == own_group
    assert psutil.pid_exists(spawner.pid)
    spawner.close()
    assert not psutil.pid_exists(spawner.pid)


@pytest.mark.parametrize("scope", [("false",), ("sh", "-c", "exit 1")])
def test_a_user_manager_that_does_not_answer(scope):
    spawner = Spawner(scope)
    assert spawner.group == ""
    assert psutil.Process(spawner.pid).is_running()
    spawner.close()


def test_without_a_scope_it_starts_while_the_engine_goes_on():
    spawner = Spawner()
    assert spawner.group == ""
    spawner.close()
