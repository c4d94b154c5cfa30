"""A way to a server on loopback that can fall silent: what is sent on it is taken, and nothing comes back."""

import socket
import threading
from contextlib import suppress


class StallingProxy:
    """Passes on what comes to ``port``, each way, until it is told to stall; what connects after that is passed on."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._target_port = port
        self._ways: list[tuple[socket.socket, socket.socket]] = []
        self._stalled: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def stall(self, *, answers_only: bool = False) -> None:
        """Pass nothing on any more of what is connected now, or nothing back."""
        for ours, theirs in self._ways:
            self._stalled.update({theirs} if answers_only else {ours, theirs})

    def close(self) -> None:
        """End it, and what is connected."""
        for end in [self._listener, *(end for way in self._ways for end in way)]:
            with suppress(OSError):  # to close one that a thread waits for would not wake the thread
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._target_port))
                self._ways.append((ours, theirs))
                for source, target in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source not in self._stalled:
                    target.sendall(data)
            if source not in self._stalled:
                target.shutdown(socket.SHUT_WR)
