/* What both modules in C tell of the table that they were made from; native.py asks. */
#ifndef DENDROGRAD_TABLE_H
#define DENDROGRAD_TABLE_H
#include "_operations.h"

/* table() -> what each operation here was made from, in the order of the table it had. */
static PyObject *table(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    const Py_ssize_t count = sizeof OPERATIONS / sizeof *OPERATIONS;
    PyObject *origins = PyTuple_New(count);
    for (Py_ssize_t i = 0; origins && i < count; i++) {
        PyObject *origin = PyUnicode_FromString(OPERATIONS[i].origin);
        if (!origin)
            Py_CLEAR(origins);
        else
            PyTuple_SET_ITEM(origins, i, origin);
    }
    return origins;
}

#endif
