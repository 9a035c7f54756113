/* The ways to make a node that are not an operator: Value(...), and `node` of value.py. */
#include "twin.h"

static PyObject *value_new(PyTypeObject *type, PyObject *Py_UNUSED(args),
                           PyObject *Py_UNUSED(options))
{
    Value *v = type == Type ? fresh(0.0) : (Value *)type->tp_alloc(type, 0);
    if (v)
        v->flags = type == Type ? FRESH : FRESH | TRACKED; /* tp_alloc has tracked it */
    return (PyObject *)v;
}

/* Whether a tuple of operands, None for the parents alone, goes with parents and partials:
the parents in their order, and floats among them. */
static int fits(PyObject *parents, PyObject *partials, PyObject *operands)
{
    Py_ssize_t count = PyTuple_GET_SIZE(parents), next = 0;
    if (PyTuple_GET_SIZE(partials) != count)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(parents, i)) ||
            !PyFloat_CheckExact(PyTuple_GET_ITEM(partials, i)))
            return 0;
    if (operands == Py_None)
        return 1;
    if (!PyTuple_CheckExact(operands) || (!count && PyTuple_GET_SIZE(operands)))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); i++) {
        PyObject *o = PyTuple_GET_ITEM(operands, i);
        if (is_value(o) ? next >= count || o != PyTuple_GET_ITEM(parents, next++)
                        : !PyFloat_CheckExact(o))
            return 0;
    }
    return next == count;
}

/* Give a new node its operands, or take those of an unrecorded one away. */
static int connect(Value *v, PyObject *parents, PyObject *partials, PyObject *operands)
{
    int bare = !PyTuple_GET_SIZE(parents);
    if (v->mark || !(bare || (v->flags & FRESH && !v->n)) ||
        !fits(parents, partials, operands)) {
        PyErr_SetString(GraphError, "Value: these operands do not fit, or the node has others");
        return -1;
    }
    PyObject *all = operands == Py_None ? parents : operands;
    v->flags &= (uint8_t)~UNRECORDED;
    if (bare) {
        cut(v);
        v->flags |= operands == Py_None ? 0 : UNRECORDED;
        return 0;
    }
    if (reserve_edges(v, PyTuple_GET_SIZE(all)) < 0)
        return -1;
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0, next = 0; i < PyTuple_GET_SIZE(all); i++) {
        PyObject *o = PyTuple_GET_ITEM(all, i);
        if (is_value(o))
            set_parent(v, edges + i, (Value *)o,
                       PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(partials, next++)));
        else
            set_constant(edges + i, PyFloat_AS_DOUBLE(o));
    }
    v->flags &= (uint8_t)~FRESH;
    if (v->flags & TRACKED)
        track(v);
    return 0;
}

/* v._connect(parents, partials, operands=None) */
static PyObject *value_connect(Value *v, PyObject *args)
{
    PyObject *parents, *partials, *operands = Py_None;
    if (!PyArg_ParseTuple(args, "O!O!|O", &PyTuple_Type, &parents, &PyTuple_Type, &partials,
                          &operands) ||
        connect(v, parents, partials, operands) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Value(...) in full, as __init__ of value.py. */
static int init_with(Value *v, PyObject *args, PyObject *options)
{
    static char *names[] = {"data", "children", "local_grads", "_children", "_op",
                            "label", NULL};
    PyObject *data, *children = empty_tuple, *local_grads = empty_tuple, *label = empty_text;
    PyObject *old_children = empty_tuple, *old_op = Py_None, *both = NULL; /* micrograd's */
    PyObject *listed = NULL, *found = NULL, *shown = NULL;
    int done = -1;
    if (!(v->flags & FRESH)) {
        PyErr_SetString(GraphError, EXISTS);
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(args, options, "O|OO$OOO:Value", names, &data, &children,
                                     &local_grads, &old_children, &old_op, &label) ||
        set_double(&v->data, data, "Value") < 0)
        return -1;
    if (old_children != empty_tuple || old_op != Py_None) {
        both = PyObject_CallFunctionObjArgs(python_renamed, children, local_grads, old_children,
                                            old_op, NULL);
        if (!both)
            return -1;
        children = PyTuple_GET_ITEM(both, 0);
        local_grads = PyTuple_GET_ITEM(both, 1);
    }
    shown = PyUnicode_CheckExact(label) ? Py_NewRef(label)
                                        : PyObject_CallOneArg(python_text, label);
    if (!shown || !(listed = PySequence_Tuple(children)))
        goto end;
    v->grad = 0.0;
    v->op = 0;
    v->flags &= ~GRAD_IS_NONE;
    if (children != empty_tuple || local_grads != empty_tuple) {
        found = PyObject_CallFunctionObjArgs(python_paired, listed, local_grads, Type, NULL);
        if (!found)
            goto end;
    }
    PyObject *parents = found ? PyTuple_GET_ITEM(found, 0) : empty_tuple;
    if (connect(v, parents, found ? PyTuple_GET_ITEM(found, 1) : empty_tuple, Py_None) < 0 ||
        set_label(v, shown, NULL) < 0 || set_call(v, NOWHERE, NULL) < 0)
        goto end;
    if (PyTuple_GET_SIZE(parents))
        v->op = BY_HAND + 1;
    done = LIKELY(!Py_SIZE(entered) && v->data - v->data == 0.0) ? 0 : stamp_mode(v);
end:
    Py_XDECREF(both);
    Py_XDECREF(shown);
    Py_XDECREF(listed);
    Py_XDECREF(found);
    v->flags &= ~FRESH;
    return done;
}

static int value_init(Value *v, PyObject *args, PyObject *options)
{
    double x;
    Value *parent;
    if (!options && PyTuple_GET_SIZE(args) == 1 && v->flags & FRESH && !v->n && !v->rare &&
        read_operand(PyTuple_GET_ITEM(args, 0), &parent, &x) && !parent) {
        v->data = x;
        v->grad = 0.0;
        v->flags &= TRACKED;
        return LIKELY(!Py_SIZE(entered) && x - x == 0.0) ? 0 : stamp_mode(v);
    }
    return init_with(v, args, options);
}

/* Value(data, children, local_grads) of tuples that fit, or NULL without an error. */
static PyObject *by_hand(double data, PyObject *children, PyObject *local_grads)
{
    if (!PyTuple_CheckExact(children) || !PyTuple_CheckExact(local_grads) ||
        Py_SIZE(listening)) /* then `paired` tells of it */
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(children);
    if (!count || PyTuple_GET_SIZE(local_grads) != count)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(children, i)) ||
            !PyFloat_CheckExact(PyTuple_GET_ITEM(local_grads, i)))
            return NULL;
    Value *v = fresh(data);
    if (!v || reserve_edges(v, count) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    v->op = BY_HAND + 1;
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < count; i++)
        set_parent(v, edges + i, (Value *)PyTuple_GET_ITEM(children, i),
                   PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(local_grads, i)));
    return finish_node(v);
}

