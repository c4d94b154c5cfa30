"""A lender's API: what a loan costs, month by month, and which of several offers is cheapest."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query
from mangum import Mangum
from pydantic import BaseModel, Field

CENT = Decimal("0.01")
RATES = {"house": Decimal("3.4"), "car": Decimal("5.9"), "other": Decimal("8.2")}

Purpose = Literal["house", "car", "other"]


class Loan(BaseModel):
    """What is borrowed, and how it is paid back."""

    amount: Decimal = Field(gt=0, le=10_000_000, decimal_places=2)
    months: int = Field(ge=1, le=480)
    purpose: Purpose = "other"
    percent: Decimal | None = Field(default=None, ge=0, le=100)


class Payment(BaseModel):
    """One month of a loan."""

    month: int
    interest: Decimal
    principal: Decimal
    left: Decimal


class Schedule(BaseModel):
    """All months of a loan, and what they come to."""

    percent: Decimal
    monthly: Decimal
    total: Decimal
    payments: list[Payment]


async def customer(x_customer: Annotated[str, Header(pattern=r"^c-\d+$")]) -> str:
    """Who asks."""
    return x_customer


app = FastAPI(title="Loans", version="1.0.0")
loans = APIRouter(prefix="/loans", tags=["loans"], dependencies=[Depends(customer)])


@app.get("/rates")
async def rates(purpose: Annotated[list[Purpose] | None, Query()] = None) -> dict[Purpose, Decimal]:
    """Today's interest, in percent a year."""
    return {name: percent for name, percent in RATES.items() if not purpose or name in purpose}


@loans.post("/schedule", status_code=201)
async def schedule(loan: Loan, months_shown: Annotated[int, Query(ge=0)] = 12) -> Schedule:
    """What is paid, in equal monthly payments."""
    percent, monthly, payments = pay_back(loan)
    total = sum(payment.interest + payment.principal for payment in payments)
    return Schedule(percent=percent, monthly=monthly, total=total, payments=payments[:months_shown])


@loans.post("/cheapest")
async def cheapest(offers: list[Loan]) -> dict[str, int | Decimal]:
    """The number of the cheapest offer, and what it saves against the dearest."""
    if not offers:
        raise HTTPException(400, "there is no offer to compare")
    interest = [sum(payment.interest for payment in pay_back(offer)[2]) for offer in offers]
    return {"offer": interest.index(min(interest)) + 1, "saves": max(interest) - min(interest)}


def pay_back(loan: Loan) -> tuple[Decimal, Decimal, list[Payment]]:
    """The interest in percent, the monthly payment, and every payment. The last one takes up what rounding left."""
    percent = RATES[loan.purpose] if loan.percent is None else loan.percent
    ratio = percent / 1200
    monthly = loan.amount * ratio / (1 - (1 + ratio) ** -loan.months) if ratio else loan.amount / loan.months
    monthly = monthly.quantize(CENT, ROUND_HALF_UP)
    payments, left = [], loan.amount
    for month in range(1, loan.months + 1):
        interest = (left * ratio).quantize(CENT, ROUND_HALF_UP)
        principal = left if month == loan.months else monthly - interest
        left -= principal
        payments.append(Payment(month=month, interest=interest, principal=principal, left=left))
    return percent, monthly, payments


app.include_router(loans)
handler = Mangum(app, lifespan="off")
