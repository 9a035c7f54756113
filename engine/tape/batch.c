/* A call of a machine over lanes: blocks of lanes, from arrays and into arrays. */
#include "tape.h"

enum { WIDEST = 64 }; /* lanes of a block */

/* What a call is made of. */
typedef struct {
    Lanes *m;
    Py_buffer shared, into, totals;
    Py_buffer *from; /* arrays of (lanes, inputs) */
    Py_ssize_t arrays, lanes;
    Kernel kernel;
    int exact; /* whether sums are made lane by lane */
} Batch;

/* Copy one input of a block into its row; what is past the last lane is that one again. */
static void load_row(double *row, const char *at, Py_ssize_t step, int lanes, int block)
{
    if (step == (Py_ssize_t)sizeof(double))
        memcpy(row, at, (size_t)lanes * sizeof(double));
    else
        for (int l = 0; l < lanes; l++)
            memcpy(row + l, at + l * step, sizeof(double));
    for (int l = lanes; l < block; l++)
        row[l] = row[lanes - 1];
}

static void load_block(const Batch *b, double *v, Py_ssize_t start, int lanes)
{
    for (Py_ssize_t i = 0; i < b->arrays; i++) {
        const Py_buffer *array = b->from + i;
        const char *first = (const char *)array->buf + start * array->strides[0];
        for (Py_ssize_t k = 0; k < array->shape[1]; k++, v += b->m->block)
            load_row(v, first + k * array->strides[1], array->strides[0], lanes, b->m->block);
    }
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

/* Return a row's sum in eights, which a vector unit adds at once. */
static double sum_of_row(const double *row, int lanes)
{
    double part[8] = {0.0}, rest = 0.0;
    int l = 0;
    for (; l + 8 <= lanes; l += 8)
        for (int k = 0; k < 8; k++)
            part[k] += row[l + k];
    for (; l < lanes; l++)
        rest += row[l];
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7])) + rest;
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

static void add_block(const Batch *b, const double *v, int lanes)
{
    double *totals = b->totals.buf;
    if (b->exact)
        add_in_order(b, v, totals, lanes);
    else
        for (Py_ssize_t i = 0; i < b->m->sums; i++)
            totals[i] += sum_of_row(v + (int64_t)b->m->summed[i] * b->m->block, lanes);
}

/* Run all blocks. Between them signals are looked at; where no step calls Python, other
threads may run in a long call. */
static int run_blocks(const Batch *b, double *v)
{
    const Lanes *m = b->m;
    const int64_t work = (int64_t)(m->steps + m->inputs + 1) * m->block;
    PyThreadState *released =
        work / m->block * b->lanes > LONG && !m->calling ? PyEval_SaveThread() : NULL;
    int64_t done = 0;
    int failed = 0;
    for (Py_ssize_t start = 0; start < b->lanes && !failed; start += m->block) {
        const int lanes = (int)Py_MIN(b->lanes - start, m->block);
        load_block(b, v, start, lanes);
        failed = b->kernel(m, b->shared.buf, v, lanes);
        if (failed)
            break;
        store_block(b, v, start, lanes);
        add_block(b, v, lanes);
        if ((done += work) > 32 * MANY) {
            done = 0;
            failed = look_at_signals(&released);
        }
    }
    if (released)
        PyEval_RestoreThread(released);
    return failed;
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
        failed = array->shape[0] != b->lanes || array->shape[1] > b->m->inputs - width;
        width += array->shape[1];
    }
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
                     PyObject *totals)
{
    int failed = -1;
    if (get_row(shared, &b->shared, 'd', b->m->shared, PyBUF_ND, "shared") < 0)
        return -1;
    if (get_table(into, &b->into, PyBUF_WRITABLE, "outputs") == 0) {
        if (get_row(totals, &b->totals, 'd', b->m->sums, PyBUF_ND | PyBUF_WRITABLE, "sums") == 0) {
            if (b->into.shape[0] == b->m->outputs && b->into.shape[1] == b->lanes)
                failed = run_arrays(b, arrays);
            else
                PyErr_SetString(PyExc_ValueError, "_tape: outputs: not as many as lanes");
            PyBuffer_Release(&b->totals);
        }
        PyBuffer_Release(&b->into);
    }
    PyBuffer_Release(&b->shared);
    return failed;
}

/* run(kernel, exact, lanes, shared, inputs, outputs, sums): `inputs` are arrays of (lanes,
inputs), `outputs` is one of (outputs, lanes), which is filled; sums are added to. */
static PyObject *lanes_run(PyObject *self, PyObject *args)
{
    PyObject *shared, *arrays, *into, *totals;
    Batch b = {.m = (Lanes *)self};
    int kernel;
    if (!PyArg_ParseTuple(args, "ipnOO!OO", &kernel, &b.exact, &b.lanes, &shared, &PyTuple_Type,
                          &arrays, &into, &totals))
        return NULL;
    if (kernel < 0 || kernel >= KERNEL_COUNT || !KERNELS[kernel].here() || b.lanes < 0 ||
        !b.m->calls) {
        PyErr_SetString(PyExc_ValueError, "_tape: run: this machine has no such kernel");
        return NULL;
    }
    b.kernel = b.m->block == 64 ? KERNELS[kernel].by_64 : KERNELS[kernel].by_32;
    return run_batch(&b, shared, arrays, into, totals) < 0 ? NULL : Py_NewRef(Py_None);
}
