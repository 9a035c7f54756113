"""A training report tells what was there: numbers equal an oracle's, sentences are true."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import hostile
import numpy as np
import pytest
from matplotlib import rcParams
from trained import GOALS, ROWS, loss_of, trained

from dendrograd import Value, dot, scope
from dendrograd.errors import MissingToolError, NotAFileError, OperandError
from dendrograd.nn import MLP, SGD, Adam, fit, mse_loss
from dendrograd.viz import TrainingReport
from dendrograd.viz.training.training import QUANTILES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def made():
    """Return a model, its report and the page."""
    model, report = trained(test=(ROWS, GOALS))
    return model, report, report.html(loss_of(model), "A title")


class Page(HTMLParser):
    """Reads a page; fails where an element is left open or closes another."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.ids, self.text, self.links = [], [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_startendtag(self, tag, attrs):
        assert "svg" in self.open, tag  # elsewhere HTML takes no notice of the slash
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.tags.append((tag, names))
        if tag != "meta":  # which has no end
            self.open.append(tag)
        if "id" in names:
            self.ids.append(names["id"])
        for name, value in names.items():
            link = r"^#(.+)" if name.endswith("href") else r"url\(#(.+?)\)"
            self.links += re.findall(link, value or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def charts(html):
    return re.findall(r'<svg [^>]*class="chart".*?</svg>', html, re.DOTALL)


def test_quantiles_sizes_and_steps_are_those_of_numpy():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    report, optimizer = TrainingReport(model), Adam(model.parameters(), lr=0.1)
    for _ in range(4):
        before = [
            np.array([p.data for p in part.parameters()]) for part in model.layers
        ]
        loss_of(model)
        optimizer.step()
        report.record(loss=1.0)
        for part, old, one in zip(
            model.layers, before, report.snapshots[-1], strict=True
        ):
            grads = np.array([p.grad for p in part.parameters()])
            now = np.array([p.data for p in part.parameters()])
            np.testing.assert_array_equal(one.gradients, np.quantile(grads, QUANTILES))
            np.testing.assert_array_equal(one.weights, np.quantile(now, QUANTILES))
            assert one.size == pytest.approx(np.sqrt(np.mean(grads**2)), rel=1e-14)
            moved = np.linalg.norm(now - old) / np.linalg.norm(old)
            assert one.change == pytest.approx(moved, rel=1e-14)
            assert one.broken == 0


def test_fit_hands_its_records_over_as_they_are():
    model = MLP(2, [3, 1], seed=0)
    report = TrainingReport(model)
    history = fit(
        model,
        ROWS,
        GOALS,
        mse_loss,
        SGD(model.parameters(), lr=0.01),
        epochs=5,
        seed=0,
        on_epoch=report,
    )
    assert report.history == history
    assert report.axis == ("epoch", [1, 2, 3, 4, 5])


def test_a_report_changes_nothing_in_the_training():
    with_report, _ = trained()
    model = MLP(2, [4, 1], activation="tanh", seed=0)
    optimizer = SGD(model.parameters(), lr=0.01)
    fit(model, ROWS, GOALS, mse_loss, optimizer, epochs=3, seed=0)
    assert [p.data for p in model.parameters()] == [
        p.data for p in with_report.parameters()
    ]


def test_a_second_fit_is_counted_by_records():
    model, report = trained()
    optimizer = SGD(model.parameters(), lr=0.01)
    fit(model, ROWS, GOALS, mse_loss, optimizer, epochs=2, seed=0, on_epoch=report)
    assert report.axis == ("record", [1, 2, 3, 4, 5])


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_injected_units_are_named_and_healthy_nets_name_none(activation):
    model, report = trained(activation)
    model.load_state_dict(
        {
            "layers.0.weight": [[0.1, 0.1]] * 4,
            "layers.0.bias": [1.0] * 4,
            "layers.1.weight": [[1.0] * 4],
            "layers.1.bias": [0.0],
        }
    )
    *_, last = report.findings(loss_of(model))
    assert last == "None of 5 units is dead or saturated, for 4 inputs."
    model.layers[0].neurons[2].bias.data = -40.0
    *_, last = report.findings(loss_of(model))
    what = "dead" if activation == "relu" else "saturated"
    assert last.startswith(f"1 of 5 units is {what}")
    assert re.findall(r"layers\.\S+ \(\d of \d\)", last) == [
        "layers.0.neurons.2 (4 of 4)"
    ]


@pytest.mark.parametrize(
    ("factor", "word"), [(1e-3, "vanish"), (1e3, "explode"), (1.0, None)]
)
def test_gradients_that_differ_by_much_between_layers_are_told(factor, word):
    first, last = Value(1.0, label="first"), Value(1.0, label="last")

    class Net:
        def named_parameters(self):
            return [("a.w", first), ("b.w", last)]

    report = TrainingReport(Net())
    for _ in range(3):
        first.grad, last.grad = factor, 1.0
        report.record(loss=1.0)
    told = " ".join(report.findings())
    assert ("vanish" in told) == (word == "vanish")
    assert ("explode" in told) == (word == "explode")
    if word:
        assert "1,000 times" in told
        assert "from b (root mean square 1) to a" in told


def test_a_layer_that_no_gradient_reached_is_named():
    model, report = trained(sizes=(3, 2, 1))
    for parameter in model.layers[1].parameters():
        parameter.grad = 0.0
    report.snapshots.clear()
    report.history.clear()
    report.record(loss=1.0)
    assert "No gradient reached layers.1 at any record." in report.findings()
    model.zero_grad()
    report.snapshots.clear()
    report.history.clear()
    report.record(loss=1.0)
    assert any("before zero_grad()" in text for text in report.findings())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_the_first_number_that_is_not_finite_is_told_and_the_page_is_made(bad):
    model, report = trained()
    model.layers[0].neurons[0].bias.grad = bad
    report.record(epoch=4, loss=bad)
    report.record(epoch=5, loss=1.0)
    told = " ".join(report.findings())
    assert "loss, 1 numbers of layers.0 are not finite at epoch 4" in told
    assert np.isfinite(report.snapshots[-1][0].gradients).all()
    Page(report.html())


def test_the_page_is_whole_and_its_parts_do_not_get_in_each_others_way(made):
    _, _, html = made
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert set(page.links) <= set(page.ids)
    titles = [tag for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert titles == ["h1", *["h2"] * 5, "h3", "h3", "h2"]
    drawn = charts(html)
    assert len(drawn) == 3 + 2 * 2  # figures, and two for each layer
    for chart in drawn:
        ElementTree.fromstring(chart)
        assert re.search(r' aria-label="[^"]+"', chart)


def test_the_page_runs_nothing_and_asks_for_nothing(made):
    page = Page(made[2])
    policy = next(
        names["content"]
        for tag, names in page.tags
        if tag == "meta" and names.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    tags = {tag for tag, _ in page.tags}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "a"})
    for _, names in page.tags:
        assert not [name for name in names if name.startswith("on")]
        for name in ("href", "xlink:href", "src"):
            assert names.get(name, "#").startswith("#")


def test_every_colour_of_a_chart_is_the_pages_to_change(made):
    for chart in charts(made[2]):
        colours = re.findall(r"(?:var\(--\w+,)?#[0-9a-f]{6}", chart)
        assert colours
        assert all(colour.startswith("var(") for colour in colours)


def test_the_bytes_are_the_same_in_every_run_and_whatever_the_style(made):
    model, report, html = made
    rcParams["font.size"] = 30.0
    rcParams["axes.facecolor"] = "black"
    try:
        assert report.html(loss_of(model), "A title") == html
        assert rcParams["font.size"] == 30.0  # and the user's style is left as it was
    finally:
        rcParams.update({"font.size": 10.0, "axes.facecolor": "white"})


def test_hostile_names_are_text(recwarn):
    labels = hostile.LABELS
    values = [Value(1.0 + i, label=label) for i, label in enumerate(labels)]

    class Net:
        def named_parameters(self):
            return [
                (f"{label}.{i}.w", value)
                for i, (label, value) in enumerate(zip(labels, values, strict=True))
            ]

    report = TrainingReport(Net())
    for _ in range(2):
        report({"loss": 1.0, **dict.fromkeys(labels[::6], 2.0)})
    with scope("<script>"):
        total = dot(values, [-1.0] * len(values)).relu()
    html = report.html(total, "</title><script>alert(1)</script>")
    html.encode()  # a lone surrogate could not go out
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "</title><script>alert(1)</script>" in "".join(page.text)
    assert not [str(w.message) for w in recwarn if "Glyph" in str(w.message)]


def test_a_long_training_is_thinned_and_says_so():
    _, report = trained(epochs=1)
    short = report.html()
    for epoch in range(2, 1500):
        report.record(epoch=epoch, loss=1.0 / epoch)
    long = report.html()
    assert "Some of the 1,499 epochs are drawn." in long
    assert len(long) < len(short) + 200_000
    assert len(report.history) == 1499


def test_a_report_of_nothing_says_so():
    report = TrainingReport(MLP(1, [1], seed=0))
    page = Page(report.html())
    assert "Nothing was recorded" in "".join(page.text)


def test_save_writes_the_page_whole_or_not_at_all(made, tmp_path):
    model, report, html = made
    place = tmp_path / "new" / "report.html"
    with pytest.raises(FileNotFoundError):  # no folder is made by the way
        report.save(place, sample=loss_of(model))
    place.parent.mkdir()
    assert report.save(place, sample=loss_of(model), title="A title") == str(place)
    assert place.read_text("utf-8") == html
    place.write_text("old")
    with pytest.raises(OperandError, match="sample holds 3"):
        report.save(place, sample=[3])
    assert place.read_text() == "old"
    with pytest.raises(NotAFileError):
        report.save(tmp_path)
    assert [file.name for file in place.parent.iterdir()] == ["report.html"]


def test_without_matplotlib_the_way_to_get_it_is_told(made, tmp_path, monkeypatch):
    _, report, _ = made
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingToolError, match=r"in a clone, pip install '\.\[plot\]'"):
        report.save(tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
    assert report._repr_html_() is None  # and a notebook shows the repr
    assert report.findings()


def test_a_notebook_shows_the_page_in_a_frame_that_reaches_nothing(made):
    _, report, _ = made
    (frame,) = Page(report._repr_html_()).tags
    assert frame[0] == "iframe"
    assert frame[1]["sandbox"] == ""
    assert frame[1]["srcdoc"] == report.html()


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (3, "3 is not a model"),
        (type("Net", (), {"named_parameters": lambda self: [("w", 1.0)]})(), "a float"),
        (type("Net", (), {"named_parameters": lambda self: []})(), "no parameters"),
    ],
)
def test_what_cannot_be_watched_is_refused(model, told):
    with pytest.raises(OperandError, match=told):
        TrainingReport(model)


def test_a_figure_that_is_no_number_is_named_and_nothing_is_recorded():
    report = TrainingReport(MLP(1, [1], seed=0))
    with pytest.raises(OperandError, match=r"loss\[0\] is 'low'"):
        report.record(loss="low")
    assert report.history == report.snapshots == []
