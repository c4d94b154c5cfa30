"""What needs the account's quota, which no fixture carries."""

from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings

CRITICAL_AND_STANDARD = Path(__file__).parent / "hs120/bad_d36.yaml"
AMOUNT_SET_ASIDE = 70


def findings(rule: str, quota: int | None) -> list[str]:
    subject = inspection.look_at(CRITICAL_AND_STANDARD, AuditSettings(account_concurrency=quota))
    return [finding.message for finding in all_rules()[rule].find(subject)]


@pytest.mark.parametrize(("quota", "errors"), [(None, 0), (10, 1), (169, 1), (170, 0), (1000, 0)])
def test_a_quota_leaves_a_hundred_unreserved(quota: int | None, errors: int):
    assert len(findings("HS111", quota)) == errors


def test_the_error_says_what_there_is_and_what_it_takes():
    [message] = findings("HS111", 150)
    assert f"sets {AMOUNT_SET_ASIDE} aside" in message
    assert "of the account's 150 50 can be" in message


def test_the_quota_is_asked_for_only_while_it_is_unknown():
    [message] = findings("HS120", None)
    assert "a quota of 170 or more" in message
    assert findings("HS120", 1000) == []
