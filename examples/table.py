"""From a CSV to a saved model, predictions and a drawing of why.

pip install '.[sklearn]' pandas && python examples/table.py
python examples/table.py my.csv the_column_to_predict

Words become columns of 0 and 1, gaps are filled with the median or the most frequent word.
Writes model.joblib, predictions.csv for the rows not trained on, and answer.svg. Load a
model only from people you trust: joblib runs the code that a file names.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dendrograd.nn import MLPClassifier


def pipeline() -> Pipeline:
    """Return a model that takes tables of numbers and words."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
        verbose_feature_names_out=False,
    )
    net = MLPClassifier((8,), learning_rate_init=0.02, max_iter=1000, random_state=0)
    return make_pipeline(columns, net).set_output(transform="pandas")


def main(table: Path, target: str, folder: Path) -> Pipeline:
    data = pd.read_csv(table).dropna(subset=[target])
    X, y = data.drop(columns=target), data[target]
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, random_state=0, stratify=y
    )
    model = pipeline().fit(X_train, y_train)
    print(
        f"right on {model.score(X_test, y_test):.1%} of {len(X_test)} rows not trained on"
    )

    predictions = X_test.assign(
        truth=y_test,
        predicted=model.predict(X_test),
        probability=model.predict_proba(X_test).max(axis=1).round(3),
    )
    predictions.to_csv(folder / "predictions.csv")
    print(predictions.iloc[:3, -3:])

    doubtful = X_test.loc[[predictions["probability"].idxmin()]]
    answer = model[-1].explain(model[:-1].transform(doubtful))
    print(f"\nThe most doubtful row: {answer}")
    answer.draw(fold=3).save(folder / "answer.svg")

    joblib.dump(model, folder / "model.joblib")
    print(f"\nwrote model.joblib, predictions.csv and answer.svg into {folder}")
    return model


if __name__ == "__main__":
    penguins = Path(str(files("dendrograd.cli") / "penguins.csv"))
    given = sys.argv[1:] or [str(penguins), "species"]
    main(Path(given[0]), given[1], Path(given[2] if len(given) > 2 else "."))
