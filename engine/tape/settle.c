/* Numbers that a caller is about to be given. */
#include "tape.h"

enum { SUMS = 16 }; /* beside each other, so that they become vector code */

/* Add 0.0 to each number, so that none is -0.0; return the sum of their squares. */
#define SETTLING(name, target)                                \
    target static double name(double *restrict xs, Py_ssize_t n) \
    {                                                         \
        double sums[SUMS] = {0.0}, total = 0.0;               \
        Py_ssize_t i = 0;                                     \
        for (; i + SUMS <= n; i += SUMS)                      \
            for (int k = 0; k < SUMS; k++) {                  \
                const double x = xs[i + k] + 0.0;             \
                xs[i + k] = x;                                \
                sums[k] += x * x;                             \
            }                                                 \
        for (; i < n; i++) {                                  \
            xs[i] += 0.0;                                     \
            total += xs[i] * xs[i];                           \
        }                                                     \
        for (int k = 0; k < SUMS; k++)                        \
            total += sums[k];                                 \
        return total;                                         \
    }

SETTLING(settle_plain, )
#ifdef AVX2
SETTLING(settle_avx2, AVX2)
#endif

static double settle_all(double *xs, Py_ssize_t n)
{
#ifdef AVX2
    if (has_avx2())
        return settle_avx2(xs, n);
#endif
    return settle_plain(xs, n);
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
