"""The ledger goes into Excel and out again."""

import json
import unittest
from pathlib import Path

import app
import openpyxl

ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), None)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Workbook(unittest.TestCase):
    """What is written."""

    SALES = "date,country,product,pieces,cents\n2026-02-01,DE,ink,2,1380\n2026-01-31,AT,nib,1,250\n"

    def test_the_same_sales_are_the_same_workbook(self):
        digests = {app.export({"sales": self.SALES})["digest"] for _ in range(3)}
        assert len(digests) == 1

    def test_other_sales_are_another_workbook(self):
        other = self.SALES.replace("1380", "1381")
        assert app.export({"sales": self.SALES})["digest"] != app.export({"sales": other})["digest"]

    def test_numbers_are_summed_by_a_formula(self):
        sheet = openpyxl.Workbook().active
        for row in (["product", "cents"], ["ink", 1380], ["nib", 250]):
            sheet.append(row)
        app.finish(sheet)
        assert [cell.value for cell in sheet[4]] == [None, "=SUM(B2:B3)"]


if __name__ == "__main__":
    unittest.main()
