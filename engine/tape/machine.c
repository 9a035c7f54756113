/* Machine: code that was made ready, which runs on the numbers of an array. */
#include "tape.h"

/* The number of operands of an operation that is computed here, -1: any; or 0. */
static int arity_here(int32_t op)
{
    if (op < 0)
        return 3;
    if (op >= COUNT)
        return op == CHAIN ? 2 : 0;
    return OPERATIONS[op].primal ? OPERATIONS[op].arity : 0;
}

/* Whether a run is of an operation that is there, with operands that were written before. */
static int is_sound_run(Machine *m, const int32_t *head, const int32_t *at, Py_ssize_t before)
{
    if (head[0] < ADD_MUL || head[0] >= PyTuple_GET_SIZE(m->calls))
        return 0;
    int called = head[0] >= 0 && PyTuple_GET_ITEM(m->calls, head[0]) != Py_None;
    int arity = arity_here(head[0]);
    if (called == (arity != 0) || (arity > 0 && arity != head[2]) || (!called && head[2] < 1))
        return 0;
    for (int64_t k = 0; k < (int64_t)head[1] * head[2]; k++)
        if (at[k] < 0 || at[k] >= before)
            return 0;
    m->calling |= called;
    return 1;
}

/* Check what a machine was given, and count its steps. */
static int is_sound_machine(Machine *m, Py_ssize_t operands)
{
    Py_ssize_t read = 0, made = m->inputs + m->constants;
    for (Py_ssize_t i = 0; i < m->runs; i++) {
        const int32_t *head = m->heads + HEAD * i;
        if (head[1] < 0 || head[2] < 0 || (head[2] && head[1] > (operands - read) / head[2]) ||
            head[1] > INT32_MAX - made || !is_sound_run(m, head, m->operands + read, made))
            return 0;
        read += (Py_ssize_t)head[1] * head[2];
        made += head[1];
        if (head[2] > m->widest)
            m->widest = head[2];
    }
    m->steps = made - m->inputs - m->constants;
    for (Py_ssize_t i = 0; i < m->outputs; i++)
        if (m->results[i] < 0 || m->results[i] >= made)
            return 0;
    return read == operands;
}

/* Machine(inputs, constants, heads, operands, outputs, calls): `calls` has for each number
of an operation None, or what computes it in Python. */
static PyObject *machine_new(PyTypeObject *type, PyObject *args, PyObject *options)
{
    PyObject *constants, *heads, *operands, *outputs, *calls;
    Py_ssize_t inputs, count, read;
    if (options && PyDict_GET_SIZE(options)) {
        PyErr_SetString(PyExc_TypeError, "_tape: Machine takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "nOOOOO!", &inputs, &constants, &heads, &operands, &outputs,
                          &PyTuple_Type, &calls))
        return NULL;
    Machine *m = (Machine *)type->tp_alloc(type, 0);
    if (!m)
        return NULL;
    m->calls = Py_NewRef(calls);
    m->inputs = inputs;
    if ((m->numbers = copied(constants, 'd', &m->constants, "constants")) &&
        (m->heads = copied(heads, 'i', &count, "heads")) &&
        (m->operands = copied(operands, 'i', &read, "operands")) &&
        (m->results = copied(outputs, 'i', &m->outputs, "outputs"))) {
        m->runs = count / HEAD;
        if (count % HEAD == 0 && inputs >= 0 && inputs <= INT32_MAX - m->constants &&
            is_sound_machine(m, read))
            return (PyObject *)m;
        PyErr_SetString(PyExc_ValueError, "_tape: a number leads out of the code");
    }
    Py_DECREF(m);
    return NULL;
}

static int machine_traverse(Machine *m, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(m));
    Py_VISIT(m->calls);
    return 0;
}

static int machine_clear(Machine *m)
{
    Py_CLEAR(m->calls);
    return 0;
}

static void machine_dealloc(Machine *m)
{
    PyTypeObject *type = Py_TYPE(m);
    PyObject_GC_UnTrack(m);
    Py_XDECREF(m->calls);
    PyMem_Free(m->numbers);
    PyMem_Free(m->heads);
    PyMem_Free(m->operands);
    PyMem_Free(m->results);
    PyMem_Free(m->idle);
    type->tp_free(m);
    Py_DECREF(type);
}

/* Take the idle block, or make one. The constants stand in it. */
static double *take_block(Machine *m)
{
    double *block = m->idle;
    m->idle = NULL;
    if (block)
        return block;
    size_t count = (size_t)(m->inputs + m->constants + m->steps + m->widest);
    block = PyMem_Malloc((count ? count : 1) * sizeof(double));
    if (block)
        memcpy(block + m->inputs, m->numbers, (size_t)m->constants * sizeof(double));
    else
        PyErr_NoMemory();
    return block;
}

static void give_block(Machine *m, double *block)
{
    if (m->idle)
        PyMem_Free(block);
    else
        m->idle = block;
}

/* Fill the row `into` with the outputs for the inputs in `from`. */
static int run_rows(Machine *m, const Py_buffer *from, const Py_buffer *into)
{
    double *block = take_block(m);
    char *results = into->buf;
    if (!block)
        return -1;
    copy_doubles(block, from);
    int failed = run_all(m, block);
    for (Py_ssize_t i = 0; !failed && i < m->outputs; i++)
        memcpy(results + i * (Py_ssize_t)sizeof(double), block + m->results[i], sizeof(double));
    give_block(m, block);
    return failed;
}

/* run(inputs, outputs): two arrays of numbers, of which the second is filled. */
static PyObject *machine_run(Machine *m, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer from, into;
    if (count != 2 || !m->calls) {
        PyErr_SetString(PyExc_TypeError, "_tape: run(inputs, outputs)");
        return NULL;
    }
    if (get_row(args[0], &from, 'd', m->inputs, PyBUF_STRIDES, "inputs") < 0)
        return NULL;
    int failed = get_row(args[1], &into, 'd', m->outputs, PyBUF_ND | PyBUF_WRITABLE, "outputs");
    if (!failed) {
        failed = run_rows(m, &from, &into);
        PyBuffer_Release(&into);
    }
    PyBuffer_Release(&from);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef machine_methods[] = {
    {"run", (PyCFunction)(void *)machine_run, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot machine_slots[] = {
    {Py_tp_new, machine_new},
    {Py_tp_dealloc, machine_dealloc},
    {Py_tp_traverse, machine_traverse},
    {Py_tp_clear, machine_clear},
    {Py_tp_methods, machine_methods},
    {0, NULL},
};

static PyType_Spec machine_spec = {
    .name = "dendrograd._tape.Machine",
    .basicsize = sizeof(Machine),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = machine_slots,
};
