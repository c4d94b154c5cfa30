"""The lines of a text as Python, YAML, SARIF and patch count them: unlike ``splitlines``, a form feed ends none."""

import io


def lines(text: str) -> list[str]:
    """Each with its line end."""
    return io.StringIO(text, newline="").readlines()
