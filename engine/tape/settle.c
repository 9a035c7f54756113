/* Numbers that a caller is about to be given. */
#include "tape.h"

enum { LANES_OF_SUM = 8 }; /* sums beside each other, which become vector code */

/* Add 0.0 to each number, so that none is -0.0; return the sum of their squares. */
static double settle_all(double *restrict xs, Py_ssize_t n)
{
    double sums[LANES_OF_SUM] = {0.0}, total = 0.0;
    Py_ssize_t i = 0;
    for (; i + LANES_OF_SUM <= n; i += LANES_OF_SUM)
        for (int k = 0; k < LANES_OF_SUM; k++) {
            double x = xs[i + k] + 0.0;
            xs[i + k] = x;
            sums[k] += x * x;
        }
    for (; i < n; i++) {
        xs[i] += 0.0;
        total += xs[i] * xs[i];
    }
    for (int k = 0; k < LANES_OF_SUM; k++)
        total += sums[k];
    return total;
}

/* settle(row): that, of an array of doubles. Whether all numbers, and the sum of their
squares, are finite. */
static PyObject *settle(PyObject *Py_UNUSED(module), PyObject *array)
{
    Py_buffer row;
    if (get_row(array, &row, 'd', ANY, PyBUF_WRITABLE | PyBUF_STRIDES, "the numbers") < 0)
        return NULL;
    int plain = (!row.strides || row.strides[0] == sizeof(double)) &&
                (uintptr_t)row.buf % sizeof(double) == 0;
    double total = plain ? settle_all(row.buf, row.shape[0]) : 0.0;
    PyBuffer_Release(&row);
    if (plain)
        return PyBool_FromLong(isfinite(total));
    PyErr_SetString(PyExc_ValueError, "_tape: the numbers: they do not lie side by side");
    return NULL;
}
