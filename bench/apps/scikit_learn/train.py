"""Trains model.joblib. Run it with the packages of requirements.txt, again after each change of their versions."""

from pathlib import Path

import joblib
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

wine = load_wine()
model = Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(max_iter=1000))])
model.fit(wine.data, wine.target)
content = {
    "model": model,
    "features": list(wine.feature_names),
    "cultivars": ["Barolo", "Grignolino", "Barbera"],
    "samples": wine.data,
}
joblib.dump(content, Path(__file__).parent / "model.joblib", compress=3)
