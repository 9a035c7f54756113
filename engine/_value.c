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
  Python code, whose functions `setup` looks up.

All state is static: one interpreter, under the global lock.

Not in the limited API: that of 3.11 lacks PyContextVar_Get (the mode) and the vectorcall of
a type. With calls in place of these and of the macros, a chain of operations costs 1 to 3%
more, but one in a scope 50% and a leaf 80%: too much for a wheel less per version. */
#include "twin/twin.h"

#ifndef SOURCES /* a sum over these files, given by setup.py */
#define SOURCES 0
#endif

#include "twin/life.c"      /* how nodes begin and end */
#include "twin/modes.c"     /* Call and Mode */
#include "twin/scopes.c"    /* into a scope and out of it */
#include "twin/operators.c" /* operations of one operand or two */
#include "twin/making.c"    /* Value(...) and node(...) */
#include "twin/nary.c"      /* operations of any number of operands */
#include "twin/fields.c"    /* what Python reads and sets */
#include "twin/order.c"     /* parents first */
#include "twin/sweeps.c"    /* the chain rule */
#include "twin/flat.c"      /* a graph as arrays */
#include "twin/leaves.c"    /* many leaves at once */
#include "twin/passes.c"    /* over these arrays */
#include "twin/ways.c"      /* to the root, by products */
#include "twin/setup.c"     /* the class */

static PyMethodDef functions[] = {
    {"backward", (PyCFunction)(void *)backward, METH_FASTCALL, NULL},
    {"between", (PyCFunction)(void *)between, METH_FASTCALL, NULL},
    {"distinct", distinct, METH_O, NULL},
    {"flat", (PyCFunction)(void *)flat, METH_FASTCALL, NULL},
    {"gather", (PyCFunction)(void *)gather, METH_FASTCALL, NULL},
    {"gather_slopes", (PyCFunction)(void *)gather_slopes, METH_FASTCALL, NULL},
    {"gathered", (PyCFunction)(void *)gathered, METH_FASTCALL, NULL},
    {"has", has, METH_O, NULL},
    {"longest", longest, METH_VARARGS, NULL},
    {"modes", modes, METH_NOARGS, NULL},
    {"node", (PyCFunction)(void *)node, METH_FASTCALL, NULL},
    {"pull", (PyCFunction)(void *)pull, METH_FASTCALL, NULL},
    {"push", (PyCFunction)(void *)push, METH_FASTCALL, NULL},
    {"read", read_numbers, METH_O, NULL},
    {"scatter", (PyCFunction)(void *)scatter, METH_FASTCALL, NULL},
    {"scopes", (PyCFunction)(void *)scopes, METH_FASTCALL, NULL},
    {"setup", setup, METH_VARARGS, NULL},
    {"sweep_arrays", sweep_arrays, METH_VARARGS, NULL},
    {"table", table, METH_NOARGS, NULL},
    {"toposort", (PyCFunction)(void *)toposort, METH_FASTCALL, NULL},
    {"ways", ways, METH_VARARGS, NULL},
    {"within", (PyCFunction)(void *)within, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* The state is static, so a sub-interpreter, and a second import, get the Python class. */
static int start(PyObject *module)
{
    if (NOWHERE || PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError,
                        "the native twin runs once, in the main interpreter");
        return -1;
    }
    if (PyModule_AddObject(module, "sources", PyLong_FromUnsignedLong(SOURCES)) < 0)
        return -1;
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
