"""A shop's ledger, in and out of Excel: sums up a workbook that is sent, or writes one from a CSV of sales."""

import base64
import hashlib
import io
import zipfile

import pandas as pd
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

COLUMNS = ["date", "country", "product", "pieces", "cents"]


class Refused(Exception):
    """The ledger cannot be used; the message is for its sender."""


def handler(event, context):
    """Do what the event's ``action`` says."""
    actions = {"summarise": summarise, "export": export}
    try:
        return actions[event["action"]](event)
    except Refused as refusal:
        return {"refused": str(refusal)}


def summarise(event):
    """Revenue by month and country, the best products, and how sales went from month to month."""
    workbook = io.BytesIO(base64.b64decode(event["workbook"]))
    sales = checked(pd.read_excel(workbook, sheet_name=event.get("sheet", 0)))
    table = by_month(sales)
    best = sales.groupby("product")["cents"].sum().nlargest(3)
    return {
        "rows": len(sales),
        "cents_by_month": {month: row.to_dict() for month, row in table.iterrows()},
        "best": [{"product": product, "cents": int(cents)} for product, cents in best.items()],
        "growth_percent": [round(100 * ratio, 1) for ratio in table.sum(axis=1).pct_change().dropna()],
    }


def export(event):
    """The digest of a workbook with the sales on one sheet and a summary with formulas on another."""
    sales = checked(pd.read_csv(io.StringIO(event["sales"])))
    written = io.BytesIO()
    with pd.ExcelWriter(written, engine="openpyxl") as writer:
        sales.assign(date=sales["date"].dt.date).to_excel(writer, sheet_name="sales", index=False)
        by_month(sales).to_excel(writer, sheet_name="summary")
        for sheet in writer.book.worksheets:
            finish(sheet)
    return {"rows": len(sales), "sheets": ["sales", "summary"], "digest": digest(written)}


def checked(sales):
    """The sales with dates for dates, in their order."""
    missing = [column for column in COLUMNS if column not in sales.columns]
    if missing:
        raise Refused(f"the ledger has no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
    dates = pd.to_datetime(sales["date"], errors="coerce", format="%Y-%m-%d")
    if dates.isna().any():
        row = int(dates.isna().idxmax())
        raise Refused(f"row {row + 2}: {sales['date'][row]} is no date; needed: 2026-01-31")
    return sales.assign(date=dates).sort_values(["date", "product"], kind="stable", ignore_index=True)


def by_month(sales):
    """Cents by month and country."""
    months = sales["date"].dt.strftime("%Y-%m").rename("month")
    return sales.pivot_table(index=months, columns="country", values="cents", aggfunc="sum", fill_value=0)


def finish(sheet):
    """Bold heads, wide columns, a head that stays, and a sum under each column of numbers."""
    last = sheet.max_row
    for column, cells in enumerate(sheet.iter_cols(), start=1):
        letter = get_column_letter(column)
        cells[0].font = Font(bold=True)
        sheet.column_dimensions[letter].width = 2 + max(len(str(cell.value)) for cell in cells)
        if isinstance(cells[-1].value, int):
            sheet.cell(row=last + 1, column=column, value=f"=SUM({letter}2:{letter}{last})")
    sheet.freeze_panes = "A2"


def digest(workbook):
    """A digest of all that is in a workbook but the time at which it was written."""
    whole = hashlib.sha256()
    with zipfile.ZipFile(workbook) as parts:
        for name in sorted(set(parts.namelist()) - {"docProps/core.xml"}):
            whole.update(name.encode() + b"\0" + parts.read(name))
    return whole.hexdigest()
