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
from .errors import SettingError
from .layers import Layer
from .sequential import Elementwise


def criterion(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return what PyTorch has a class for: called with settings, it gives the loss.

    Given outputs and targets, it is the loss.

    >>> criterion(losses.mse_loss)(reduction="sum")([1.0, 2.0], [0.0, 4.0])
    5.0
    >>> criterion(losses.mse_loss)([1.0, 2.0], [0.0, 4.0])
    2.5
    """

    def made(*pair: Any, **settings: Any) -> Any:
        if pair:
            return loss(*pair, **settings)
        return partial(loss, **settings) if settings else loss

    return made


def linear(
    in_features: int, out_features: int, bias: bool = True, **settings: Any
) -> Layer:
    """Return a Layer without an activation, as PyTorch's Linear.

    Raises SettingError for bias=False.

    >>> linear(in_features=2, out_features=3, seed=0)
    Layer(2 -> 3, 9 parameters)
    """
    if not bias:
        raise SettingError(
            "Linear: bias is False; it must be True, since each neuron of a Layer has one. "
            "Leave the biases at 0: give the optimiser the other parameters alone"
        )
    return Layer(in_features, out_features, **{"activation": None, **settings})


OF_SKLEARN = "take it from scikit-learn, as MLPClassifier and MLPRegressor fit in there"
OWN_LAYERS = (
    "there are Layer, MLP, Sequential, Dropout; write others as a Module, whose forward "
    "computes with Values"
)
SEED = "no generator is global here: give seed= to layers, MLP, Dropout and fit"

HABITS: dict[str, Any] = {
    "Linear": linear,
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
    "BatchNorm1d": OWN_LAYERS,
    "Conv1d": OWN_LAYERS,
    "Conv2d": OWN_LAYERS,
    "DataLoader": "use batches(X, y, batch_size)",
    "Embedding": OWN_LAYERS,
    "F": "losses are functions of dendrograd.nn, activations of dendrograd",
    "GRU": OWN_LAYERS,
    "GridSearchCV": OF_SKLEARN,
    "Identity": "leave it out, or give a function: Sequential takes lambda x: x",
    "KFold": OF_SKLEARN,
    "LSTM": OWN_LAYERS,
    "LinearRegression": "use MLPRegressor(hidden_layer_sizes=(), alpha=0, solver='lbfgs')",
    "LogSoftmax": "cross_entropy takes the logits as they are",
    "LogisticRegression": "use MLPClassifier((), solver='lbfgs')",
    "ModuleList": "a list of modules that hangs on a module is searched",
    "NLLLoss": "use cross_entropy, which takes the logits as they are",
    "ReduceLROnPlateau": "use MLPClassifier(solver='sgd', learning_rate='adaptive')",
    "TensorDataset": "give rows and targets, lists or arrays, to fit or batches",
    "accuracy_score": "use accuracy, or scikit-learn's with predict(model, X)",
    "cross_val_score": OF_SKLEARN,
    "f1_score": "take it from scikit-learn, with predict(model, X)",
    "mean_absolute_error": "use mae_loss",
    "mean_squared_error": "use mse_loss",
    "no_grad": "it is dendrograd.no_grad",
    "one_hot": "cross_entropy takes the index of a class",
    "r2_score": "take it from scikit-learn, with predict(model, X)",
    "utils": "clip_grad_norm_ and clip_grad_value_ are functions of dendrograd.nn",
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
    "LBFGS": "use MLPClassifier(solver='lbfgs') or MLPRegressor",
    "RMSprop": RMSprop,
    "lr_scheduler": schedules,
}
