"""The cases in which dendrograd.nn is compared with PyTorch: plain data, no library.

`make_torch_figures.py` runs them in PyTorch, `test_torch.py` in dendrograd.nn.
"""

STEPS = 20
CLOSE = 1e-12  # relative, or absolute below 1

POINTS = [
    [0.5, -1.0],
    [-1.5, 2.0],
    [1.0, 1.0],
    [-0.25, -0.75],
    [2.0, 0.125],
    [-2.0, -1.5],
]

# loss -> (targets of the six points, outputs of the net, arguments)
LOSSES = {
    "mse_loss": ([0.5, -1.0, 2.0, 0.0, 1.5, -0.5], 1, {}),
    "l1_loss": ([0.5, -1.0, 2.0, 0.0, 1.5, -0.5], 1, {}),
    "huber_loss": ([0.5, -9.0, 2.0, 0.0, 7.5, -0.5], 1, {"delta": 1.5}),
    "smooth_l1_loss": ([0.5, -9.0, 2.0, 0.0, 7.5, -0.5], 1, {"beta": 0.75}),
    "bce_loss": ([0.0, 1.0, 1.0, 0.25, 0.0, 1.0], 1, {}),
    "bce_with_logits_loss": ([0.0, 1.0, 1.0, 0.25, 0.0, 1.0], 1, {}),
    "cross_entropy": ([0, 2, 1, 1, 0, 2], 3, {}),
}

# pairs for each loss, far out as well, for the losses one by one and their gradient
ENTRIES = {
    name: ([-3.0, -0.5, 0.0, 0.5, 0.8, 1.5, 4.0, 30.0], [0.25] * 4 + [-1.0] * 4)
    for name in ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss")
} | {
    "bce_loss": (
        [0.01, 0.3, 0.5, 0.9, 1e-9, 0.999999],
        [0.0, 1.0, 0.5, 0.75, 1.0, 0.0],
    ),
    "bce_with_logits_loss": (
        [-1000.0, -40.0, -0.5, 0.5, 40.0, 1000.0],
        [1.0, 0.0, 0.5, 1.0, 0.25, 0.0],
    ),
    "cross_entropy": (
        [[1000.0, -1000.0, 0.0], [0.1, 0.2, 0.3], [-5.0, 4.0, 4.0], [7.0, -7.0, 0.5]],
        [1, 2, 0, 0],
    ),
    "cross_entropy soft": (
        [[10.0, -10.0, 0.0], [0.1, 0.2, 0.3]],
        [[0.2, 0.5, 0.3], [0.5, 1.0, 0.25]],
    ),
}

# name -> (class, arguments)
OPTIMISERS = {
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD default": ("SGD", {}),
    "SGD momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "SGD dampening": (
        "SGD",
        {"lr": 0.05, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.01},
    ),
    "SGD nesterov": (
        "SGD",
        {"lr": 0.03, "momentum": 0.9, "nesterov": True, "weight_decay": 0.02},
    ),
    "SGD maximize": ("SGD", {"lr": 0.001, "momentum": 0.5, "maximize": True}),
    "Adam": ("Adam", {"lr": 0.05}),
    "Adam default": ("Adam", {}),
    "Adam decay": (
        "Adam",
        {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    ),
    "Adam amsgrad": ("Adam", {"lr": 0.2, "betas": (0.5, 0.5), "amsgrad": True}),
    "AdamW": ("AdamW", {"lr": 0.05, "weight_decay": 0.2}),
    "AdamW default": ("AdamW", {}),
    "AdamW amsgrad": ("AdamW", {"lr": 0.2, "betas": (0.5, 0.5), "amsgrad": True}),
    "AdamW maximize": ("AdamW", {"lr": 0.01, "maximize": True}),
    "RMSprop": ("RMSprop", {"lr": 0.02}),
    "RMSprop default": ("RMSprop", {}),
    "RMSprop centered": (
        "RMSprop",
        {"lr": 0.02, "alpha": 0.9, "centered": True, "weight_decay": 0.05},
    ),
    "RMSprop momentum": (
        "RMSprop",
        {"lr": 0.01, "alpha": 0.8, "eps": 1e-4, "momentum": 0.9, "centered": True},
    ),
}

SCHEDULES = {
    "StepLR": ("StepLR", {"step_size": 6, "gamma": 0.3}),
    "ExponentialLR": ("ExponentialLR", {"gamma": 0.8}),
    "CosineAnnealingLR": ("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.01}),
    "LinearLR": ("LinearLR", {"start_factor": 0.1, "total_iters": 7}),
    "LinearLR default": ("LinearLR", {}),
}

# name -> (function, arguments), on gradients of the first step times 10
CLIPS = {
    "clip_grad_norm_": ("clip_grad_norm_", {"max_norm": 1.0}),
    "clip_grad_norm_ wide": ("clip_grad_norm_", {"max_norm": 1e6}),
    "clip_grad_norm_ 1": ("clip_grad_norm_", {"max_norm": 0.5, "norm_type": 1.0}),
    "clip_grad_norm_ 3": ("clip_grad_norm_", {"max_norm": 0.5, "norm_type": 3.0}),
    "clip_grad_norm_ inf": (
        "clip_grad_norm_",
        {"max_norm": 0.5, "norm_type": float("inf")},
    ),
    "clip_grad_value_": ("clip_grad_value_", {"clip_value": 0.7}),
}


def weights(nout):
    """Return the first weights of a 2-3-nout net, by PyTorch's shapes."""
    spread = iter(((i * 37) % 101) / 101 - 0.5 for i in range(1, 100))

    def take(count):
        return [next(spread) for _ in range(count)]

    return {
        "layers.0.weight": [take(2) for _ in range(3)],
        "layers.0.bias": take(3),
        "layers.1.weight": [take(3) for _ in range(nout)],
        "layers.1.bias": take(nout),
    }
