/* Rows of numbers that come from Python, by the buffer protocol. */
#include "tape.h"

/* Whether a buffer holds numbers of a kind: doubles, which may lie crooked, truth values, or
integers of 32 bits under either of their names. */
static int holds(const Py_buffer *row, char kind)
{
    const char *format = row->format ? row->format : "B";
    if (kind == 'd')
        return strcmp(format + (*format == '=' || *format == '^'), "d") == 0 &&
               row->itemsize == sizeof(double);
    if (kind == '?')
        return strcmp(format, "?") == 0 && row->itemsize == 1;
    return (strcmp(format, "i") == 0 || strcmp(format, "l") == 0) &&
           row->itemsize == sizeof(int32_t) && (uintptr_t)row->buf % sizeof(int32_t) == 0;
}

/* Look at the memory of an array of one axis, of a length or of ANY. Whoever hands it
out may leave out what was asked for. */
static int get_row(PyObject *o, Py_buffer *row, char kind, Py_ssize_t count, int flags,
                   const char *name)
{
    if (PyObject_GetBuffer(o, row, PyBUF_FORMAT | flags) < 0)
        return -1;
    if (row->ndim == 1 && row->shape && !row->suboffsets && holds(row, kind) &&
        row->shape[0] <= INT32_MAX && (count == ANY || row->shape[0] == count))
        return 0;
    PyBuffer_Release(row);
    PyErr_Format(PyExc_ValueError,
                 "_tape: %s: not an array of the format '%c' and the length of the code", name,
                 kind);
    return -1;
}

/* Copy a row of doubles, however its entries lie. */
static void copy_doubles(double *to, const Py_buffer *row)
{
    const char *from = row->buf;
    Py_ssize_t n = row->shape[0];
    Py_ssize_t step = row->strides ? row->strides[0] : (Py_ssize_t)sizeof(double);
    if (step == sizeof(double))
        memcpy(to, from, (size_t)n * sizeof(double));
    else
        for (Py_ssize_t i = 0; i < n; i++)
            memcpy(to + i, from + i * step, sizeof(double));
}

/* Return a copy of a row in memory of our own. */
static void *copied(PyObject *o, char kind, Py_ssize_t *count, const char *name)
{
    Py_buffer row;
    if (get_row(o, &row, kind, ANY, PyBUF_ND, name) < 0)
        return NULL;
    *count = row.shape[0];
    size_t size = (size_t)(row.shape[0] * row.itemsize);
    void *copy = PyMem_Malloc(size ? size : 1);
    if (copy)
        memcpy(copy, row.buf, size);
    else
        PyErr_NoMemory();
    PyBuffer_Release(&row);
    return copy;
}
