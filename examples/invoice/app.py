"""Invoices, credit notes and a monthly VAT report for a small shop, behind an API Gateway HTTP API."""

import io
import json
import os
from decimal import Decimal

import boto3
import pandas as pd
from invoicing import Refused, credit_note, invoice


def handler(event, context):
    """Answer one HTTP request."""
    routes = {
        "POST /invoices": lambda body: issue(invoice(json.loads(body, parse_float=Decimal))),
        "POST /credit-notes": lambda body: issue(credit_note(json.loads(body, parse_float=Decimal))),
        "POST /vat-reports": vat_report,
    }
    route = routes.get(event["routeKey"])
    if route is None:
        return respond(404, {"message": f"no such route: {event['routeKey']}"})
    try:
        return route(event["body"])
    except Refused as refusal:
        return respond(422, {"message": str(refusal)})


def issue(document):
    """The finished document, and a link by which the caller may put it into the archive."""
    s3 = boto3.client("s3")
    link = s3.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": os.environ["ARCHIVE_BUCKET"],
            "Key": f"{document['number']}.html",
            "ContentType": "text/html",
        },
        ExpiresIn=900,
    )
    return respond(201, document | {"archive_link": link})


def vat_report(ledger):
    """Net and VAT by country and rate of a month's ledger, a CSV."""
    rows = pd.read_csv(io.StringIO(ledger), dtype={"net_cents": "int64", "vat_cents": "int64", "vat_percent": "str"})
    totals = rows.groupby(["country", "vat_percent"], as_index=False)[["net_cents", "vat_cents"]].sum()
    return respond(200, {"lines": totals.to_dict(orient="records"), "documents": len(rows)})


def respond(status, body):
    """An API Gateway response."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, ensure_ascii=False),
    }
