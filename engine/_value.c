/* The native twin of Value: the node, its operators and the sweeps, in C.

`value.py` says what a Value is, and runs everywhere. Where this file is built it takes
the place of that class at the door at the end of value.py: the type made here gets from
the Python class every method that it does not define itself, so only what is hot is
written twice. The local derivatives are not: `_operations.h` is generated from ops.py.

A node is 80 bytes behind a header of the cyclic collector (16):

    refcount, type | data | grad | mark op flags n | rare | two edges

An edge leads to a parent with the partial beside it. The operands stand in their order,
and a plain number among them is an edge without a parent that holds the number. A node
of more than two operands keeps its edges in a block of their own. What few nodes have (a
label, a call, an operation that is not in the table) is in a record, `rare`, which nodes
made in the same call share until one of them is changed.

Laws that the code below keeps:

- The cyclic collector does not see a node, as no cycle leads through one, but where it
  or an ancestor has what may hold anything (a subclass, an operation of a user, a label
  that is no str): such nodes are TRACKED, and so is all that is computed from them.
- Nodes die on a list, one after the other, so a chain of any length dies in one frame.
- A sweep goes in the order of `backprop.toposort` and adds as `backprop.pull` does, so
  every bit is the same. It numbers nodes in their `mark`, and all marks are 0 between
  sweeps. Signals are looked at while the order is made, before any gradient changes:
  an interrupt leaves each as it was. A sweep that starts meanwhile, in a handler or a
  thread, finds `sweeping` set and is left to Python, which keeps its marks in a dict.
- Whatever is not plain (a foreign operand, an inf, a mode with actions) is handed to the
  Python code, whose functions `setup` is given.

All state is static: one interpreter, under the global lock.

Not in the limited API: that of 3.11 lacks PyContextVar_Get (the mode) and the vectorcall of
a type. With calls in place of these and of the macros, a chain of operations costs 1 to 3%
more, but one in a scope 50% and a leaf 80%: too much for a wheel less per version. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <math.h>
#include <stdint.h>
#ifdef Py_GIL_DISABLED
#error "the native twin needs the global interpreter lock; pure Python runs without it"
#endif
#include "_operations.h"

#ifdef __GNUC__
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define FETCH(place) __builtin_prefetch(place)
#else
#define LIKELY(condition) (condition)
#define FETCH(place) ((void)(place))
#endif

/* In the order in which they need one another. */
#include "twin/layout.h"    /* what a node is in memory */
#include "twin/modes.h"     /* Call and Mode */
#include "twin/scopes.h"    /* into a scope and out of it */
#include "twin/life.h"      /* how nodes begin and end */
#include "twin/operators.h" /* operations of one operand or two */
#include "twin/making.h"    /* Value(...) and node(...) */
#include "twin/nary.h"      /* operations of any number of operands */
#include "twin/fields.h"    /* what Python reads and sets */
#include "twin/order.h"     /* parents first */
#include "twin/sweeps.h"    /* the chain rule */
#include "twin/flat.h"      /* a graph as arrays */

/* has(name) -> whether an operation of the table has its method here. */
static PyObject *has(PyObject *Py_UNUSED(module), PyObject *name)
{
    for (int i = 0; i < COUNT && PyUnicode_Check(name); i++)
        if (PyUnicode_CompareWithASCIIString(name, OPERATIONS[i].name) == 0)
            return PyBool_FromLong(FUNCTIONS[i].method != NULL);
    Py_RETURN_FALSE;
}

/* table() -> what each operation here was made from, in the order of the table it had. */
static PyObject *table(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    PyObject *origins = PyTuple_New(COUNT);
    for (int i = 0; origins && i < COUNT; i++) {
        PyObject *origin = PyUnicode_FromString(OPERATIONS[i].origin);
        if (!origin)
            Py_CLEAR(origins);
        else
            PyTuple_SET_ITEM(origins, i, origin);
    }
    return origins;
}

