"""What an invoice says: VAT by the rates of the seller's country, totals to the cent, and its page."""

import json
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency, format_percent
from jinja2 import Environment, FileSystemLoader
from segno.helpers import make_epc_qr
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

HERE = Path(__file__).parent
CENT = Decimal("0.01")
RATES = json.loads((HERE / "data/vat_rates.json").read_text())["rates"]
PAGES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
PAGES.filters["money"] = lambda amount, document: format_currency(amount, "EUR", locale=document["locale"])
PAGES.filters["percent"] = lambda rate, document: format_percent(rate / 100, "#,##0.#%", locale=document["locale"])
PAGES.filters["day"] = lambda day, document: format_date(day, "long", locale=document["locale"])


class Refused(Exception):
    """The request cannot become a document; the text says why."""


def invoice(order):
    """The invoice for an order."""
    return document(order, kind="invoice", sign=1)


def credit_note(order):
    """The credit note that takes back lines of an earlier invoice."""
    if not order.get("corrects"):
        raise Refused("a credit note names the invoice that it corrects")
    return document(order, kind="credit note", sign=-1)


def document(order, *, kind, sign):
    """Totals and page of one document."""
    seller, customer = order["seller"], order["customer"]
    for party in (seller, customer):
        check_vat_number(party)
    reverse_charge = bool(customer.get("vat_number")) and customer["country"] != seller["country"]
    lines = [priced(line, seller["country"], reverse_charge=reverse_charge, sign=sign) for line in order["lines"]]
    net = sum(line["net"] for line in lines)
    by_rate = vat_by_rate(lines)
    gross = net + sum(by_rate.values())
    page = PAGES.get_template("document.html").render(
        document=order,
        kind=kind,
        issued=date.fromisoformat(order["date"]),
        lines=lines,
        net=net,
        by_rate=by_rate,
        gross=gross,
        reverse_charge=reverse_charge,
        payment_code=payment_code(seller, gross, text=order["number"]) if sign > 0 else "",
    )
    return {
        "number": order["number"],
        "kind": kind,
        "net": str(net),
        "vat": {str(rate): str(amount) for rate, amount in by_rate.items()},
        "gross": str(gross),
        "reverse_charge": reverse_charge,
        "html": page,
    }


def check_vat_number(party):
    """Refuse a VAT number whose check digits are wrong."""
    number = party.get("vat_number")
    try:
        if number:
            vat.validate(number)
    except ValidationError as error:
        raise Refused(f"VAT number {number} of {party['name']}: {error}") from error


def priced(line, country, *, reverse_charge, sign):
    """A line with its net amount and VAT rate."""
    rate = Decimal(line["vat_percent"])
    allowed = [Decimal(rate) for rate in [RATES[country]["standard"], *RATES[country]["reduced"]]]
    if rate not in allowed:
        raise Refused(f"{rate} % is not a VAT rate of {country}; its rates are {', '.join(map(str, allowed))}")
    net = (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(CENT, ROUND_HALF_UP)
    return line | {"net": sign * net, "rate": Decimal(0) if reverse_charge else rate}


def vat_by_rate(lines):
    """VAT to the cent for each rate, highest first; rounded once a rate, as on a VAT return."""
    net = defaultdict(Decimal)
    for line in lines:
        net[line["rate"]] += line["net"]
    return {rate: (net[rate] * rate / 100).quantize(CENT, ROUND_HALF_UP) + 0 for rate in sorted(net, reverse=True)}


def payment_code(seller, amount, *, text):
    """The QR code that banking apps read (EPC069-12), as SVG."""
    code = make_epc_qr(name=seller["name"], iban=seller["iban"], amount=amount, text=text)
    return code.svg_inline(scale=2)
