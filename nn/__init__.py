"""Neurons, layers and training on top of dendrograd, with PyTorch's names."""

if __name__ == "nn":  # from the repository root: it would make second classes
    raise ImportError("import nn: the package is named dendrograd.nn; import that")

import typing

from dendrograd.attributes import answer_for as _answer_for
from dendrograd.errors import MissingToolError as _MissingToolError

try:
    import numpy as _numpy  # noqa: F401  # which all of this package needs
except ImportError:
    raise _MissingToolError(
        "dendrograd.nn needs numpy, which is not installed; pip install numpy"
    ) from None

from .adaptive import Adam as Adam
from .adaptive import AdamW as AdamW
from .adaptive import RMSprop as RMSprop
from .clip import clip_grad_norm_ as clip_grad_norm_
from .clip import clip_grad_value_ as clip_grad_value_
from .data import Standardizer as Standardizer
from .data import batches as batches
from .data import train_test_split as train_test_split
from .entropy import cross_entropy as cross_entropy
from .errors import DataError as DataError
from .errors import SettingError as SettingError
from .errors import StateError as StateError
from .evaluating import evaluate as evaluate
from .evaluating import predict as predict
from .habits import HABITS as _HABITS
from .habits import OPTIM as _OPTIM
from .layers import MLP as MLP
from .layers import Layer as Layer
from .layers import Neuron as Neuron
from .losses import bce_loss as bce_loss
from .losses import bce_with_logits_loss as bce_with_logits_loss
from .losses import hinge_loss as hinge_loss
from .losses import huber_loss as huber_loss
from .losses import l1_loss as l1_loss
from .losses import mae_loss as mae_loss
from .losses import mse_loss as mse_loss
from .losses import smooth_l1_loss as smooth_l1_loss
from .metrics import accuracy as accuracy
from .metrics import confusion_matrix as confusion_matrix
from .metrics import predicted_class as predicted_class
from .module import Module as Module
from .optim import SGD as SGD
from .optim import Optimizer as Optimizer
from .parameters import functional_call as functional_call
from .parameters import parameters_to_vector as parameters_to_vector
from .parameters import vector_to_parameters as vector_to_parameters
from .predictor import Predictor as Predictor
from .saving import save as save
from .schedules import CosineAnnealingLR as CosineAnnealingLR
from .schedules import ExponentialLR as ExponentialLR
from .schedules import LambdaLR as LambdaLR
from .schedules import LinearLR as LinearLR
from .schedules import StepLR as StepLR
from .sequential import Dropout as Dropout
from .sequential import Elementwise as Elementwise
from .sequential import Sequential as Sequential
from .serialize import load as load
from .train import fit as fit

# `answer_for` imports these when they are asked for
if typing.TYPE_CHECKING:
    from .estimators import MLPClassifier as MLPClassifier
    from .estimators import MLPRegressor as MLPRegressor

_answer_for(
    __name__,
    places={  # what needs scikit-learn
        "MLPClassifier": "estimators",
        "MLPRegressor": "estimators",
    },
    elsewhere=_HABITS,
)
_answer_for(f"{__name__}.optim", elsewhere=_OPTIM)
