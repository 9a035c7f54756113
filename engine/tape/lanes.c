/* Lanes: code that runs on many points at once, a block of them after the other. */
#include "tape.h"

/* The number of operands of an operation, -1: any; 0: Python computes it. */
static int arity_of_lanes(int32_t op)
{
    return op <= FAST_exp ? 1 : arity_here(op);
}

enum { BLANK, WRITTEN, LOADED }; /* what stands in a row */

/* Whether a number stands in a row that is to be read; an input is noted as used. */
static int is_readable(Lanes *m, int32_t row, const char *written)
{
    if (row < 0 || row >= m->rows || !written[row])
        return 0;
    if (written[row] == LOADED)
        m->used[row] = 1;
    return 1;
}

/* Whether a run has a kernel or can be gathered, and its operands were written before. */
static int is_sound_step(Lanes *m, const int32_t *head, const int32_t *at, const char *written)
{
    int32_t mask = 0;
    for (int32_t k = 0; k < head[2]; k++) {
        const int32_t shared = m->flags[at - m->operands + k];
        if (shared ? at[k] < 0 || at[k] >= m->shared : !is_readable(m, at[k], written))
            return 0;
        if (shared && k < 3)
            mask |= 1 << k;
    }
    return arity_of_lanes(head[0]) <= 0 || head[2] > 3 || mask == head[3];
}

static int is_sound_kind(Lanes *m, const int32_t *head)
{
    if (head[0] < LEAST || head[0] >= PyTuple_GET_SIZE(m->calls) || head[3] < 0 || head[3] > 6)
        return 0;
    int called = head[0] >= 0 && PyTuple_GET_ITEM(m->calls, head[0]) != Py_None;
    int arity = arity_of_lanes(head[0]);
    m->calling |= called;
    if (head[2] > m->widest)
        m->widest = head[2];
    return called == (arity == 0) && (arity <= 0 || arity == head[2]) &&
           (arity <= 0 || head[3] < (1 << arity) - 1 || head[3] == 0);
}

/* Check what a machine was given, and count its steps. */
static int is_sound_lanes(Lanes *m, Py_ssize_t operands, Py_ssize_t targets, char *written)
{
    Py_ssize_t read = 0, made = 0;
    memset(written, LOADED, (size_t)m->inputs);
    for (Py_ssize_t i = 0; i < m->runs; i++) {
        const int32_t *head = m->heads + LANE_HEAD * i;
        if (head[1] < 1 || head[2] < 1 || head[1] > (operands - read) / head[2] ||
            head[1] > targets - made || !is_sound_kind(m, head))
            return 0;
        for (int32_t k = 0; k < head[1]; k++, read += head[2], made++) {
            const int32_t to = m->targets[made];
            if (!is_sound_step(m, head, m->operands + read, written) || to < 0 || to >= m->rows)
                return 0;
            for (int32_t j = 0; j < head[2]; j++) /* the loops of a kernel rely on it */
                if (!m->flags[read + j] && m->operands[read + j] == to)
                    return 0;
            written[to] = WRITTEN;
        }
    }
    m->steps = made;
    for (Py_ssize_t i = 0; i < m->outputs + m->sums; i++) {
        const int32_t row = i < m->outputs ? m->results[i] : m->summed[i - m->outputs];
        if (!is_readable(m, row, written))
            return 0;
    }
    for (Py_ssize_t i = 0; i < m->asks; i++) {
        const int32_t *ask = m->asked + ASK * i;
        for (int k = 1; k < 3; k++)
            if (ask[k] < 0 ? ~ask[k] >= m->shared : !is_readable(m, ask[k], written))
                return 0;
        if (ask[0] < 0 || ask[0] >= COMPARISONS)
            return 0;
    }
    return read == operands && made == targets;
}

