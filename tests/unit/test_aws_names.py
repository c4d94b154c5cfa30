"""Names of functions on AWS, of what tuning makes there, and what is no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.aws import marks
from headstart.aws.names import FunctionName, parse
from headstart.errors import InvalidValueError

ACCOUNT = "123456789012"
NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected", "unqualified"),
    [
        ("f", FunctionName(name="f"), "f"),
        ("f:prod", FunctionName(name="f", qualifier="prod"), "f"),
        ("f:7", FunctionName(name="f", qualifier="7"), "f"),
        ("f:$LATEST", FunctionName(name="f", qualifier="$LATEST"), "f"),
        ("function:f", FunctionName(name="f"), "f"),
        (f"{ACCOUNT}:function:f", FunctionName(name="f", account_id=ACCOUNT), f"{ACCOUNT}:function:f"),
        (
            f"{ACCOUNT}:function:f:prod",
            FunctionName(name="f", qualifier="prod", account_id=ACCOUNT),
            f"{ACCOUNT}:function:f",
        ),
        (
            f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f",
            FunctionName(name="f", account_id=ACCOUNT, region="eu-central-1"),
            f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f",
        ),
        (
            f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:f:12",
            FunctionName(name="f", qualifier="12", account_id=ACCOUNT, region="cn-north-1", partition="aws-cn"),
            f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:f",
        ),
        (
            f"arn:aws-us-gov:lambda:us-gov-west-1:{ACCOUNT}:function:f",
            FunctionName(name="f", account_id=ACCOUNT, region="us-gov-west-1", partition="aws-us-gov"),
            f"arn:aws-us-gov:lambda:us-gov-west-1:{ACCOUNT}:function:f",
        ),
        (
            f"arn:aws-eusc:lambda:eusc-de-east-1:{ACCOUNT}:function:f",
            FunctionName(name="f", account_id=ACCOUNT, region="eusc-de-east-1", partition="aws-eusc"),
            f"arn:aws-eusc:lambda:eusc-de-east-1:{ACCOUNT}:function:f",
        ),
    ],
)
def test_every_form_that_aws_takes_is_read(text: str, expected: FunctionName, unqualified: str):
    assert parse(text) == expected
    assert parse(text).unqualified == unqualified


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no name"),
        ("my function", "no name"),
        ("f" * 65, "no name"),
        ("f:", "no version or alias"),
        ("f:a:b", "too many parts"),
        ("f:$OLDEST", "no version or alias"),
        ("arn:aws:s3:::bucket", "not the ARN of a Lambda function"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:f:1", "not the ARN of a Lambda function"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function", "not the ARN of a Lambda function"),
        (f"arn:aws:lambda::{ACCOUNT}:function:f", "no region"),
        (f"arn:gcp:lambda:us-east-1:{ACCOUNT}:function:f", "no partition"),
        ("arn:aws:lambda:us-east-1:12:function:f", "no account of 12 digits"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:1:2", "too many parts"),
    ],
)
def test_what_is_no_name_says_which_part_is_wrong(text: str, wrong: str):
    with pytest.raises(InvalidValueError, match=wrong) as caught:
        parse(text)
    assert "arn:aws:lambda:REGION:ACCOUNT:function:NAME" in caught.value.message
    assert caught.value.hint


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str):
    try:
        found = parse(text)
    except InvalidValueError:
        return
    assert text in (found.name, f"{found.name}:{found.qualifier}") or "function:" in text


@given(NAMES, st.integers(128, 10_240), st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True))
def test_what_tuning_makes_is_recognised_by_its_marks(name: str, memory_mb: int, run_id: str):
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    assert marks.run_of_alias(marks.alias(run_id, memory_mb)) == run_id
    assert marks.noted(marks.alias(run_id, memory_mb)) is None
    note = marks.note(run_id, was_mb=memory_mb, now_mb=128)
    assert (marks.run_of_alias(note), marks.noted(note)) == (run_id, (memory_mb, 128))
    assert marks.run_of_description(marks.version_description(run_id, memory_mb, turn=3)) == run_id
    copy = marks.copy_description(run_id, arn, turn=3)
    assert marks.is_copy_of(copy, arn)
    assert not marks.is_copy_of(copy, f"{arn}x")
    assert marks.could_be_copy(marks.copy_name(run_id, memory_mb, function=name))
    assert parse(marks.copy_name(run_id, memory_mb, function=name)).qualifier is None
    assert len(copy) <= 256


@given(st.text())
def test_what_others_made_is_not_taken_for_it(text: str):
    assert marks.run_of_alias(text) is None
    assert marks.run_of_description(text) is None


@pytest.mark.parametrize("run_id", ["", "Run", "a-b", "x" * 13])
def test_a_run_that_could_not_be_in_a_name_is_refused(run_id: str):
    with pytest.raises(InvalidValueError, match="run_id"):
        marks.require_run(run_id)
