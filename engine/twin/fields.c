/* The fields of a node, as Python reads and sets them. */
#include "twin.h"

static int no_deleting(PyObject *x)
{
    if (!x)
        PyErr_SetString(PyExc_AttributeError, "a field of a Value cannot be deleted");
    return x ? 0 : -1;
}

static PyObject *get_data(Value *v, void *Py_UNUSED(name))
{
    return PyFloat_FromDouble(v->data);
}

/* As a user reads it, which whoever records a function is told. */
static PyObject *read_data(Value *v, void *name)
{
    PyObject *x = get_data(v, name);
    if (!LIKELY(!Py_SIZE(listening)) && x && tell(WAS_READ, (PyObject *)v, NULL, Py_None) < 0)
        Py_CLEAR(x);
    return x;
}

static int set_double(double *field, PyObject *x, const char *name)
{
    if (PyFloat_CheckExact(x)) {
        *field = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    PyObject *read = PyObject_CallFunction(python_real, "Os", x, name);
    if (!read)
        return -1;
    *field = PyFloat_AsDouble(read);
    Py_DECREF(read);
    return 0;
}

static int set_data(Value *v, PyObject *x, void *name)
{
    return no_deleting(x) < 0 ? -1 : set_double(&v->data, x, name);
}

static PyObject *get_grad(Value *v, void *Py_UNUSED(name))
{
    return v->flags & GRAD_IS_NONE ? Py_NewRef(Py_None) : PyFloat_FromDouble(v->grad);
}

static int set_grad(Value *v, PyObject *x, void *name)
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == Py_None) {
        v->flags |= GRAD_IS_NONE;
        v->grad = 0.0;
        return 0;
    }
    if (set_double(&v->grad, x, name) < 0)
        return -1;
    v->flags &= ~GRAD_IS_NONE;
    return 0;
}

static PyObject *get_label(Value *v, void *Py_UNUSED(name))
{
    return Py_NewRef(v->rare && v->rare->label ? v->rare->label : empty_text);
}

static int set_label(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == empty_text && !(v->rare && v->rare->label))
        return 0;
    Rare *r = own(v);
    if (!r)
        return -1;
    if (!PyUnicode_CheckExact(x))
        track(v);
    Py_XSETREF(r->label, Py_NewRef(x));
    return 0;
}

static PyObject *get_call(Value *v, void *Py_UNUSED(name))
{
    return Py_NewRef(v->rare && v->rare->call ? v->rare->call : NOWHERE);
}

static int set_call(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == NOWHERE && !(v->rare && v->rare->call))
        return 0;
    Rare *r = own(v);
    if (!r)
        return -1;
    Py_XSETREF(r->call, Py_NewRef(x));
    return 0;
}

/* Return the index of an Op in the table plus 1, or OTHER; -1 with an error. */
static int index_of(PyObject *op)
{
    PyObject *index = PyDict_GetItemWithError(op_indices, op);
    if (index)
        return (int)PyLong_AsLong(index);
    return PyErr_Occurred() ? -1 : OTHER;
}

static int set_operation(Value *v, PyObject *op)
{
    int index = op == Py_None ? 0 : index_of(op);
    if (index < 0)
        return -1;
    if (index == OTHER) {
        Rare *r = own(v);
        if (!r)
            return -1;
        Py_XSETREF(r->op, Py_NewRef(op));
        track(v); /* an operation of a user may hold anything */
    }
    v->op = (uint16_t)index;
    return 0;
}

static PyObject *get_op(Value *v, void *Py_UNUSED(name))
{
    if (!v->op)
        Py_RETURN_NONE;
    return Py_NewRef(v->op == OTHER ? v->rare->op : OPS[v->op - 1]);
}

static int set_op(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return no_deleting(x) < 0 ? -1 : set_operation(v, x);
}

/* Edges are fixed when a node is made, so no cycle can be made of nodes. */
static int frozen(Value *Py_UNUSED(v), PyObject *Py_UNUSED(x), void *name)
{
    PyErr_Format(PyExc_AttributeError, FROZEN, (const char *)name);
    return -1;
}

enum { PARENTS, PARTIALS, OPERANDS };

static PyObject *part_of(const Edge *edge, int what)
{
    return edge->parent && what != PARTIALS ? Py_NewRef((PyObject *)edge->parent)
                                            : PyFloat_FromDouble(edge->number);
}

/* Return the parents, the partials or the operands of a node as a tuple. */
static PyObject *collected(Value *v, int what)
{
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v), ours = 0, at = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        ours += what == OPERANDS || edges[i].parent;
    PyObject *all = PyTuple_New(ours);
    for (Py_ssize_t i = 0; all && i < count; i++)
        if (what == OPERANDS || edges[i].parent) {
            PyObject *part = part_of(edges + i, what);
            if (!part)
                Py_CLEAR(all);
            else
                PyTuple_SET_ITEM(all, at++, part);
        }
    return all;
}

static PyObject *get_parents(Value *v, void *Py_UNUSED(name))
{
    return collected(v, PARENTS);
}

static PyObject *get_partials(Value *v, void *Py_UNUSED(name))
{
    return collected(v, PARTIALS);
}

/* The operands where plain numbers are among them, () where none was recorded, or None. */
static PyObject *get_operands(Value *v, void *Py_UNUSED(name))
{
    if (v->flags & UNRECORDED)
        return Py_NewRef(empty_tuple);
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < count_of(v); i++)
        if (!edges[i].parent)
            return collected(v, OPERANDS);
    Py_RETURN_NONE;
}

static PyGetSetDef fields[] = {
    {"data", (getter)read_data, (setter)set_data,
     "The number. Raises OperandError where it is set to anything but a real.", "Value.data"},
    {"grad", (getter)get_grad, (setter)set_grad,
     "The gradient. Raises OperandError unless it is a real number or None.", "Value.grad"},
    {"_data", (getter)get_data, (setter)set_data, NULL, "Value.data"},
    {"_grad", (getter)get_grad, (setter)set_grad, NULL, "Value.grad"},
    {"label", (getter)get_label, (setter)set_label, NULL, NULL},
    {"call", (getter)get_call, (setter)set_call, NULL, NULL},
    {"op", (getter)get_op, (setter)set_op, NULL, NULL},
    {"parents", (getter)get_parents, (setter)frozen, NULL, "parents"},
    {"_operands", (getter)get_operands, NULL, NULL, NULL},
    {"partials", (getter)get_partials, (setter)frozen, NULL, "partials"},
    {NULL, NULL, NULL, NULL, NULL},
};
