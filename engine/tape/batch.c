/* A call of a machine over lanes: blocks of lanes, from arrays and into arrays. */
#include "tape.h"

enum { WIDEST = 64 }; /* lanes of a block */

/* What a call is made of. */
typedef struct {
    Lanes *m;
    Py_buffer shared, into, totals, first;
    Py_buffer which; /* the lanes of the arrays that are meant; or all */
    Py_buffer *from; /* arrays of (lanes, inputs) */
    Py_ssize_t arrays, lanes;
    Py_ssize_t least; /* lanes of the shortest array */
    const Kernel *kernel;
    int exact; /* whether sums are made lane by lane */
} Batch;

/* Copy one input of a block into its row; what is past the last lane is that one again. */
static void load_row(double *row, const char *at, Py_ssize_t step, const int32_t *which,
                     int lanes, int block)
{
    if (which)
        for (int l = 0; l < lanes; l++)
            memcpy(row + l, at + which[l] * step, sizeof(double));
    else if (step == (Py_ssize_t)sizeof(double))
        memcpy(row, at, (size_t)lanes * sizeof(double));
    else
        for (int l = 0; l < lanes; l++)
            memcpy(row + l, at + l * step, sizeof(double));
    for (int l = lanes; l < block; l++)
        row[l] = row[lanes - 1];
}

/* Whether all arrays have the lanes that are meant. */
static int has_lanes(const Batch *b, const int32_t *which, Py_ssize_t lanes)
{
    for (Py_ssize_t l = 0; l < lanes; l++)
        if (which[l] < 0 || which[l] >= b->least)
            return 0;
    return 1;
}

/* Returns 0, or -1 where the arrays do not have the lanes that are meant: that was seen
before, but another thread may have changed their numbers. */
static int load_block(const Batch *b, double *v, Py_ssize_t start, int lanes)
{
    int32_t copy[WIDEST], *which = b->which.buf ? copy : NULL;
    const char *used = b->m->used;
    if (which) {
        memcpy(copy, (const int32_t *)b->which.buf + start, (size_t)lanes * sizeof(int32_t));
        if (!has_lanes(b, copy, lanes))
            return -1;
    }
    for (Py_ssize_t i = 0; i < b->arrays; i++) {
        const Py_buffer *array = b->from + i;
        const Py_ssize_t step = array->strides[0];
        const char *first = (const char *)array->buf + (which ? 0 : start * step);
        for (Py_ssize_t k = 0; k < array->shape[1]; k++, v += b->m->block)
            if (*used++)
                load_row(v, first + k * array->strides[1], step, which, lanes, b->m->block);
    }
    return 0;
}

static void store_block(const Batch *b, const double *v, Py_ssize_t start, int lanes)
{
    const Py_ssize_t over = b->into.strides[0], along = b->into.strides[1];
    for (Py_ssize_t i = 0; i < b->m->outputs; i++) {
        const double *row = v + (int64_t)b->m->results[i] * b->m->block;
        char *to = (char *)b->into.buf + i * over + start * along;
        for (int l = 0; l < lanes; l++)
            memcpy(to + l * along, row + l, sizeof(double));
    }
}

/* Add rows to their totals, one lane after the other: four totals at a time, since each has
to wait for itself. */
static void add_in_order(const Batch *b, const double *v, double *totals, int lanes)
{
    const int32_t *rows = b->m->summed;
    const int64_t block = b->m->block;
    Py_ssize_t i = 0;
    for (; i + 4 <= b->m->sums; i += 4) {
        const double *row[4];
        double total[4];
        for (int k = 0; k < 4; k++) {
            row[k] = v + rows[i + k] * block;
            total[k] = totals[i + k];
        }
        for (int l = 0; l < lanes; l++)
            for (int k = 0; k < 4; k++)
                total[k] += row[k][l];
        for (int k = 0; k < 4; k++)
            totals[i + k] = total[k];
    }
    for (; i < b->m->sums; i++)
        for (int l = 0; l < lanes; l++)
            totals[i] += v[rows[i] * block + l];
}

/* Run all blocks. Between them signals are looked at; where no step calls Python, other
threads may run in a long call. */
static int run_blocks(const Batch *b, double *v)
{
    const Lanes *m = b->m;
    const int64_t work = (int64_t)(m->steps + m->inputs + 1) * m->block;
    PyThreadState *released =
        b->lanes > LONG * m->block / work && !m->calling ? PyEval_SaveThread() : NULL;
    int64_t done = 0;
    int failed = 0, lost = 0;
    for (Py_ssize_t start = 0; start < b->lanes && !failed; start += m->block) {
        const int lanes = (int)Py_MIN(b->lanes - start, m->block);
        lost = load_block(b, v, start, lanes);
        failed = lost || b->kernel->steps(m, b->shared.buf, v, lanes);
        if (failed)
            break;
        store_block(b, v, start, lanes);
        if (b->exact)
            add_in_order(b, v, b->totals.buf, lanes);
        else
            b->kernel->sums(m, v, b->totals.buf, lanes);
        if (m->asks)
            b->kernel->asks(m, b->shared.buf, v, (int32_t *)b->first.buf + start,
                            lanes);
        if ((done += work) > 32 * MANY) {
            done = 0;
            failed = look_at_signals(&released);
        }
    }
    if (released)
        PyEval_RestoreThread(released);
    if (lost)
        PyErr_SetString(PyExc_ValueError, "_tape: which: a lane that the inputs do not have");
    return failed ? -1 : 0;
}

