"""A trained network with all that it takes to use it: columns, classes and scales."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dendrograd import no_grad, softmax
from dendrograd.nn import MLP, Standardizer, StateError, load, save

from .errors import CommandError
from .task import Task

__all__ = ["FILE", "Model"]

FILE = "model.safetensors"
KEY, FORMAT = "dendrograd", 1
SCALES = ("features", "target")


@dataclass(frozen=True)
class Model:
    """A network between scales: rows and predictions are in the units of the table.

    target_scale is None for classes.
    """

    net: MLP
    task: Task
    activation: str
    feature_scale: Standardizer
    target_scale: Standardizer | None

    def scaled(self, rows: Any, goals: Any) -> tuple[list[Any], list[Any]]:
        """Return rows and goals as the network sees them."""
        if self.target_scale is not None:
            goals = self.target_scale.transform(goals).tolist()
        return self.feature_scale.transform(rows).tolist(), list(goals)

    def outputs(self, rows: Any) -> list[Any]:
        """Return what the network makes of rows: logits of the classes, or a number."""
        with no_grad():
            found = self.net(self.feature_scale.transform(rows).tolist())
        return [
            [float(x) for x in y] if isinstance(y, list) else float(y) for y in found
        ]

    def predict(self, rows: Any) -> list[Any]:
        """Return for each row (class, its probability), or a number."""
        outputs = self.outputs(rows)
        if self.target_scale is not None:
            found: list[Any] = self.target_scale.inverse_transform(outputs).tolist()
            return found
        chances = [softmax(logits) for logits in outputs]
        best = [max(range(len(p)), key=p.__getitem__) for p in chances]
        names = self.task.classes
        return [(names[i], p[i]) for i, p in zip(best, chances, strict=True)]

    def save(self, path: Path) -> None:
        """Write the model into a .safetensors file; numbers keep every bit."""
        arrays: dict[str, Any] = dict(self.net.state_dict())
        for name, scale in zip(SCALES, self._scales(), strict=True):
            for key, array in scale.state_dict().items() if scale else ():
                arrays[f"scale.{name}.{key}"] = array
        about = {
            "format": FORMAT,
            "features": self.task.features,
            "target": self.task.target,
            "classes": self.task.classes,
            "activation": self.activation,
        }
        save(path, arrays, {KEY: json.dumps(about)})

    def _scales(self) -> tuple[Standardizer | None, Standardizer | None]:
        return self.feature_scale, self.target_scale

    @classmethod
    def load(cls, path: Path) -> Model:
        """Return the model in a file, or in the folder that `train` wrote.

        Raises CommandError for a file that is absent or not written by `save`.
        """
        file = path / FILE if path.is_dir() else path
        try:
            state, metadata = load(file)
        except OSError as error:
            raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
        except StateError as error:
            raise CommandError(str(error)) from None
        try:
            about = json.loads(metadata[KEY])
            made_by = about["format"]
            model = cls._from(state, about) if made_by == FORMAT else None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise CommandError(
                f"{file}: is no model that `dendrograd train` wrote; give the folder "
                "or the .safetensors file that it named"
            ) from None
        if model is None:
            raise CommandError(
                f"{file}: was written by another version of dendrograd (format "
                f"{made_by}, not {FORMAT}); train it again, or upgrade"
            )
        return model

    @classmethod
    def _from(cls, state: Mapping[str, Any], about: dict[str, Any]) -> Model:
        """Return the model; KeyError, TypeError or ValueError for what is none."""
        task = Task(
            _names(about["features"]), about["target"], _names(about["classes"])
        )
        layers = [key for key in state if key.endswith(".weight")]
        sizes = [len(state[f"layers.{i}.weight"]) for i in range(len(layers))]
        if not sizes or sizes[-1] != task.outputs:
            raise ValueError("outputs and classes do not pair")
        for i, (fan_in, size) in enumerate(
            zip([len(task.features), *sizes], sizes, strict=False)
        ):
            if state[f"layers.{i}.weight"].shape != (size, fan_in):
                raise ValueError("layers do not fit")  # before building what they say
        net = MLP(len(task.features), sizes, activation=about["activation"], seed=0)
        net.load_state_dict(
            {key: array for key, array in state.items() if not key.startswith("scale.")}
        )
        first, second = (_scale(state, name) for name in SCALES)
        if first is None or first.mean.shape != (len(task.features),):
            raise ValueError("the scale of the features does not fit")
        if (second is None) != bool(task.classes) or (second and second.mean.shape):
            raise ValueError("the scale of the target does not fit")
        return cls(net.eval(), task, about["activation"], first, second)


def _names(texts: Any) -> tuple[str, ...]:
    return tuple([str(text) for text in texts])


def _scale(state: Mapping[str, Any], name: str) -> Standardizer | None:
    keys = {key: f"scale.{name}.{key}" for key in ("mean", "scale")}
    if not any(key in state for key in keys.values()):
        return None
    standard = Standardizer()
    standard.load_state_dict({key: state[path] for key, path in keys.items()})
    return standard
