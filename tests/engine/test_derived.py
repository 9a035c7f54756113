"""What grad and the others return is a function under its own function's name."""

import copy
import inspect
import math
import pickle
from functools import partial

import pytest

from dendrograd import (
    grad,
    hessian,
    jacobian,
    log,
    tanh,
    value_and_grad,
    vjp,
)
from dendrograd.nn import MLP

MAKERS = grad, value_and_grad, jacobian, hessian


def cost(x, *, scale=1.0):
    """Return a cost."""
    return scale * x * x * x


@grad
def decorated(x):
    """Return x squared."""
    return x * x


class Spring:
    stiffness = 3.0

    def energy(self, x):
        return self.stiffness * x * x

    force = grad(energy, argnums=1)

    @partial(value_and_grad, argnums=1)
    def both(self, x):
        return self.stiffness * x * x

    @staticmethod
    @grad
    def alone(x):
        return x * x


@pytest.mark.parametrize("maker", MAKERS)
def test_a_derivative_has_the_name_signature_and_docstring_of_its_function(maker):
    derived = maker(cost)
    assert derived.__wrapped__ is cost
    assert (derived.__name__, derived.__doc__) == ("cost", "Return a cost.")
    assert (derived.__qualname__, derived.__module__) == ("cost", __name__)
    assert str(inspect.signature(derived)) == "(x, *, scale=1.0)"
    assert repr(derived) == f"<{maker.__name__} of cost>"
    assert repr(maker(derived)) == repr(derived)


def test_a_pullback_takes_a_cotangent_of_the_function_that_it_names():
    _, pullback = vjp(cost, 2.0)
    assert pullback.__wrapped__ is cost
    assert str(inspect.signature(pullback)) == "(cotangent)"
    assert (repr(pullback), pullback(cotangent=1.0)) == ("<pullback of cost>", (12.0,))
    with pytest.raises(TypeError, match="cotangent"):
        pullback()


def test_a_repr_tells_the_settings_that_are_not_the_usual_ones():
    assert repr(grad(cost, argnums=(0, 1))) == "<grad of cost, argnums=(0, 1)>"
    forward = jacobian(cost, argnums=1, mode="forward")
    assert repr(forward) == "<jacobian of cost, argnums=1, mode='forward'>"
    assert repr(grad(log)) == "<grad of <op log>>"
    assert repr(grad(math.sqrt)) == "<grad of sqrt>"
    assert repr(grad(partial(pow, exp=2))).startswith("<grad of functools.partial(")


def test_what_a_function_holds_is_not_on_its_derivative():
    def counted(x):
        return x * x

    counted.calls = 3
    model = MLP(1, [1], seed=0)
    assert not hasattr(grad(counted), "calls")
    assert not hasattr(grad(model), "layers")
    derived = grad(counted)
    derived.calls = 4
    assert copy.deepcopy(derived).calls == 4
    assert "calls" not in vars(copy.copy(grad(counted)))


def test_a_keyword_argument_may_have_any_name():
    def f(x, **named):
        return x * named["self"] * named["function"]

    assert grad(f)(2.0, self=3.0, function=5.0) == 15.0


def test_in_a_class_it_is_a_method_and_goes_through_pickle_as_one():
    spring = Spring()
    spring.stiffness = 5.0
    for held in (spring, pickle.loads(pickle.dumps(spring))):
        assert (held.force(3.0), held.both(3.0)) == (30.0, (45.0, 30.0))
        assert held.alone(3.0) == 6.0
        for way in (copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))):
            # d (5 x²) = 10 x dx; not the energy, whose name it has
            assert way(held.force)(3.0) == 30.0
            assert way(held.both)(3.0) == (45.0, 30.0)
    assert str(inspect.signature(spring.force)) == "(x)"
    assert repr(Spring.force) == "<grad of energy, argnums=1>"


def test_a_decorated_function_is_pickled_by_its_name():
    assert (decorated(3.0), decorated.__doc__) == (6.0, "Return x squared.")
    for one in (decorated, Spring.both, Spring.alone):
        assert pickle.loads(pickle.dumps(one)) is one
        assert copy.deepcopy(one) is one
    assert grad(decorated)(3.0) == 2.0
    assert pickle.loads(pickle.dumps(grad(decorated)))(3.0) == 2.0


@pytest.mark.parametrize("maker", [*MAKERS, lambda f: vjp(f, 2.0)[1]])
def test_a_lambda_inside_cannot_be_pickled_and_is_named(maker):
    unpicklable = pickle.PicklingError, AttributeError  # by version of Python
    with pytest.raises(unpicklable, match="lambda"):
        pickle.dumps(maker(lambda x: x * x))
    with pytest.raises(unpicklable, match="lambda"):
        pickle.dumps(maker(partial(lambda a, x: a * x, 3.0)))


def test_a_model_and_its_derivative_stay_one_in_a_copy():
    model = MLP(1, [1], seed=0)
    other, derived = copy.deepcopy((model, grad(model)))
    other.parameters()[0].data = 7.0
    assert derived.__wrapped__ is other
    assert derived([2.0]) == [7.0]
    assert grad(model)([2.0]) == [model.parameters()[0].data]


def test_a_derivative_without_a_place_of_its_own_is_made_again():
    """`__module__` and `__qualname__` may lead nowhere, or to something else."""
    for f in (tanh, math.sqrt, MLP(1, [1], seed=0)):
        assert repr(pickle.loads(pickle.dumps(grad(f))).__wrapped__) == repr(f)
    lost = grad(cost)
    for module in ("no.such.module", "math"):
        lost.__module__ = module
        assert pickle.loads(pickle.dumps(lost))(2.0) == 12.0
