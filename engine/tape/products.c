/* Sums of products in each lane: rows by rows, as many small products of matrices. */
#include "tape.h"
#include <fenv.h>

enum { SIDE = 16, FEW = 4 }; /* lanes beside each other, which become vector code */
enum { AXES = 4 };  /* components, rows, terms, lanes */

/* An array of four axes, the last of them dense; how far it is from one entry to the next. */
typedef struct {
    double *at;
    Py_ssize_t sizes[AXES], steps[AXES];
} Grid;

/* The sum over n of a[n] * b[n], for some lanes. Not in one rounding: an infinity has to be
that of the tape. */
#define SUM(side)                                              \
    {                                                          \
        double sums[side];                                     \
        const double *x = p + l, *z = q + l;                   \
        for (int s = 0; s < side; s++)                         \
            sums[s] = terms ? x[s] * z[s] : 0.0;               \
        for (Py_ssize_t n = 1; n < terms; n++) {               \
            x += by_x, z += by_z;                              \
            for (int s = 0; s < side; s++)                     \
                sums[s] += x[s] * z[s];                        \
        }                                                      \
        for (int s = 0; s < side; s++)                         \
            to[l + s] = sums[s];                               \
        l += side;                                             \
    }

#define PRODUCTS_IN_LANES(name, target)                                               \
    target static void name(const Grid *a, const Grid *b, const Grid *y)              \
    {                                                                                 \
        const Py_ssize_t terms = a->sizes[2], lanes = y->sizes[3];                    \
        const Py_ssize_t by_x = a->steps[2], by_z = b->steps[2];                      \
        for (Py_ssize_t c = 0; c < y->sizes[0]; c++)                                  \
            for (Py_ssize_t i = 0; i < y->sizes[1]; i++)                              \
                for (Py_ssize_t k = 0; k < y->sizes[2]; k++) {                        \
                    const double *restrict p = a->at + c * a->steps[0] + i * a->steps[1]; \
                    const double *restrict q = b->at + c * b->steps[0] + k * b->steps[1]; \
                    double *restrict to =                                             \
                        y->at + c * y->steps[0] + i * y->steps[1] + k * y->steps[2];  \
                    Py_ssize_t l = 0;                                                 \
                    while (l + SIDE <= lanes)                                         \
                        SUM(SIDE)                                                     \
                    while (l + FEW <= lanes)                                          \
                        SUM(FEW)                                                      \
                    while (l < lanes)                                                 \
                        SUM(1)                                                        \
                }                                                                     \
    }

PRODUCTS_IN_LANES(products_plain, )
#ifdef AVX2
PRODUCTS_IN_LANES(products_avx2, AVX2)
#endif

static void products_of(const Grid *a, const Grid *b, const Grid *y)
{
#ifdef AVX2
    if (has_avx2()) {
        products_avx2(a, b, y);
        return;
    }
#endif
    products_plain(a, b, y);
}

/* Look at the memory of an array of doubles, of four axes, whose last one is dense. */
static int get_grid(PyObject *o, Py_buffer *view, Grid *grid, int flags)
{
    if (PyObject_GetBuffer(o, view, PyBUF_FORMAT | PyBUF_STRIDES | flags) < 0)
        return -1;
    int sound = view->ndim == AXES && view->shape && view->strides && !view->suboffsets &&
                holds(view, 'd') && (uintptr_t)view->buf % sizeof(double) == 0;
    for (int i = 0; sound && i < AXES; i++) {
        grid->sizes[i] = view->shape[i];
        grid->steps[i] = view->strides[i] / (Py_ssize_t)sizeof(double);
        sound = view->strides[i] % (Py_ssize_t)sizeof(double) == 0 &&
                (i < AXES - 1 || grid->steps[i] == 1 || grid->sizes[i] <= 1);
    }
    if (sound) {
        grid->at = view->buf;
        return 0;
    }
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError,
                    "_tape: products: not an array of doubles with four axes, the last dense");
    return -1;
}

/* products(left, right, out): fill out[c, i, k, l] with the sum over n of
left[c, i, n, l] * right[c, k, n, l]. Whether a number overflowed. */
static PyObject *products(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer views[3];
    Grid grids[3];
    int got = 0;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "_tape: products takes left, right and out");
        return NULL;
    }
    while (got < 3 && get_grid(args[got], views + got, grids + got,
                               got == 2 ? PyBUF_WRITABLE : 0) == 0)
        got++;
    int fits = got == 3;
    if (fits) {
        const Grid *a = grids, *b = grids + 1, *y = grids + 2;
        fits = a->sizes[0] == y->sizes[0] && b->sizes[0] == y->sizes[0] &&
               a->sizes[1] == y->sizes[1] && b->sizes[1] == y->sizes[2] &&
               a->sizes[2] == b->sizes[2] && a->sizes[3] == y->sizes[3] &&
               b->sizes[3] == y->sizes[3];
        if (!fits)
            PyErr_SetString(PyExc_ValueError, "_tape: products: arrays of sizes that do not fit");
    }
    int over = 0;
    if (fits) {
        feclearexcept(FE_OVERFLOW);
        products_of(grids, grids + 1, grids + 2);
        over = fetestexcept(FE_OVERFLOW) != 0;
        feclearexcept(FE_OVERFLOW);
    }
    while (got > 0)
        PyBuffer_Release(views + --got);
    return fits ? PyBool_FromLong(over) : NULL;
}
