"""What people look for by the names of PyTorch, Keras and scikit-learn.

A name stands for the thing that does the same here, or for a text that tells what to use.
None of them is listed among the public names: `attributes.answer_for` looks here last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from . import losses, schedules
from .adaptive import Adam, AdamW, RMSprop
from .entropy import cross_entropy
from .layers import Layer
from .sequential import Elementwise


def criterion(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return what PyTorch has a class for: called with settings, it gives the loss.

    >>> criterion(losses.mse_loss)(reduction="sum")([1.0, 2.0], [0.0, 4.0])
    5.0
    """
    return lambda **settings: partial(loss, **settings) if settings else loss


SEED = "no generator is global here: give seed= to layers, MLP, Dropout and fit"

HABITS: dict[str, Any] = {
    "Linear": partial(Layer, activation=None),
    "ELU": partial(Elementwise, "elu"),
    "GELU": partial(Elementwise, "gelu"),
    "LeakyReLU": partial(Elementwise, "leaky_relu"),
    "ReLU": partial(Elementwise, "relu"),
    "SiLU": partial(Elementwise, "silu"),
    "Sigmoid": partial(Elementwise, "sigmoid"),
    "Softplus": partial(Elementwise, "softplus"),
    "Tanh": partial(Elementwise, "tanh"),
    "BCELoss": criterion(losses.bce_loss),
    "BCEWithLogitsLoss": criterion(losses.bce_with_logits_loss),
    "CrossEntropyLoss": criterion(cross_entropy),
    "HuberLoss": criterion(losses.huber_loss),
    "L1Loss": criterion(losses.l1_loss),
    "MSELoss": criterion(losses.mse_loss),
    "SmoothL1Loss": criterion(losses.smooth_l1_loss),
    "DataLoader": "use batches(X, y, batch_size)",
    "Dense": "use Layer(nin, nout)",
    "EarlyStopping": "use fit(..., patience=10)",
    "ModelCheckpoint": "use fit(..., checkpoint=file)",
    "Parameter": "a Value that hangs on a module is a parameter",
    "Softmax": "cross_entropy takes the logits as they are; the function is dendrograd.softmax",
    "StandardScaler": "use Standardizer",
    "functional": "losses are functions of dendrograd.nn, activations of dendrograd",
    "manual_seed": SEED,
}
OPTIM: dict[str, Any] = {
    "Adam": Adam,
    "AdamW": AdamW,
    "RMSprop": RMSprop,
    "lr_scheduler": schedules,
}
