/* The chain rule along an order: `backward`, and `pull` and `push` of sweeps.py. */
#include "twin.h"

enum { AHEAD = 12 }; /* nodes ahead of a sweep that are fetched from memory */

/* Hand the cotangent of a node to its parents: a zero factor annihilates. */
static inline void hand_on(Value *v, double out)
{
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    for (Py_ssize_t i = 0; i < count; i++) {
        Value *parent = edges[i].parent;
        if (!parent || !parent->mark)
            continue;
        double partial = edges[i].number, term = partial * out;
        if (term != term && !(partial != 0.0 && out != 0.0))
            continue;
        size_t at = parent->mark - 1;
        scratch.bars[at] += term;
        scratch.seen[at] = 1;
    }
}

/* backward(root, gradient) -> whether it was done here. */
static PyObject *backward(PyObject *Py_UNUSED(module), PyObject *const *args,
                          Py_ssize_t count)
{
    if (count != 2 || !is_value(args[0]) || !PyFloat_CheckExact(args[1]) || sweeping)
        Py_RETURN_FALSE;
    Value *root = (Value *)args[0];
    sweeping = 1;
    scratch.count = 0;
    int done = append_ancestors(root);
    if (done == DONE)
        done = no_bars();
    if (done != DONE) {
        clear_marks(0);
        finish();
        return done == NOT_HERE ? Py_NewRef(Py_False) : NULL;
    }
    size_t n = scratch.count; /* from here on nothing can fail, and no other code runs */
    scratch.bars[n - 1] = PyFloat_AS_DOUBLE(args[1]);
    scratch.seen[n - 1] = 1;
    for (size_t k = n; k--;) {
        Value *v = scratch.order[k];
        if (LIKELY(k >= AHEAD))
            FETCH((char *)scratch.order[k - AHEAD] + offsetof(Value, mark));
        double out = scratch.seen[k] ? scratch.bars[k] : 0.0;
        v->mark = 0;
        v->flags &= ~GRAD_IS_NONE;
        if (v->n) {
            v->grad = out;
            if (scratch.seen[k])
                hand_on(v, out);
        } else
            v->grad = (v->grad != 0.0 ? v->grad : 0.0) + out;
    }
    finish();
    Py_RETURN_TRUE;
}

static int seeded(PyObject *seeds)
{
    Py_ssize_t at = 0;
    PyObject *node, *seed;
    while (PyDict_Next(seeds, &at, &node, &seed)) {
        if (!is_value(node) || !((Value *)node)->mark || !PyFloat_CheckExact(seed))
            return NOT_HERE;
        size_t k = ((Value *)node)->mark - 1;
        scratch.bars[k] = PyFloat_AS_DOUBLE(seed);
        scratch.seen[k] = 1;
    }
    return DONE;
}

/* Return what a sweep has found as a dict. The hash of a subclass is Python code, so the
list is read anew. */
static PyObject *as_dict(PyObject *order, size_t n)
{
    PyObject *found = PyDict_New();
    for (size_t k = 0; found && k < n && k < (size_t)PyList_GET_SIZE(order); k++)
        if (scratch.seen[k]) {
            PyObject *v = Py_NewRef(PyList_GET_ITEM(order, (Py_ssize_t)k));
            PyObject *bar = PyFloat_FromDouble(scratch.bars[k]);
            if (!bar || PyDict_SetItem(found, v, bar) < 0)
                Py_CLEAR(found);
            Py_XDECREF(bar);
            Py_DECREF(v);
        }
    return found;
}

/* Return what a sweep gave the objects of a list, 0.0 for those that it did not reach. */
static PyObject *as_list(PyObject *wanted)
{
    Py_ssize_t n = PyList_GET_SIZE(wanted);
    PyObject *found = PyList_New(n);
    for (Py_ssize_t i = 0; found && i < n; i++) {
        Value *v = (Value *)PyList_GET_ITEM(wanted, i);
        int reached = is_value((PyObject *)v) && v->mark && scratch.seen[v->mark - 1];
        PyObject *bar = PyFloat_FromDouble(reached ? scratch.bars[v->mark - 1] : 0.0);
        if (!bar)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, i, bar);
    }
    return found;
}

static void push_to(size_t k)
{
    Value *v = scratch.order[k];
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    double total = 0.0;
    int reached = 0;
    if (scratch.seen[k])
        return;
    for (Py_ssize_t i = 0; i < count; i++) {
        Value *parent = edges[i].parent;
        if (!parent || !parent->mark || !scratch.seen[parent->mark - 1])
            continue;
        double dot = scratch.bars[parent->mark - 1], term = edges[i].number * dot;
        reached = 1;
        total += term == term || (edges[i].number != 0.0 && dot != 0.0) ? term : 0.0;
    }
    if (reached) {
        scratch.bars[k] = total;
        scratch.seen[k] = 1;
    }
}

static PyObject *swept(PyObject *const *args, Py_ssize_t count, int reverse)
{
    PyObject *wanted = count == 3 && args[2] != Py_None ? args[2] : NULL;
    if (count < 2 || !PyList_CheckExact(args[0]) || !PyDict_CheckExact(args[1]) ||
        (wanted && !PyList_CheckExact(wanted)) || sweeping)
        Py_RETURN_NONE;
    sweeping = 1;
    scratch.count = 0;
    int done = number_all(args[0]);
    if (done == DONE)
        done = no_bars();
    if (done == DONE)
        done = seeded(args[1]);
    size_t n = scratch.count;
    for (size_t k = n; reverse && done == DONE && k--;)
        if (scratch.seen[k])
            hand_on(scratch.order[k], scratch.bars[k]);
    for (size_t k = 0; !reverse && done == DONE && k < n; k++)
        push_to(k);
    PyObject *found = done == DONE && wanted ? as_list(wanted) : NULL;
    clear_marks(0);
    if (done == DONE && !wanted)
        found = as_dict(args[0], n);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}

/* pull(order, cotangents, wanted=None) and push(order, tangents, wanted=None) -> a dict of
those in the order, or a list of those wanted; None where Python has to do it. */
static PyObject *pull(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return swept(args, count, 1);
}

static PyObject *push(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return swept(args, count, 0);
}
