"""The same transformation as an expression of Polars, from file to file: what a table engine does with it."""

from typing import Any

import polars


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    text = dict.fromkeys(("name", "email", "age", "score"), polars.String)
    frame = polars.scan_ndjson(event["input"], schema={"id": polars.Int64, **text})
    cleaned = frame.select(
        "id",
        polars.col("name").str.strip_chars().str.to_titlecase(),
        polars.col("email").str.strip_chars().str.to_lowercase(),
        polars.col("age").cast(polars.Int64),
        polars.col("score").cast(polars.Float64),
    ).filter(polars.col("email").str.contains("@", literal=True), polars.col("name") != "")
    cleaned.sink_ndjson(event["output"])
    return {}
