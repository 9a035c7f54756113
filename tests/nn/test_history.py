"""The history of a training goes as it is where records go."""

import pytest

from dendrograd.nn import MLP, SGD, fit, mse_loss
from dendrograd.nn.history import History
from dendrograd.viz import loss_curve


@pytest.fixture(scope="module")
def history():
    model = MLP(1, [1], seed=0)
    return fit(
        model, [[0.0], [1.0]], [1.0, 2.0], mse_loss, SGD(model.parameters()),
        epochs=3, test=([[2.0]], [3.0]),
    )  # fmt: skip


def test_it_is_a_list_of_plain_dicts(history):
    assert isinstance(history, list)
    assert all(type(record) is dict for record in history)
    assert history == [dict(record) for record in history]
    assert all(type(record["loss"]) is float for record in history)


def test_pandas_and_a_loss_curve_take_it_as_it_is(history):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(history)
    assert list(frame.columns) == ["epoch", "loss", "test_loss"]
    assert frame["test_loss"].dtype == float
    assert frame.to_dict("records") == history


def test_a_figure_of_all_epochs_is_asked_for_by_its_name(history):
    assert history["loss"] == [record["loss"] for record in history]
    assert [*history[:1], history[1], history[-1]] == list(history)
    assert History([{"a": 1}, {"b": 2}])["b"] == [None, 2]
    with pytest.raises(KeyError, match=r"no figure 'los'; there are .*'test_loss'"):
        history["los"]


def test_a_loss_curve_has_a_line_for_each_figure(history):
    pytest.importorskip("matplotlib")
    first, second = loss_curve(history).lines_
    assert first.get_ydata().tolist() == [record["loss"] for record in history]
    assert second.get_ydata().tolist() == [record["test_loss"] for record in history]


def test_a_notebook_shows_a_table_of_it_of_which_the_middle_may_be_left_out():
    history = History({"epoch": i, "<b>": 0.5, "loss": 1 / i} for i in range(1, 41))
    history.stopped = "ended by <it>"
    table = history._repr_html_()
    assert table.count("<tr>") == 1 + 20 + 1
    assert "20 more" in table
    assert "40 epochs; ended by &lt;it&gt;" in table
    assert "<b>" not in table
    assert ">0.025<" in table
    assert History()._repr_html_().count("<td") == 0
