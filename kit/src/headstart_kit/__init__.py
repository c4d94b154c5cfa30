"""The small library that ships inside a function: importing it loads no module but its own."""

__all__: list[str] = []