/* Take the idle block of a machine, or make one; its rows begin where vectors may. */
static int run_in_memory(const Batch *b)
{
    Lanes *m = b->m;
    double *memory = m->idle;
    m->idle = NULL;
    if (!memory) {
        size_t count = (size_t)(m->rows * m->block + m->widest) + 8;
        memory = PyMem_Malloc(count * sizeof(double));
    }
    if (!memory) {
        PyErr_NoMemory();
        return -1;
    }
    const size_t off = (64 - (uintptr_t)memory % 64) % 64 / sizeof(double);
    int failed = run_blocks(b, memory + off);
    if (m->idle)
        PyMem_Free(memory);
    else
        m->idle = memory;
    return failed;
}

/* Look at an array of doubles with two axes. */
static int get_table(PyObject *o, Py_buffer *table, int flags, const char *name)
{
    if (PyObject_GetBuffer(o, table, PyBUF_FORMAT | PyBUF_STRIDES | flags) < 0)
        return -1;
    if (table->ndim == 2 && table->shape && table->strides && !table->suboffsets &&
        holds(table, 'd'))
        return 0;
    PyBuffer_Release(table);
    PyErr_Format(PyExc_ValueError, "_tape: %s: not an array of doubles with two axes", name);
    return -1;
}

/* Take the arrays of a call, and run it. */
static int run_arrays(Batch *b, PyObject *arrays)
{
    Py_ssize_t width = 0, got = 0;
    int failed = 0;
    b->least = PY_SSIZE_T_MAX;
    b->arrays = PyTuple_GET_SIZE(arrays);
    b->from = PyMem_Calloc((size_t)b->arrays + 1, sizeof(Py_buffer));
    if (!b->from) {
        PyErr_NoMemory();
        return -1;
    }
    while (got < b->arrays && !failed) {
        Py_buffer *array = b->from + got;
        failed = get_table(PyTuple_GET_ITEM(arrays, got), array, 0, "inputs");
        if (failed)
            break;
        got++;
        b->least = Py_MIN(b->least, array->shape[0]);
        failed = (!b->which.buf && array->shape[0] != b->lanes) ||
                 array->shape[1] > b->m->inputs - width;
        width += array->shape[1];
    }
    if (!failed && b->which.buf)
        failed = !has_lanes(b, b->which.buf, b->lanes);
    if (!failed && width == b->m->inputs)
        failed = run_in_memory(b);
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "_tape: inputs: not those of the code");
    while (got)
        PyBuffer_Release(b->from + --got);
    PyMem_Free(b->from);
    return PyErr_Occurred() ? -1 : failed;
}

/* Look at what is read and filled beside the inputs, and run. */
static int run_batch(Batch *b, PyObject *shared, PyObject *arrays, PyObject *into,
                     PyObject *totals, PyObject *first)
{
    int failed = -1;
    if (get_row(shared, &b->shared, 'd', b->m->shared, PyBUF_ND, "shared") < 0)
        return -1;
    if (get_table(into, &b->into, PyBUF_WRITABLE, "outputs") == 0) {
        if (get_row(totals, &b->totals, 'd', b->m->sums, PyBUF_ND | PyBUF_WRITABLE, "sums") == 0) {
            if (((uintptr_t)b->shared.buf | (uintptr_t)b->totals.buf) % sizeof(double))
                PyErr_SetString(PyExc_ValueError, "_tape: shared, sums: not where doubles lie");
            else if (b->into.shape[0] != b->m->outputs || b->into.shape[1] != b->lanes)
                PyErr_SetString(PyExc_ValueError, "_tape: outputs: not as many as lanes");
            else if (get_row(first, &b->first, 'i', b->m->asks ? b->lanes : 0,
                             PyBUF_ND | PyBUF_WRITABLE, "first") == 0) {
                failed = run_arrays(b, arrays);
                PyBuffer_Release(&b->first);
            }
            PyBuffer_Release(&b->totals);
        }
        PyBuffer_Release(&b->into);
    }
    PyBuffer_Release(&b->shared);
    return failed;
}

/* run(kernel, exact, lanes, shared, inputs, outputs, sums, first, which): `inputs` are arrays
of (lanes, inputs), `outputs` is one of (outputs, lanes), which is filled; sums are added to;
`first` is given of each lane the first question that is answered otherwise; `which` are the
lanes of the inputs that are meant, or None. */
static PyObject *lanes_run(PyObject *self, PyObject *args)
{
    PyObject *shared, *arrays, *into, *totals, *first, *which;
    Batch b = {.m = (Lanes *)self};
    int kernel;
    if (!PyArg_ParseTuple(args, "ipnOO!OOOO", &kernel, &b.exact, &b.lanes, &shared, &PyTuple_Type,
                          &arrays, &into, &totals, &first, &which))
        return NULL;
    b.kernel = kernel_of(kernel, b.m->block);
    if (!b.kernel || b.lanes < 0 || !b.m->calls) {
        PyErr_SetString(PyExc_ValueError, "_tape: run: this machine has no such kernel");
        return NULL;
    }
    if (which != Py_None && get_row(which, &b.which, 'i', b.lanes, PyBUF_ND, "which") < 0)
        return NULL;
    int failed = run_batch(&b, shared, arrays, into, totals, first);
    if (which != Py_None)
        PyBuffer_Release(&b.which);
    return failed < 0 ? NULL : Py_NewRef(Py_None);
}
