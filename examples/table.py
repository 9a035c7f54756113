"""From a CSV to a saved model, predictions and a drawing of why.

pip install '.[sklearn]' pandas && python examples/table.py
python examples/table.py my.csv the_column_to_predict

Words become columns of 0 and 1, gaps among numbers the median, dates a count of days.
Writes predictions.csv for the rows not trained on, answer.svg, and model.joblib. Load such
a file only from people you trust, as joblib runs the code that it names.
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
    words = OneHotEncoder(
        handle_unknown="ignore", max_categories=20, sparse_output=False
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
        verbose_feature_names_out=False,
    )
    net = MLPClassifier((8,), learning_rate_init=0.02, max_iter=1000, random_state=0)
    return make_pipeline(columns, net).set_output(transform="pandas")


def read(table: Path, target: str) -> pd.DataFrame:
    """Return the rows whose class is known, without columns that never change."""
    data = pd.read_csv(table).dropna(subset=[target])
    if data[target].nunique() > 20:
        sys.exit(f"{target} has too many classes; docs/data.md predicts numbers")
    texts = data.select_dtypes(exclude=["number", "bool"])
    for name in texts.columns.difference([target]):
        dates = pd.to_datetime(data[name], format="ISO8601", errors="coerce")
        if dates.count() == data[name].count():
            data[name] = (dates - pd.Timestamp(0)).dt.days
    return data.loc[:, data.nunique(dropna=False) > 1]


def main(table: Path, target: str, folder: Path) -> Pipeline:
    data = read(table, target)
    parts = train_test_split(data, random_state=0, stratify=data[target])
    (X, y), (X_test, y_test) = ((p.drop(columns=target), p[target]) for p in parts)
    model = pipeline().fit(X, y)
    right = model.score(X_test, y_test)
    print(f"right on {right:.1%} of {len(X_test)} rows not trained on")

    predictions = X_test.assign(truth=y_test, predicted=model.predict(X_test))
    predictions["probability"] = model.predict_proba(X_test).max(axis=1).round(3)
    predictions.to_csv(folder / "predictions.csv")
    print(predictions.iloc[:3, -3:])
    doubtful = X_test.loc[[predictions["probability"].idxmin()]]
    answer = model[-1].explain(model[:-1].transform(doubtful))
    print(f"\nThe most doubtful row: {answer}\n")
    answer.draw(fold=3).save(folder / "answer.svg")
    joblib.dump(model, folder / "model.joblib")
    print(f"wrote model.joblib, predictions.csv and answer.svg into {folder}")
    return model


if __name__ == "__main__":
    given = sys.argv[1:] or [str(files("dendrograd.cli") / "penguins.csv"), "species"]
    main(Path(given[0]), given[1], Path(given[2] if len(given) > 2 else "."))
