"""What the function of examples/records answers, on a real S3. D57 … D69 are the course's defects."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples.records_function import FOLDER, MODULES, Records, imported

from headstart_kit.errors import InternalError

EVENTS = sorted((FOLDER / "events").iterdir())
OBJECTS = sorted((FOLDER / "objects/incoming").iterdir())
COUNTS = ("read", "cleaned", "refused")
GOOD = {"id": 1, "name": "ada lovelace", "email": "ada@example.com", "age": 36, "score": 99.5}
MEMORY_MB = 256


@pytest.fixture
def variables(s3: Any, bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of the function, which are set; its two buckets are there."""
    s3.create_bucket(Bucket=f"{bucket}-cleaned")
    variables = aws_environment | {
        "INPUT_BUCKET": bucket,
        "OUTPUT_BUCKET": f"{bucket}-cleaned",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB * 8),  # pytest itself is in this process
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def records(variables: dict[str, str], s3: Any) -> Iterator[Records]:
    """The function after its init phase."""
    with imported("app") as app:
        yield Records(app, s3, buckets=(variables["INPUT_BUCKET"], variables["OUTPUT_BUCKET"]))


def lines(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def cleaned_of(records: Records, *values: object) -> list[Any]:
    """What becomes of some records."""
    records.put("some.jsonl", lines(*values))
    records.process("some.jsonl")
    return records.lines("some.jsonl.clean.jsonl")


def reason(records: Records, **change: object) -> str:
    """Why a record with a change is refused."""
    records.put("some.jsonl", lines(GOOD | change))
    assert records.process("some.jsonl")["refused"] == 1
    (letter,) = records.lines("some.jsonl.refused.jsonl")
    return letter["message"]


def without_figures(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what depends on the machine."""
    return {name: value for name, value in answer.items() if name not in ("memory", "most_mb")}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.stem)
def test_the_events_are_answered_as_expected(event: Path, records: Records):
    for file in OBJECTS:
        records.put(file.name, file.read_bytes())
    answer = json.dumps(without_figures(records(json.loads(event.read_text()))))
    shown = answer.replace(records.output_bucket, "cleaned")
    assert json.loads(shown) == json.loads((FOLDER / "expected" / event.name).read_text())


def test_the_small_data_set_is_what_make_people_prints():
    for file, kind in (("people.jsonl", []), ("people.csv", ["csv"])):
        count = {"people.jsonl": "48", "people.csv": "24"}[file]
        printed = subprocess.run(
            [sys.executable, FOLDER / "make_people.py", count, *kind], capture_output=True, check=True
        )
        assert (FOLDER / "objects/incoming" / file).read_bytes().startswith(printed.stdout)


def test_a_record_is_cleaned_as_the_course_does_and_keeps_what_else_it_has(records: Records):
    record = GOOD | {"name": "  ada LOVELACE ", "email": "Ada@Example.COM", "age": "36", "score": "99.5"}
    assert cleaned_of(records, record) == [GOOD | {"name": "Ada Lovelace"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "  "}, "name: is empty"),
        ({"name": None}, "name: must be a text, is null"),
        ({"email": None}, "email: must be a text, is null"),
        ({"email": "ada@example.com\n"}, "email: is no e-mail address"),
        ({"email": "ada@example"}, "email: is no e-mail address"),
        ({"age": -1}, "age: must be from 0 to 150"),
        ({"age": 151}, "age: must be from 0 to 150"),
        ({"age": 36.5}, "age: must be a whole number"),
        ({"age": True}, "age: must be a number, is a boolean"),
        ({"age": "9" * 50_000}, "age: Exceeds the limit (4300 digits) for integer string conversion"),
        ({"score": "nan"}, "score: must be finite"),
        ({"score": [1]}, "score: must be a number, is an array"),
        ({"age": None, "score": ""}, "age: must be a number, is null; score: could not convert string to float: ''"),
    ],
)
def test_a_record_is_refused_for_all_that_is_wrong_with_it(
    change: dict[str, object], message: str, *, records: Records
):
    assert reason(records, **change).startswith(message)


def test_a_missing_field_is_a_reason(records: Records):
    records.put("some.jsonl", lines({"name": "Ada"}))
    records.process("some.jsonl")
    (letter,) = records.lines("some.jsonl.refused.jsonl")
    assert letter["message"] == "email: is missing; age: is missing; score: is missing"


def test_d58_the_limit_is_the_functions_memory_size(records: Records):
    assert records.app.profile.limit_mb == MEMORY_MB * 8


def test_d59_an_event_without_an_action_is_told_which_there_are(records: Records):
    allowed = "allowed: process_large_dataset, memory_test"
    assert records({})["error"] == f"action is missing; {allowed}"
    assert records({"action": "process_data"})["error"] == f'action is "process_data"; {allowed}'


def test_d60_nothing_is_traced_but_what_was_asked_for(records: Records):
    records.put("people.jsonl", lines(GOOD))
    records.process()
    assert not tracemalloc.is_tracing()
    records({"action": "memory_test", "size_mb": 1, "trace": True})
    assert not tracemalloc.is_tracing()


def test_d61_the_peak_is_the_true_one_and_each_invocation_has_its_own(records: Records):
    big = records({"action": "memory_test", "size_mb": 200})["memory"]
    small = records({"action": "memory_test", "size_mb": 1})["memory"]
    assert big["sections"]["block"]["rise_mb"] >= 199
    assert big["peak_mb"] >= big["resident_mb"] + 199
    assert not small["peak_is_exact"] or small["peak_mb"] < big["peak_mb"] - 190


def test_d62_there_is_a_report_before_anything_was_measured(records: Records):
    assert records.app.profile.report()["peak_mb"] > 0


def test_d63_memory_does_not_grow_with_the_input(records: Records):
    line = lines(GOOD | {"name": "x" * 1000})
    records.put("few.jsonl", line * 2_000)
    records.put("many.jsonl", line * 40_000)
    few, many = (records.process(key)["memory"] for key in ("few.jsonl", "many.jsonl"))
    # 44 MB in, 44 MB out; of these what fills a part of the upload is held, twice while it is cut off.
    assert many["peak_mb"] - few["peak_mb"] < 24


def test_d64_no_record_vanishes(records: Records):
    content = lines(GOOD, {"name": "Alan"}, [1], None) + "no JSON\n\n" + lines(GOOD) + '{"cut": '
    records.put("some.jsonl", content)
    answer = records.process("some.jsonl")
    assert {name: answer[name] for name in COUNTS} == {"read": 7, "cleaned": 2, "refused": 5}
    letters = records.lines(answer["dead_letters"].rpartition("/")[2])
    assert [(letter["index"], letter["raw"]) for letter in letters] == [
        (1, '{"name": "Alan"}'),
        (2, "[1]"),
        (3, "null"),
        (4, "no JSON"),
        (6, '{"cut":'),
    ]
    assert all(
        letter["message"] and content.encode()[letter["offset"] :].startswith(letter["raw"].encode())
        for letter in letters
    )


def test_d65_the_answer_does_not_grow_with_the_number_of_batches(records: Records):
    records.put("people.jsonl", lines(*[GOOD] * 500))
    whole, one_by_one = records.process(), records.process(batch_size=1)
    assert whole.keys() == one_by_one.keys()
    assert len(json.dumps(one_by_one)) < len(json.dumps(whole)) + 20


@pytest.mark.parametrize("batch_size", [0, -1, 100_001, 1.5, True, "10"])
def test_d66_a_batch_size_that_cannot_be_is_refused(batch_size: object, records: Records):
    answer = records.process(batch_size=batch_size)
    assert answer["status"] == 400
    assert answer["error"].startswith("batch_size ")
    assert records.output_keys() == []


@pytest.mark.parametrize("size_mb", [0, -64, 1e99, 10**50, "64", None])
def test_d66_a_size_that_cannot_be_is_refused(size_mb: object, records: Records):
    answer = records({"action": "memory_test", "size_mb": size_mb})
    assert answer["status"] == 400
    assert answer["error"].startswith("size_mb ")


def test_d67_more_memory_than_there_is_is_refused_with_the_range(records: Records):
    most_mb = records({"action": "memory_test", "size_mb": 1})["most_mb"]
    assert 64 < most_mb < MEMORY_MB * 8
    answer = records({"action": "memory_test", "size_mb": MEMORY_MB * 8})
    assert answer["status"] == 400
    low, high = (
        answer["error"].removeprefix("size_mb must be from ").removesuffix(f", is {MEMORY_MB * 8}").split(" to ")
    )
    assert int(low) == 1
    assert abs(int(high) - most_mb) < 16


def test_d68_the_profiler_is_in_the_package_and_does_not_list_itself(records: Records):
    code = "import sys, app; sys.exit('psutil' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=FOLDER, check=True)
    sites = records({"action": "memory_test", "size_mb": 8, "trace": True})["memory"]["allocations"]
    assert "app.py" in sites[0]["site"]
    assert sites[0]["kb"] >= 8 * 1024
    assert not any(name in site["site"] for site in sites for name in ("tracemalloc", "linecache", "memory_profile"))


def test_d69_data_comes_by_its_location_and_from_no_bucket_of_the_callers(records: Records):
    for more in ({"records": [GOOD]}, {"bucket": "another"}):
        answer = records.process(**more)
        assert (answer["status"], next(iter(more)) in answer["error"]) == (400, True)
    records.put("people.jsonl", lines(GOOD))
    assert records.process("../another/people.jsonl")["status"] == 404


@pytest.mark.parametrize(
    ("key", "status", "error"),
    [
        ("nothing.jsonl", 404, "nothing.jsonl cannot be read: NoSuchKey"),
        ("", 400, "key must be from 1 to 900 long, is 0"),
        ("people.xlsx", 415, "people.xlsx does not say what it is; known: .jsonl"),
        ("broken.jsonl.gz", 422, "the gzip content is broken"),
        ("broken.parquet", 422, "broken.parquet cannot be read as Parquet"),
        ("broken.csv", 422, "the first row has to name the columns"),
    ],
)
def test_a_data_set_that_cannot_be_read_is_refused(key: str, status: int, error: str, records: Records):
    if key.startswith("broken"):
        records.put(key, "name,name\n1,2\n")
    answer = records.process(key)
    assert (answer["status"], error in answer["error"]) == (status, True), answer
    assert records.output_keys() == []


def test_parquet_is_refused_where_its_library_is_not_in_the_package(records: Records, monkeypatch: pytest.MonkeyPatch):
    records.put("people.parquet", b"PAR1")
    code = (
        "import sys; sys.modules['pyarrow'] = None; import app, json;"
        "print(json.dumps(app.handler({'action': 'process_large_dataset', 'key': 'people.parquet'}, None)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, check=True).stdout
    answer = json.loads(printed.splitlines()[-1])
    assert answer["status"] == 415
    assert "is Parquet: put pyarrow into the package" in answer["error"]


def test_parquet_is_cleaned_where_its_library_is_in_the_package(records: Records, tmp_path: Path):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([GOOD, GOOD | {"age": None}]), tmp_path / "people.parquet")
    records.put("people.parquet", (tmp_path / "people.parquet").read_bytes())
    answer = records.process("people.parquet")
    assert {name: answer[name] for name in COUNTS} == {"read": 2, "cleaned": 1, "refused": 1}
    assert records.lines("people.parquet.clean.jsonl") == [GOOD | {"name": "Ada Lovelace"}]


@pytest.mark.slow
def test_runs_that_stop_before_the_deadline_add_up_to_one(records: Records):
    with imported("make_people") as make_people:
        records.put("people.jsonl", "".join(make_people.json_lines(200_000)))
    whole = records.process()
    kept = records.lines("people.jsonl.clean.jsonl"), records.lines("people.jsonl.refused.jsonl")
    token, runs = None, 0
    while runs == 0 or token:
        answer = records(
            {"action": "process_large_dataset", "key": "people.jsonl", "resume_token": token}, timeout_ms=1_500
        )
        token, runs = answer["resume_token"], runs + 1
    assert runs > 1
    assert {name: answer[name] for name in COUNTS} == {name: whole[name] for name in COUNTS}
    assert (records.lines("people.jsonl.clean.jsonl"), records.lines("people.jsonl.refused.jsonl")) == kept
    assert len(records.output_keys()) == 2


@pytest.mark.parametrize("token", ["", "{}", "x" * 5000, '{"format": "headstart-stream-1"}'])
def test_what_is_no_resume_token_is_refused(token: str, records: Records):
    records.put("people.jsonl", lines(GOOD))
    answer = records.process(resume_token=token)
    assert answer["status"] == 400
    assert "resume_token" in answer["error"]


def test_a_token_for_another_or_a_changed_data_set_is_refused(records: Records):
    for key in ("people.jsonl", "others.jsonl"):
        records.put(key, lines(GOOD) * 200_000)
    event = {"action": "process_large_dataset", "key": "people.jsonl"}
    token = records(event, timeout_ms=1_500)["resume_token"]
    assert token
    assert records.process("others.jsonl", resume_token=token)["status"] == 422
    records.put("people.jsonl", lines(GOOD))
    answer = records.process(resume_token=token)
    assert (answer["status"], "has changed" in answer["error"]) == (422, True), answer


def test_what_is_no_fault_of_the_callers_is_raised(records: Records):
    records.s3.delete_bucket(Bucket=records.input_bucket)
    with pytest.raises(InternalError):
        records.process()


def test_a_body_that_is_no_json_is_refused(records: Records):
    request = {
        "version": "2.0",
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "rawPath": "/",
        "body": "{",
    }
    answer = records(request)
    assert answer["statusCode"] == 400
    assert "JSON" in json.loads(answer["body"])["error"]


def test_a_number_of_50_000_digits_is_refused(records: Records):
    body = '{"action": "memory_test", "size_mb": ' + "9" * 50_000 + "}"
    request = {
        "version": "2.0",
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "rawPath": "/",
        "body": body,
    }
    assert records(request)["statusCode"] == 400


def test_modules_of_the_function_are_told_apart_from_those_of_others():
    assert {file.stem for file in FOLDER.glob("*.py")} <= set(MODULES)


def test_a_token_whose_data_set_is_done_is_refused(records: Records):
    records.put("people.jsonl", lines(GOOD) * 200_000)
    event = {"action": "process_large_dataset", "key": "people.jsonl"}
    token = records(event, timeout_ms=1_500)["resume_token"]
    assert records.process(resume_token=token)["finished"]
    answer = records.process(resume_token=token)
    assert (answer["status"], "is whole or given up" in answer["error"]) == (422, True), answer