static PyObject *value_vectorcall(PyObject *type, PyObject *const *args, size_t flags,
                                  PyObject *names)
{
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    double x;
    Value *v;
    if (!names && (count == 1 || count == 3) && read_operand(args[0], &v, &x) && !v) {
        if (count == 1)
            return (v = fresh(x)) ? finish_node(v) : NULL;
        PyObject *node = by_hand(x, args[1], args[2]);
        if (node || PyErr_Occurred())
            return node;
    }
    PyObject *all = PyTuple_New(count), *options = names ? PyDict_New() : NULL, *self = NULL;
    if (!all || (names && !options))
        goto end;
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(args[i]));
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(options, PyTuple_GET_ITEM(names, i), args[count + i]) < 0)
            goto end;
    if ((self = value_new((PyTypeObject *)type, all, options)) &&
        value_init((Value *)self, all, options) < 0)
        Py_CLEAR(self);
end:
    Py_XDECREF(all);
    Py_XDECREF(options);
    return self;
}

static double as_double(PyObject *o)
{
    return PyFloat_CheckExact(o) ? PyFloat_AS_DOUBLE(o) : PyFloat_AsDouble(o);
}

/* node(y, partials, op, parents) of an array of partials. */
static PyObject *node_of_row(PyObject *const *args)
{
    Py_buffer row;
    PyObject *parents = args[3];
    double y = as_double(args[0]);
    if ((y == -1.0 && PyErr_Occurred()) ||
        PyObject_GetBuffer(args[1], &row, PyBUF_FORMAT | PyBUF_STRIDES) < 0)
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(parents);
    int plain = row.ndim == 1 && row.shape && row.strides && !row.suboffsets &&
                row.shape[0] == n && row.format && strcmp(row.format, "d") == 0;
    for (Py_ssize_t i = 0; plain && i < n; i++)
        plain = is_value(PyTuple_GET_ITEM(parents, i));
    Value *v = plain ? fresh(y) : NULL;
    if (!plain)
        PyErr_SetString(PyExc_TypeError, "node: an array of floats, one for each parent");
    else if (!v || set_operation(v, args[2]) < 0 || reserve_edges(v, n) < 0)
        Py_CLEAR(v);
    Edge *edges = v ? edges_of(v) : NULL;
    for (Py_ssize_t i = 0; v && i < n; i++) {
        double x;
        memcpy(&x, (char *)row.buf + i * row.strides[0], sizeof x);
        set_parent(v, edges + i, (Value *)PyTuple_GET_ITEM(parents, i), x);
    }
    PyBuffer_Release(&row);
    return v ? finish_node(v) : NULL;
}

/* node(y, partials, op, parents, operands=None): as the function of value.py. */
static PyObject *node(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count == 4 && PyTuple_Check(args[3]) && PyObject_CheckBuffer(args[1]))
        return node_of_row(args);
    if (count < 4 || count > 5 || !PyTuple_Check(args[1]) || !PyTuple_Check(args[3]) ||
        PyTuple_GET_SIZE(args[1]) != PyTuple_GET_SIZE(args[3])) {
        PyErr_SetString(PyExc_TypeError, "node(y, partials, op, parents, operands=None)");
        return NULL;
    }
    PyObject *partials = args[1], *operands = args[3];
    if (count == 5 && PyTuple_Check(args[4]))
        operands = args[4];
    double y = as_double(args[0]);
    if (y == -1.0 && PyErr_Occurred())
        return NULL;
    Value *v = fresh(y);
    if (!v || set_operation(v, args[2]) < 0 ||
        reserve_edges(v, PyTuple_GET_SIZE(operands)) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    Edge *edges = edges_of(v);
    Py_ssize_t n = count_of(v), next = 0;
    for (Py_ssize_t i = 0; i < n; i++)
        set_constant(edges + i, 0.0); /* so that it can be freed at any time */
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = PyTuple_GET_ITEM(operands, i);
        int ours = is_value(o) && next < PyTuple_GET_SIZE(partials);
        double x = as_double(ours ? PyTuple_GET_ITEM(partials, next++) : o);
        if (x == -1.0 && PyErr_Occurred()) {
            Py_DECREF(v);
            return NULL;
        }
        if (ours)
            set_parent(v, edges + i, (Value *)o, x);
        else
            set_constant(edges + i, x);
    }
    return finish_node(v);
}
