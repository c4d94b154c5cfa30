"""Settings are typed, all problems are told at once, and secrets stay out of sight."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace

import pytest

from headstart_kit.errors import SettingError
from headstart_kit.settings import Secret, read_settings


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


def port(text: str) -> int:
    if not 1 <= int(text) <= 65535:
        raise ValueError(text)
    return int(text)


class Database:
    db_host: str
    db_port: port = 5432
    db_password: Secret


class Everything:
    a_text: str = "given"
    a_count: int
    a_ratio: float
    a_choice: bool
    a_size: Size
    a_price: Decimal
    perhaps: int | None = None


def test_each_variable_becomes_a_value_of_its_type():
    texts = {"A_COUNT": "3", "A_RATIO": "0.5", "A_CHOICE": "Yes", "A_SIZE": "large", "A_PRICE": "1.50"}
    settings = read_settings(Everything, environ=texts)
    assert (settings.a_text, settings.a_count, settings.a_ratio) == ("given", 3, 0.5)
    assert settings.a_choice is True
    assert settings.a_size is Size.LARGE
    assert settings.a_price == Decimal("1.50")
    assert settings.perhaps is None
    assert read_settings(Everything, environ=texts | {"PERHAPS": "7", "A_CHOICE": "off"}).perhaps == 7


def test_annotations_may_be_types_as_well_as_texts():
    class Evaluated:
        count: int

    Evaluated.__annotations__ = {"count": int, "perhaps": int | None, "choice": bool}
    settings = read_settings(Evaluated, environ={"COUNT": "3", "PERHAPS": "4", "CHOICE": "0"})
    assert vars(settings) == {"count": 3, "perhaps": 4, "choice": False}


def test_every_missing_or_wrong_variable_is_named_with_what_is_allowed():
    with pytest.raises(SettingError) as raised:
        read_settings(Everything, environ={"A_COUNT": "three", "A_RATIO": "", "A_SIZE": "huge", "A_PRICE": "free"})
    assert str(raised.value) == (
        "A_COUNT is 'three'; allowed: a whole number; A_RATIO is missing: set it to a number; "
        "A_CHOICE is missing: set it to true 1 yes on or false 0 no off; A_SIZE is 'huge'; allowed: small, large; "
        "A_PRICE is 'free'; allowed: Decimal"
    )


def test_d10_a_missing_variable_is_told_in_init_not_as_a_key_error_to_the_caller():
    with pytest.raises(SettingError, match=r"^DB_HOST is missing: set it to a text; DB_PASSWORD is missing"):
        read_settings(Database, environ={"DB_PORT": "5433"})
    with pytest.raises(SettingError, match=r"^DB_PORT is '0'; allowed: port$"):
        read_settings(Database, environ={"DB_HOST": "h", "DB_PASSWORD": "p", "DB_PORT": "0"})


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DB_HOST", "db.internal")
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    monkeypatch.delenv("DB_PORT", raising=False)
    settings = read_settings(Database)
    assert (settings.db_host, settings.db_port, settings.db_password.reveal()) == ("db.internal", 5432, "hunter2")


@pytest.mark.parametrize("annotation", ["dict", "missing", list, list[int], 3])
def test_what_cannot_be_read_from_a_text_is_refused(annotation: object):
    declared = type("Odd", (), {"__annotations__": {"odd": annotation}, "__module__": __name__})
    with pytest.raises(TypeError, match=r"^Odd: .* cannot be read from an environment variable$"):
        read_settings(declared, environ={"ODD": "x"})


def test_a_secret_is_never_shown(caplog: pytest.LogCaptureFixture):
    secret = Secret("hunter2")
    logging.getLogger("test").error("%s %r %s", secret, secret, {"password": secret})
    shown = [f"{secret}", repr([secret]), str(SimpleNamespace(secret=secret)), caplog.text]
    with pytest.raises(ValueError, match="Secret") as raised:
        raise ValueError(secret)
    lines = traceback.TracebackException.from_exception(raised.value, capture_locals=True).format()
    shown += [str(raised.value), "".join(lines)]
    assert [text for text in shown if "hunter2" in text] == []
    assert secret.reveal() == "hunter2"


def test_a_secret_is_not_pickled_and_not_made_json():
    secret = Secret("hunter2")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="a Secret is not pickled"):
            pickle.dumps({"password": secret}, protocol)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert copy.deepcopy([secret])[0].reveal() == copy.copy(secret).reveal() == "hunter2"
