"""Tells a wine's cultivar by its analysis, with a model trained in train.py; explains and evaluates what it tells."""

from pathlib import Path

import joblib
import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.neighbors import NearestNeighbors

trained = joblib.load(Path(__file__).parent / "model.joblib")
MODEL, FEATURES, CULTIVARS, SAMPLES = (trained[name] for name in ("model", "features", "cultivars", "samples"))


class Refused(Exception):
    """The analysis cannot be used; the message is for its sender."""


def handler(event, context):
    """Do what the event's ``action`` says with its ``wines``."""
    actions = {"predict": predict, "explain": explain, "evaluate": evaluate, "similar": similar}
    try:
        return actions[event["action"]](event, matrix(event["wines"]))
    except Refused as refusal:
        return {"refused": str(refusal)}


def matrix(wines):
    """One row of features for each wine."""
    for number, wine in enumerate(wines, start=1):
        missing = [name for name in FEATURES if not isinstance(wine.get(name), int | float)]
        if missing:
            raise Refused(f"wine {number} has no number for {', '.join(missing)}")
    return np.array([[wine[name] for name in FEATURES] for wine in wines], dtype=float)


def predict(event, rows):
    """Each wine's likeliest cultivar, and how likely each is."""
    shares = MODEL.predict_proba(rows)
    return {
        "wines": [
            {"cultivar": CULTIVARS[row.argmax()], "shares": dict(zip(CULTIVARS, row.round(4).tolist(), strict=True))}
            for row in shares
        ]
    }


def explain(event, rows):
    """The three features that speak most for each wine's cultivar, and those that speak most against it."""
    scaler, classifier = MODEL.named_steps["scale"], MODEL.named_steps["classify"]
    answers = []
    for row in scaler.transform(rows):
        cultivar = int(classifier.predict(row[None])[0])
        parts = classifier.coef_[cultivar] * row
        order = parts.argsort()
        answers.append(
            {
                "cultivar": CULTIVARS[cultivar],
                "for": {FEATURES[i]: round(float(parts[i]), 3) for i in order[:-4:-1]},
                "against": {FEATURES[i]: round(float(parts[i]), 3) for i in order[:3]},
            }
        )
    return {"wines": answers}


def evaluate(event, rows):
    """How well the model does on wines whose cultivars are known."""
    truth = [CULTIVARS.index(cultivar) for cultivar in event["cultivars"]]
    shares = MODEL.predict_proba(rows)
    labels = list(range(len(CULTIVARS)))
    return {
        "accuracy": round(accuracy_score(truth, shares.argmax(axis=1)), 4),
        "log_loss": round(log_loss(truth, shares, labels=labels), 4),
        "confusion": confusion_matrix(truth, shares.argmax(axis=1), labels=labels).tolist(),
    }


def similar(event, rows):
    """The known samples that are nearest to each wine, by their numbers in the training data."""
    scale = MODEL.named_steps["scale"].transform
    nearest = NearestNeighbors(n_neighbors=event.get("count", 3)).fit(scale(SAMPLES))
    distances, numbers = nearest.kneighbors(scale(rows))
    return {
        "wines": [
            [{"sample": int(n), "distance": round(float(d), 3)} for d, n in zip(*pair, strict=True)]
            for pair in zip(distances, numbers, strict=True)
        ]
    }
