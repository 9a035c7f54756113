"""Thirteen kinds of graph that programs make, each as a function that returns its root.

They are kept as a reader would write them, for `python benchmarks/viz.py`.
"""

import math
import random

import dendrograd as dg
from dendrograd import Value, scope
from dendrograd.nn import MLP


def V(x: float, label: str = "") -> Value:
    """Return a leaf with a label."""
    v = Value(float(x))
    v.label = label
    return v


def micrograd_readme() -> Value:
    """Return the expression of micrograd's README."""
    a, b = V(-4.0, "a"), V(2.0, "b")
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.label = "g"
    return g


def mlp_16_16() -> Value:
    """Return a net of two layers of 16."""
    m = MLP(2, [16, 16, 1], seed=3)
    x = [V(0.7, "x0"), V(-0.3, "x1")]
    y = m(x)
    y.label = "y"
    return y


def lstm() -> Value:
    """Return five steps of an LSTM cell."""
    r = random.Random(1)
    gates = "ifog"
    W = {
        g: (V(r.uniform(-1, 1), f"W{g}"), V(r.uniform(-1, 1), f"U{g}"), V(0.1, f"b{g}"))
        for g in gates
    }
    h, c = V(0, "h0"), V(0, "c0")
    x0 = None
    for t in range(5):
        x = V(math.sin(t), f"x{t}")
        x0 = x0 or x
        with scope(f"step {t}"):
            z = {}
            for g in gates:
                with scope(g):
                    w, u, b = W[g]
                    s = w * x + u * h + b
                    z[g] = s.tanh() if g == "g" else s.sigmoid()
            c = z["f"] * c + z["i"] * z["g"]
            h = z["o"] * c.tanh()
    h.label = "h5"
    return h


def attention() -> Value:
    """Return an attention head over three tokens."""
    r = random.Random(2)
    T, D = 3, 2
    X = [[V(r.gauss(0, 1), f"x{t}{d}") for d in range(D)] for t in range(T)]
    M = {
        n: [[V(r.gauss(0, 1), f"{n}{i}{j}") for j in range(D)] for i in range(D)]
        for n in ("Wq", "Wk", "Wv")
    }

    def mv(m, v):
        return [sum((m[i][j] * v[j] for j in range(D)), Value(0.0)) for i in range(D)]

    q = mv(M["Wq"], X[-1])
    ks = [mv(M["Wk"], x) for x in X]
    vs = [mv(M["Wv"], x) for x in X]
    s = [(q[0] * k[0] + q[1] * k[1]) / math.sqrt(D) for k in ks]
    m = max(x.data for x in s)
    e = [(x - m).exp() for x in s]
    z = e[0] + e[1] + e[2]
    p = [x / z for x in e]
    o = [sum((p[t] * vs[t][d] for t in range(T)), Value(0.0)) for d in range(D)]
    L = o[0] ** 2 + o[1] ** 2
    L.label = "L"
    return L


def black_scholes() -> Value:
    """Return a call option by Black and Scholes."""
    S, K, r, vol, T = V(100, "S"), V(105, "K"), V(0.02, "r"), V(0.25, "vol"), V(1, "T")
    d1 = (dg.log(S / K) + (r + vol**2 / 2) * T) / (vol * T.sqrt())
    d2 = d1 - vol * T.sqrt()
    c = S * dg.ndtr(d1) - K * dg.exp(-r * T) * dg.ndtr(d2)
    d1.label, d2.label, c.label = "d1", "d2", "call"
    return c


def kalman() -> Value:
    """Return a step of a Kalman filter, and its likelihood."""
    # 2-state constant velocity, scalar measurement
    x, v = V(0.5, "x"), V(1.0, "v")
    P = [[V(1, "P00"), V(0.1, "P01")], [V(0.1, "P10"), V(1, "P11")]]
    dt, q, R, z = V(0.1, "dt"), V(0.01, "q"), V(0.5, "R"), V(0.8, "z")
    with scope("predict"):
        xp = x + dt * v
        P00 = P[0][0] + dt * (P[1][0] + P[0][1]) + dt * dt * P[1][1] + q
    with scope("update"):
        y = z - xp
        S = P00 + R

    with scope("loglik"):
        ll = -0.5 * (y * y / S + dg.log(S) + math.log(2 * math.pi))
    ll.label = "loglik"
    return ll