static PyGetSetDef fields[] = {
    {"data", (getter)get_data, (setter)set_data,
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

static int slot_of(PyObject *dunder)
{
    if (dunder == Py_None)
        return 0;
    for (int i = 0; OPERATORS[i].dunder; i++)
        if (PyUnicode_CompareWithASCIIString(dunder, OPERATORS[i].dunder) == 0)
            return OPERATORS[i].slot;
    return 0;
}

/* Return the function of an operation in the form that a slot of Python calls. */
static void *for_slot(int slot, const struct functions *known)
{
    return slot == Py_nb_power      ? (void *)known->ternary
           : known->unary           ? (void *)known->unary
                                    : (void *)known->method;
}

/* Make the type: the slots of operators are those of the table's dunders. */
static PyObject *type_of(PyObject *dunders)
{
    static PyType_Slot slots[COUNT + 16];
    int used = 0;
    PyType_Slot fixed[] = {
        {Py_tp_new, value_new},
        {Py_tp_init, value_init},
        {Py_tp_dealloc, value_dealloc},
        {Py_tp_traverse, value_traverse},
        {Py_tp_clear, value_clear},
        {Py_tp_richcompare, value_compare},
        {Py_tp_hash, (void *)PyBaseObject_Type.tp_hash}, /* equal data is not equal nodes */
        {Py_nb_bool, value_bool},
        {Py_tp_getset, fields},
        {Py_tp_methods, methods},
        {Py_tp_doc, "Value(data, children=(), local_grads=(), *, _children=(), _op=None, label='')\n--\n\n"},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        slots[used++] = fixed[i];
    for (int i = 0; i < COUNT; i++) {
        int slot = slot_of(PyTuple_GET_ITEM(dunders, i));
        if (slot && FUNCTIONS[i].method)
            slots[used++] = (PyType_Slot){slot, for_slot(slot, &FUNCTIONS[i])};
    }
    slots[used] = (PyType_Slot){0, NULL};
    PyType_Spec spec = {
        .name = "dendrograd.value.Value",
        .basicsize = sizeof(Value),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = slots,
    };
    return PyType_FromSpec(&spec);
}

/* Give the type a method under each of its names. */
static int add_method(int i, PyObject *names, PyObject *doc)
{
    static PyMethodDef definitions[COUNT];
    if (!FUNCTIONS[i].method)
        return 0;
    const char *text = PyUnicode_AsUTF8(doc);
    if (!text)
        return -1;
    Py_INCREF(doc); /* for good, as the definition */
    definitions[i] = (PyMethodDef){OPERATIONS[i].name, FUNCTIONS[i].method,
                                   FUNCTIONS[i].unary ? METH_NOARGS : METH_O, text};
    PyObject *method = PyDescr_NewMethod(Type, &definitions[i]);
    int done = method ? 0 : -1;
    for (Py_ssize_t k = 0; done == 0 && k < PyTuple_GET_SIZE(names); k++)
        done = PyObject_SetAttr((PyObject *)Type, PyTuple_GET_ITEM(names, k), method);
    Py_XDECREF(method);
    return done;
}

static PyObject *needed(PyObject *found, const char *name)
{
    PyObject *thing = PyDict_GetItemString(found, name);
    if (!thing && !PyErr_Occurred())
        PyErr_Format(PyExc_KeyError, "setup: %s is missing", name);
    return Py_XNewRef(thing);
}

/* setup(rows, found) -> the class. Rows are (op, dunder, names, doc), in the order of the
table; found are the Python functions and objects that C needs, by name. */
static PyObject *setup(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *rows, *hand, *found, *dunders;
    if (!PyArg_ParseTuple(args, "O!O!", &PyTuple_Type, &rows, &PyDict_Type, &found))
        return NULL;
    if (Type || PyTuple_GET_SIZE(rows) != COUNT) {
        PyErr_SetString(PyExc_ImportError, "the native twin is older than the table");
        return NULL;
    }
    if (!(MODE = needed(found, "MODE")) || !(PLAIN = needed(found, "PLAIN")) ||
        !(serials = needed(found, "serials")) || !(strays = needed(found, "strays")) ||
        !(annotate = needed(found, "annotate")) ||
        !(python_apply = needed(found, "apply")) || !(entered = needed(found, "entered")) ||
        !(paired = needed(found, "paired")) || !(text = needed(found, "text")) ||
        !(hand = needed(found, "by_hand")) ||
        !(number = needed(found, "number")) || !(real = needed(found, "real")) ||
        !(deferred = needed(found, "deferred")) ||
        !(renamed = needed(found, "renamed")) ||
        !(OperandError = needed(found, "OperandError")) ||
        !(GraphError = needed(found, "GraphError")) || !(places = PyDict_New()) ||
        !(dunders = PyTuple_New(COUNT)))
        return NULL;
    for (int i = 0; i <= COUNT; i++) {
        PyObject *op = hand;
        if (i < COUNT) {
            PyObject *row = PyTuple_GET_ITEM(rows, i);
            op = PyTuple_GET_ITEM(row, 0);
            PyTuple_SET_ITEM(dunders, i, Py_NewRef(PyTuple_GET_ITEM(row, 1)));
        }
        PyObject *index = PyLong_FromLong(i + 1);
        if (!index || PyDict_SetItem(places, op, index) < 0)
            return NULL;
        Py_DECREF(index);
        OPS[i] = Py_NewRef(op);
    }
    Type = (PyTypeObject *)type_of(dunders);
    Py_DECREF(dunders);
    if (!Type)
        return NULL;
    Type->tp_vectorcall = value_vectorcall; /* of this class alone: it is not inherited */
    for (int i = 0; i < COUNT; i++) {
        PyObject *row = PyTuple_GET_ITEM(rows, i);
        if (add_method(i, PyTuple_GET_ITEM(row, 2), PyTuple_GET_ITEM(row, 3)) < 0)
            return NULL;
    }
    return Py_NewRef((PyObject *)Type);
}

static PyMethodDef functions[] = {
    {"backward", (PyCFunction)(void *)backward, METH_FASTCALL, NULL},
    {"between", (PyCFunction)(void *)between, METH_FASTCALL, NULL},
    {"flat", (PyCFunction)(void *)flat, METH_FASTCALL, NULL},
    {"gathered", (PyCFunction)(void *)gathered, METH_FASTCALL, NULL},
    {"has", has, METH_O, NULL},
    {"modes", modes, METH_NOARGS, NULL},
    {"node", (PyCFunction)(void *)node, METH_FASTCALL, NULL},
    {"pull", (PyCFunction)(void *)pull, METH_FASTCALL, NULL},
    {"push", (PyCFunction)(void *)push, METH_FASTCALL, NULL},
    {"scopes", (PyCFunction)(void *)scopes, METH_FASTCALL, NULL},
    {"setup", setup, METH_VARARGS, NULL},
    {"table", table, METH_NOARGS, NULL},
    {"toposort", (PyCFunction)(void *)toposort, METH_FASTCALL, NULL},
    {"within", (PyCFunction)(void *)within, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* The state is static, so a sub-interpreter, and a second import, get the Python class. */
static int start(PyObject *Py_UNUSED(module))
{
    if (NOWHERE || PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError,
                        "the native twin runs once, in the main interpreter");
        return -1;
    }
    text_leave = PyUnicode_InternFromString("_leave");
    empty_text = PyUnicode_InternFromString("");
    empty_tuple = PyTuple_New(0);
    return text_leave && empty_text && empty_tuple ? 0 : -1;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)start}, /* in the importing interpreter, as PyInit may not be */
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "dendrograd._value",
    .m_doc = "The native twin of dendrograd.value.Value.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__value(void)
{
    return PyModuleDef_Init(&definition);
}