static int check_lanes(Lanes *m, Py_ssize_t operands, Py_ssize_t flags, Py_ssize_t targets)
{
    int sound = flags == operands && m->inputs >= 0 && m->shared >= 0 && m->rows >= m->inputs &&
                m->rows - m->inputs <= targets && m->rows <= INT32_MAX &&
                m->shared <= INT32_MAX && (m->block == 32 || m->block == 64);
    char *written = sound ? PyMem_Calloc((size_t)m->rows + 1, 1) : NULL;
    m->used = sound ? PyMem_Calloc((size_t)m->inputs + 1, 1) : NULL;
    if (sound && (!written || !m->used)) {
        PyMem_Free(written);
        PyErr_NoMemory();
        return -1;
    }
    sound = sound && is_sound_lanes(m, operands, targets, written);
    PyMem_Free(written);
    if (!sound)
        PyErr_SetString(PyExc_ValueError, "_tape: a number leads out of the code");
    return sound ? 0 : -1;
}

/* Lanes(inputs, shared, rows, block, heads, operands, flags, targets, outputs, sums, asks, calls):
`calls` has for each number of an operation None, or what computes it in Python. */
static PyObject *lanes_new(PyTypeObject *type, PyObject *args, PyObject *options)
{
    PyObject *given[7], *calls;
    Py_ssize_t inputs, shared, rows, heads, operands, flags, targets, asks;
    int block;
    if (options && PyDict_GET_SIZE(options)) {
        PyErr_SetString(PyExc_TypeError, "_tape: Lanes takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "nnniOOOOOOOO!", &inputs, &shared, &rows, &block, given, given + 1,
                          given + 2, given + 3, given + 4, given + 5, given + 6, &PyTuple_Type, &calls))
        return NULL;
    Lanes *m = (Lanes *)type->tp_alloc(type, 0);
    if (!m)
        return NULL;
    m->calls = Py_NewRef(calls);
    m->inputs = inputs;
    m->shared = shared;
    m->rows = rows;
    m->block = block;
    if ((m->heads = copied(given[0], 'i', &heads, "heads")) &&
        (m->operands = copied(given[1], 'i', &operands, "operands")) &&
        (m->flags = copied(given[2], 'i', &flags, "flags")) &&
        (m->targets = copied(given[3], 'i', &targets, "targets")) &&
        (m->results = copied(given[4], 'i', &m->outputs, "outputs")) &&
        (m->summed = copied(given[5], 'i', &m->sums, "sums")) &&
        (m->asked = copied(given[6], 'i', &asks, "asks"))) {
        m->asks = asks / ASK;
        m->runs = heads / LANE_HEAD;
        if (heads % LANE_HEAD == 0 && asks % ASK == 0 && check_lanes(m, operands, flags, targets) == 0)
            return (PyObject *)m;
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "_tape: a number leads out of the code");
    }
    Py_DECREF(m);
    return NULL;
}

static int lanes_traverse(Lanes *m, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(m));
    Py_VISIT(m->calls);
    return 0;
}

static int lanes_clear(Lanes *m)
{
    Py_CLEAR(m->calls);
    return 0;
}

static void lanes_dealloc(Lanes *m)
{
    PyTypeObject *type = Py_TYPE(m);
    PyObject_GC_UnTrack(m);
    Py_XDECREF(m->calls);
    PyMem_Free(m->heads);
    PyMem_Free(m->operands);
    PyMem_Free(m->flags);
    PyMem_Free(m->targets);
    PyMem_Free(m->results);
    PyMem_Free(m->summed);
    PyMem_Free(m->asked);
    PyMem_Free(m->used);
    PyMem_Free(m->idle);
    type->tp_free(m);
    Py_DECREF(type);
}

static PyMethodDef lanes_methods[] = {
    {"run", lanes_run, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot lanes_slots[] = {
    {Py_tp_new, lanes_new},
    {Py_tp_dealloc, lanes_dealloc},
    {Py_tp_traverse, lanes_traverse},
    {Py_tp_clear, lanes_clear},
    {Py_tp_methods, lanes_methods},
    {0, NULL},
};

static PyType_Spec lanes_spec = {
    .name = "dendrograd._tape.Lanes",
    .basicsize = sizeof(Lanes),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = lanes_slots,
};
