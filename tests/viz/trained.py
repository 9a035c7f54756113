"""A small network that was trained with a report, for the tests of reports."""

from dendrograd.nn import MLP, SGD, fit, mse_loss
from dendrograd.viz import TrainingReport

ROWS = [[-1.0, 0.5], [2.0, 1.0], [0.0, -1.5], [0.3, 0.3]]
GOALS = [1.0, 0.0, 2.0, -1.0]


def trained(activation="tanh", epochs=3, sizes=(4, 1), **settings):
    """Return a network and the report on how it learnt these rows."""
    model = MLP(2, list(sizes), activation=activation, seed=0)
    report = TrainingReport(model)
    optimizer = SGD(model.parameters(), lr=0.01)
    fit(
        model,
        ROWS,
        GOALS,
        mse_loss,
        optimizer,
        epochs=epochs,
        seed=0,
        on_epoch=report,
        **settings,
    )
    return model, report


def loss_of(model):
    """Return the loss of all rows, with gradients that are of it alone."""
    loss = mse_loss(model(ROWS), GOALS)
    model.zero_grad()
    loss.backward()
    return loss
