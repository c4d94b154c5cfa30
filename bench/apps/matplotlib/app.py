"""Draws charts for reports: lines, bars, histograms and heat maps, as PNG, SVG or PDF."""

import base64
import io

import matplotlib as mpl

mpl.use("Agg")
mpl.rcParams["svg.hashsalt"] = "charts"  # else the identifiers in an SVG are random

import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)
import numpy as np  # noqa: E402

# What a file would tell of when and by what it was drawn.
METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}


class Refused(Exception):
    """The chart cannot be drawn; the message is for its sender."""


def handler(event, context):
    """Draw the event's chart."""
    try:
        kind = known(event.get("format", "png"), METADATA, what="format")
        draw = known(event["chart"], CHARTS, what="chart")
        figure, axes = plt.subplots(figsize=(3.2, 2.0), dpi=60, layout="constrained")
        try:
            draw(figure, axes, event["data"])
            label(axes, event)
            file = io.BytesIO()
            figure.savefig(file, format=kind, metadata=METADATA[kind])
        finally:
            plt.close(figure)
    except Refused as refusal:
        return {"refused": str(refusal)}
    return {"format": kind, "file": base64.b64encode(file.getvalue()).decode()}


def known(name, names, *, what):
    """The value of a name; what cannot be asked for is refused."""
    if name not in names:
        raise Refused(f"{what} {name} is not one of {', '.join(names)}")
    return name if names is METADATA else names[name]


def lines(figure, axes, data):
    """One line for each series."""
    for name, values in data.items():
        axes.plot(range(1, len(values) + 1), values, marker="o", markersize=3, label=name)
    axes.legend()
    axes.grid(visible=True, alpha=0.3)


def bars(figure, axes, data):
    """One bar for each name, its value on it."""
    drawn = axes.bar(list(data), list(data.values()))
    axes.bar_label(drawn, fmt="%g")


def histogram(figure, axes, data):
    """How often values occur, with their mean and one standard deviation around it."""
    values = np.asarray(data, dtype=float)
    mean, deviation = values.mean(), values.std()
    axes.hist(values, bins="sturges")
    axes.axvspan(mean - deviation, mean + deviation, alpha=0.2, color="C1")
    axes.axvline(mean, color="C1")


def heat_map(figure, axes, data):
    """A colour for each cell of a table."""
    image = axes.imshow(np.asarray(data["cells"], dtype=float), cmap="viridis", aspect="auto")
    axes.set_xticks(range(len(data["columns"])), data["columns"])
    axes.set_yticks(range(len(data["rows"])), data["rows"])
    figure.colorbar(image)


CHARTS = {"lines": lines, "bars": bars, "histogram": histogram, "heat-map": heat_map}


def label(axes, event):
    """Title, axes and scale as the event says."""
    axes.set_title(event.get("title", ""))
    axes.set_xlabel(event.get("x", ""))
    axes.set_ylabel(event.get("y", ""))
    if event.get("scale") == "log":
        axes.set_yscale("log")
