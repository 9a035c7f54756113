"""`animate`: what it returns, what it writes, and what its page may do."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import hostile
import pytest

from dendrograd import Value, primitive, scope
from dendrograd import sum as total
from dendrograd.nn import MLP
from dendrograd.viz import animate


@pytest.fixture
def root():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    root = a * b + a
    root.label = "L"
    return root


class Page(HTMLParser):
    """The elements of a page, the text of each, and the attributes of all."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.found = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))
        if tag not in ("meta", "input"):
            self.open.append(self.found[-1])

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def all(self, tag):
        return [(attrs, "".join(text)) for t, attrs, text in self.found if t == tag]


def data_of(page):
    return next(json.loads(t) for a, t in page.all("script") if a.get("id") == "data")


def test_nothing_is_written_unless_asked(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    animation = animate(root)
    assert animation.html
    assert animation.svg
    assert repr(animation) == "<Animation: back-propagation of L, 9 steps>"
    assert list(tmp_path.iterdir()) == []


def test_no_value_is_changed(root):
    animate(root)
    assert root.grad == 0.0
    assert [parent.label for parent in root.parents] == ["", "a"]


@pytest.mark.parametrize("name", ["backprop.html", "p.HTM", "loop.svg"])
def test_the_ending_says_what_is_written(root, tmp_path, name):
    animation = animate(root, tmp_path / name)
    text = (tmp_path / name).read_text("utf-8")
    assert text == (animation.svg if name.endswith("svg") else animation.html)
    assert animation.save(tmp_path / name) == str(tmp_path / name)


@pytest.mark.parametrize("name", ["backprop.gif", "backprop"])
def test_another_ending_is_refused_and_nothing_written(root, tmp_path, name):
    with pytest.raises(ValueError, match=r"neither \.html.*nor \.svg"):
        animate(root, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_draw_refuses_is_refused():
    with pytest.raises(TypeError):
        animate(3.0)
    with pytest.raises(ValueError, match="rankdir"):
        animate(Value(1.0), rankdir="up")


def test_only_our_script_may_run_and_nothing_loads(root):
    page = Page(animate(root).html)
    scripts = [(a, t) for a, t in page.all("script") if "type" not in a]
    assert len(page.all("script")) == 2
    digest = base64.b64encode(hashlib.sha256(scripts[0][1].encode()).digest()).decode()
    policy = next(a["content"] for a, _ in page.all("meta") if "http-equiv" in a)
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def hostile_root():
    leaves = []
    for label in hostile.LABELS:
        with scope(label):
            leaves.append(Value(2.0, label=label) * 1.5)
    root = total(leaves)
    root.label = "</script><script>window.pwned=1</script>"
    return root


def test_hostile_labels_are_text_and_nothing_else():
    animation = animate(hostile_root(), title="</title><script>1</script>", fold=None)
    page = Page(animation.html)
    assert not page.open
    assert len(page.all("script")) == 2
    for tag, attrs, _ in page.found:
        assert not [name for name in attrs if name.startswith("on")]
        assert not {"href", "src", "xlink:href"} & attrs.keys(), tag
    told = [said for step in data_of(page)["courses"]["call"] for said in step[4]]
    assert any("<b>bold</b>" in str(words) for words in told)


def test_the_page_has_the_steps_and_numbers_of_python(root):
    animation = animate(root)
    data = data_of(Page(animation.html))
    assert len(data["courses"]["call"]) == len(animation.steps.steps)
    boxes = animation.steps.picture.boxes
    assert data["nodes"]["grad"] == [box.adjoint for box in boxes]


def test_numbers_that_are_not_finite_are_words():
    x = Value(0.0, label="x")
    data = data_of(Page(animate(x.log() * 0.0).html))
    assert data["nodes"]["data"] == [0.0, "-Infinity", "NaN"]


def test_leaves_can_be_changed_where_the_page_has_the_rules(root):
    square = primitive(lambda y, x: (2.0 * x,))(lambda x: x * x)
    assert "leaves" in data_of(Page(animate(root).html))
    html = animate(square(Value(3.0, label="x"))).html
    assert "leaves" not in data_of(Page(html))
    assert "Leaves cannot be changed here: the page has no rule for" in html


def test_a_large_tree_is_folded_and_the_note_says_what_undoes_it():
    root = total([(MLP(2, [4, 1], seed=k)([1.0, 2.0]) - k) ** 2 for k in range(20)])
    animation = animate(root)
    assert len(animation.steps.picture.boxes) <= 300
    assert "animate(root, max_nodes=None)" in " ".join(animation.notes)
    assert "max_nodes=None" in animation.html
    assert "draw(root" not in animation.html


def test_a_notebook_shows_the_player_in_a_closed_frame_with_text_beside(root):
    animation = animate(root)
    bundle = animation._repr_mimebundle_()
    assert bundle["text/plain"] == animation.text
    assert bundle["text/html"] == animation._repr_html_()
    ((attrs, _),) = Page(bundle["text/html"]).all("iframe")
    assert attrs["sandbox"] == "allow-scripts"
    assert attrs["srcdoc"] == animation.html


def test_the_theme_can_be_pinned(root):
    html = animate(root, theme="dark").html
    assert '<html lang="en" class="dark">' in html
    assert not re.search(r"#g\w+[^{}]*\{[^{}]*light-dark", html)
