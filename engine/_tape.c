/* The native tape: straight-line code on numbers, in runs of one operation.

`compiler/tape.py` says what a tape is, and executes one by NumPy where this file was not
built. The steps are the primals of `_operations.h`, which is generated from the table, so
the bits are those of the engine. A step that goes one by one through a switch costs 17 ns,
most of it a branch that the processor foresaw wrong; a run pays that once.

Laws that the code below keeps:

- A machine is not changed once it is made, but for the idle block, which a call takes out
  under the global lock and puts back. So calls may come from threads, and from a call.
- What Python hands in is checked when a machine is made: each operand stands before the
  step that reads it, so no array is left and no number read that was not written.
- A call of Python may raise any error, which is handed on; nothing is kept of the call. */
#include "tape/tape.h"

#ifndef SOURCES /* a sum over these files, given by setup.py */
#define SOURCES 0
#endif

#include "tape/rows.c"     /* arrays from Python */
#include "tape/passes.c"   /* what is reached, what is needed */
#include "tape/schedule.c" /* an order of long runs */
#include "tape/run.c"      /* the steps */
#include "tape/machine.c"  /* the type that Python holds */
#include "tape/kernels.c"  /* the steps over lanes */
#include "tape/batch.c"    /* blocks of lanes */
#include "tape/lanes.c"    /* the type that Python holds of these */
#include "tape/allocate.c" /* which row a result takes */
#include "tape/settle.c"   /* numbers that are given back */
#include "tape/products.c" /* rows by rows, in each lane */

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

static PyMethodDef functions[] = {
    {"allocate", allocate, METH_VARARGS, NULL},
    {"fast", fast, METH_NOARGS, NULL},
    {"kernels", kernels, METH_NOARGS, NULL},
    {"needed", (PyCFunction)(void *)needed, METH_FASTCALL, NULL},
    {"products", (PyCFunction)(void *)products, METH_FASTCALL, NULL},
    {"reached", (PyCFunction)(void *)reached, METH_FASTCALL, NULL},
    {"schedule", schedule, METH_VARARGS, NULL},
    {"settle", settle, METH_O, NULL},
    {"table", table, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int start(PyObject *module)
{
    PyType_Spec *const specs[] = {&machine_spec, &lanes_spec};
    int done = 0;
    for (int i = 0; i < 2 && done == 0; i++) {
        PyObject *type = PyType_FromModuleAndSpec(module, specs[i], NULL);
        done = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
        Py_XDECREF(type);
    }
    return done < 0 ? -1
                    : PyModule_AddObject(module, "sources",
                                         PyLong_FromUnsignedLong(SOURCES));
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)start},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "dendrograd._tape",
    .m_doc = "Straight-line code in runs of one operation.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__tape(void)
{
    return PyModuleDef_Init(&definition);
}
