"""Loans are paid back to the cent."""

import json
import unittest
from pathlib import Path

import app

ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), None)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Loans(unittest.TestCase):
    """What is paid."""

    def test_a_loan_is_paid_back_to_the_cent(self):
        for months in (1, 7, 480):
            with self.subTest(months):
                loan = app.Loan(amount="9999.99", months=months, percent="4.35")
                payments = app.pay_back(loan)[2]
                assert sum(payment.principal for payment in payments) == loan.amount
                assert payments[-1].left == 0

    def test_what_is_not_said_is_the_rate_of_the_day(self):
        assert app.pay_back(app.Loan(amount=1, months=1))[0] == app.RATES["other"]


if __name__ == "__main__":
    unittest.main()
