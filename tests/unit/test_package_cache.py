import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headstart.engine import cache as caches
from headstart.engine.cache import Cache

MB = 1024 * 1024
HOLD = """
import asyncio, sys
from pathlib import Path
from headstart.engine.cache import Cache
async def build(folder):
    (folder / "x").write_bytes(b"x" * 1024 * 1024)
async def main():
    await Cache(Path(sys.argv[1])).entry("kind", "held", build=build)
    print("held", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


def filler(size_mb: int, built: list[Path] | None = None):
    async def build(folder: Path) -> None:
        await asyncio.sleep(0.01)
        (folder / "content").write_bytes(b"x" * size_mb * MB)
        if built is not None:
            built.append(folder)

    return build


async def fill(root: Path, *keys: str) -> None:
    """Entries of 1 MB, used in this order, by a user who is gone."""
    cache = Cache(root)
    for age, key in enumerate(keys):
        await cache.entry("kind", key, build=filler(1))
        os.utime(root / "kind" / f"{key}.lock", (age, age))
    cache.release()


def keys(root: Path) -> set[str]:
    return {path.name for path in (root / "kind").iterdir() if path.is_dir()}


async def test_an_entry_is_built_once_however_many_ask(tmp_path):
    built: list[Path] = []
    askers = [Cache(tmp_path), Cache(tmp_path)] * 3
    found = await asyncio.gather(*(asker.entry("kind", "key", build=filler(1, built)) for asker in askers))
    assert set(found) == {tmp_path / "kind" / "key"}
    assert len(built) == 1


async def test_a_build_that_fails_leaves_nothing_and_can_be_tried_again(tmp_path):
    async def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise ValueError("no")

    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="no"):
        await cache.entry("kind", "key", build=fail)
    assert keys(tmp_path) == set()
    assert (await cache.entry("kind", "key", build=filler(1)) / "content").is_file()


async def test_the_longest_unused_goes_first(tmp_path):
    await fill(tmp_path, "old", "older-used-again", "new")
    os.utime(tmp_path / "kind" / "old.lock", (50, 50))
    assert Cache(tmp_path).prune(keep_mb=2) == [tmp_path / "kind" / "older-used-again"]
    assert keys(tmp_path) == {"old", "new"}
    assert len(list((tmp_path / "kind").iterdir())) == 4


async def test_what_this_process_uses_stays(tmp_path):
    await fill(tmp_path, "used", "unused")
    user = Cache(tmp_path)
    await user.entry("kind", "used", build=filler(1))
    assert Cache(tmp_path).prune(keep_mb=0) == [tmp_path / "kind" / "unused"]
    assert keys(tmp_path) == {"used"}


def test_what_another_process_uses_stays_until_it_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"held\n"
        assert Cache(tmp_path).prune(keep_mb=0) == []
        user.kill()
        user.wait()
    assert Cache(tmp_path).prune(keep_mb=0) == [tmp_path / "kind" / "held"]


async def test_what_another_process_drops_meanwhile_is_passed_over(tmp_path):
    await fill(tmp_path, "old")
    gone = tmp_path / "kind" / "gone.lock"
    gone.symlink_to(tmp_path / "nowhere")  # found in the folder, and not there when it is opened
    assert Cache(tmp_path).prune(keep_mb=0) == [tmp_path / "kind" / "old"]


async def test_what_a_killed_build_left_is_cleared(tmp_path):
    (tmp_path / "kind" / "key.partial" / "half").mkdir(parents=True)
    await Cache(tmp_path).entry("kind", "key", build=filler(1))
    assert not (tmp_path / "kind" / "key.partial").exists()


async def test_an_entry_deleted_by_hand_is_built_again(tmp_path):
    cache, built = Cache(tmp_path), []
    path = await cache.entry("kind", "key", build=filler(1, built))
    (path / "content").unlink()
    path.rmdir()
    await cache.entry("kind", "key", build=filler(1, built))
    assert len(built) == 2


@pytest.mark.parametrize(
    ("environ", "platform", "place"),
    [
        ({"HEADSTART_CACHE_DIR": "/mine", "XDG_CACHE_HOME": "/xdg"}, "darwin", "/mine"),
        ({"XDG_CACHE_HOME": "/xdg"}, "linux", "/xdg/headstart"),
        ({}, "linux", "/me/.cache/headstart"),
        ({}, "darwin", "/me/Library/Caches/headstart"),
    ],
)
def test_the_place_is_the_platforms_unless_said(environ, platform, place):
    assert caches.location(environ, home=Path("/me"), platform=platform) == Path(place)
