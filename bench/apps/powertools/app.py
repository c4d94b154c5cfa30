"""A parcel service: what a parcel costs over HTTP, and what a van brings in from a queue, with logs and metrics."""

from decimal import Decimal

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

PRICES = {"S": Decimal("4.90"), "M": Decimal("7.50"), "L": Decimal("12.80")}
LONGEST_CM = {"S": 35, "M": 60, "L": 120}
HEAVIEST_G = 31_500
ZONES = {"DE": Decimal(1), "AT": Decimal("1.6"), "FR": Decimal("1.6"), "US": Decimal("4.2")}

logger = Logger()
metrics = Metrics()
app = APIGatewayHttpResolver()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context(clear_state=True)
def handler(event, context):
    """Answer a request, or take up a batch of scans; what of it failed comes again."""
    if "Records" in event:
        return process_partial_response(event, record_handler=scan, processor=processor, context=context)
    return app.resolve(event, context)


@app.get("/prices/<country>")
def prices(country):
    """What each size costs to a country."""
    return {size: str(price_to(country, size)) for size in PRICES}


@app.post("/parcels")
def parcel():
    """A parcel's size and price."""
    body = app.current_event.json_body
    size, price = rate(body["sides_cm"], weight_g=body["weight_g"], country=body.get("country", "DE"))
    metrics.add_metric(name="Rated", unit=MetricUnit.Count, value=1)
    logger.info("rated", extra={"size": size, "price": str(price)})
    return {"size": size, "price": str(price)}, 201


@app.exception_handler(KeyError)
def lacking(error):
    """A request that lacks something."""
    return Response(400, content_types.APPLICATION_JSON, {"message": f"the request has no {error.args[0]}"})


def rate(sides_cm, *, weight_g, country):
    """The smallest size that a parcel fits, and its price in EUR."""
    if weight_g > HEAVIEST_G:
        raise BadRequestError(f"{weight_g} g is too heavy; at most {HEAVIEST_G} g")
    for size, longest_cm in LONGEST_CM.items():
        if max(sides_cm) <= longest_cm:
            return size, price_to(country, size)
    raise BadRequestError(f"{max(sides_cm)} cm is too long; at most {LONGEST_CM['L']} cm")


def price_to(country, size):
    """What a size costs to a country, in EUR."""
    if country not in ZONES:
        raise NotFoundError(f"no parcels go to {country}")
    return (PRICES[size] * ZONES[country]).quantize(Decimal("0.01"))


def scan(record):
    """Count one parcel of a van; a scan without a number is not one."""
    scanned = record.json_body
    if not scanned["parcel"].startswith("P-"):
        raise ValueError(f"{scanned['parcel']} is no parcel")
    metrics.add_metric(name="Scanned", unit=MetricUnit.Count, value=1)
    logger.info("scanned", extra={"parcel": scanned["parcel"]})