def rk4() -> Value:
    """Return ten steps of Runge and Kutta's method."""
    k, g = V(1.3, "k"), V(0.2, "damp")
    x, v = V(1.0, "x0"), V(0.0, "v0")
    h = 0.1

    def f(x, v):
        return v, -k * x - g * v

    for n in range(10):
        with scope(f"rk {n}"):
            a1, b1 = f(x, v)
            a2, b2 = f(x + h / 2 * a1, v + h / 2 * b1)
            a3, b3 = f(x + h / 2 * a2, v + h / 2 * b2)
            a4, b4 = f(x + h * a3, v + h * b3)
            x = x + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
            v = v + h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
    x.label = "x(1)"
    return x


def implied_vol() -> Value:
    """Return four steps of Newton's method for an implied volatility."""
    S, K, T, price = V(100, "S"), V(100, "K"), V(0.5, "T"), V(7.0, "price")
    s = V(0.3, "sigma0")
    for n in range(4):
        with scope(f"newton {n}"):
            sq = s * T.sqrt()
            d1 = dg.log(S / K) / sq + sq / 2
            c = S * dg.ndtr(d1) - K * dg.ndtr(d1 - sq)
            vega = S * T.sqrt() * dg.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
            s = s - (c - price) / vega
    s.label = "implied vol"
    return s


def branchy() -> Value:
    """Return a loop with branches."""
    x, y = V(1.7, "x"), V(-0.4, "y")
    t1, t2 = V(1.0, "threshold"), V(0.0, "t2")
    out = V(0.0, "base")
    for _ in range(6):
        if x.data > t1.data:
            x = x * 0.8 + y * 0.1
            out = out + dg.minimum(x, t1)
        elif y < t2:
            y = y + 0.3 * x
            out = out + dg.maximum(y, t2) * 2
        else:
            out = out - x * y
            x = x + 0.5
    out.label = "score"
    return out


def logreg() -> Value:
    """Return a logistic loss over 50 rows."""
    r = random.Random(5)
    w = [V(0.1 * i, f"w{i}") for i in range(3)]
    b = V(0.0, "b")
    L = Value(0.0)
    for _ in range(50):
        x = [r.gauss(0, 1) for _ in range(3)]
        t = r.random() < 0.5
        z = sum((wi * xi for wi, xi in zip(w, x, strict=True)), b)
        L = L + (dg.softplus(-z) if t else dg.softplus(z))
    L = L / 50
    L.label = "loss"
    return L


def horner() -> Value:
    """Return Horner's rule of degree 8."""
    x = V(0.9, "x")
    p = V(1.0, "c8")
    for i in range(7, -1, -1):
        p = p * x + V((-1) ** i / (i + 1), f"c{i}")
    p.label = "p(x)"
    return p


def fib() -> Value:
    """Return a graph of 10^8 paths."""
    a, b = V(1.0, "f0"), V(1.0, "f1")

    for _ in range(40):
        a, b = b, a + b
    b.label = "f41"
    return b


def million() -> Value:
    """Return a million nodes without scopes."""
    r = random.Random(9)
    xs = [V(r.uniform(0.5, 1.5), f"x{i}") for i in range(10)]
    v = xs[0]
    for i in range(333333):
        v = v * 0.999 + xs[i % 10] * 1e-3
    v.label = "huge"
    return v


KINDS = (
    micrograd_readme,
    mlp_16_16,
    lstm,
    attention,
    black_scholes,
    kalman,
    rk4,
    implied_vol,
    branchy,
    logreg,
    horner,
    fib,
    million,
)
