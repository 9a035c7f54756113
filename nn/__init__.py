"""Neurons, layers and training on top of dendrograd, with PyTorch's names."""

if __name__ == "nn":  # from the repository root: it would make second classes
    raise ImportError("import nn: the package is named dendrograd.nn; import that")

from dendrograd.attributes import answer_for as _answer_for

from .adaptive import Adam, AdamW, RMSprop
from .clip import clip_grad_norm_, clip_grad_value_
from .data import Standardizer, batches, train_test_split
from .entropy import cross_entropy
from .errors import DataError, SettingError, StateError
from .layers import MLP, Layer, Neuron
from .losses import (
    bce_loss,
    bce_with_logits_loss,
    hinge_loss,
    huber_loss,
    l1_loss,
    mae_loss,
    mse_loss,
    smooth_l1_loss,
)
from .metrics import accuracy, confusion_matrix, predicted_class
from .module import Module
from .optim import SGD, Optimizer
from .schedules import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    StepLR,
)
from .sequential import Dropout, Sequential
from .serialize import load, save
from .train import evaluate, fit

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "DataError",
    "Dropout",
    "ExponentialLR",
    "LambdaLR",
    "Layer",
    "LinearLR",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSprop",
    "Sequential",
    "SettingError",
    "Standardizer",
    "StateError",
    "StepLR",
    "accuracy",
    "batches",
    "bce_loss",
    "bce_with_logits_loss",
    "clip_grad_norm_",
    "clip_grad_value_",
    "confusion_matrix",
    "cross_entropy",
    "evaluate",
    "fit",
    "hinge_loss",
    "huber_loss",
    "l1_loss",
    "load",
    "mae_loss",
    "mse_loss",
    "predicted_class",
    "save",
    "smooth_l1_loss",
    "train_test_split",
]

_answer_for(__name__)
