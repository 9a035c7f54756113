/* The numbers and the gradients of many leaves at once. */
#include "twin.h"

enum { OURS, OF_ANY_CLASS }; /* whether a subclass may stand among the leaves */

/* Look at an array of doubles that has a place for each Value of a list. DONE, ERROR, or
NOT_HERE where the list or the array is of another kind. */
static int open_row(PyObject *leaves, PyObject *array, int kind, int flags, Py_buffer *row)
{
    if (!PyList_CheckExact(leaves))
        return NOT_HERE;
    if (PyObject_GetBuffer(array, row, PyBUF_FORMAT | PyBUF_STRIDES | flags) < 0)
        return ERROR;
    Py_ssize_t n = PyList_GET_SIZE(leaves); /* a buffer in Python may have changed it */
    int plain = row->ndim == 1 && row->shape && row->strides && !row->suboffsets &&
                row->shape[0] == n && row->format && strcmp(row->format, "d") == 0;
    for (Py_ssize_t i = 0; plain && i < n; i++)
        plain = kind == OURS ? Py_IS_TYPE(PyList_GET_ITEM(leaves, i), Type)
                             : is_value(PyList_GET_ITEM(leaves, i));
    if (plain)
        return DONE;
    PyBuffer_Release(row);
    return NOT_HERE;
}

static inline char *place(const Py_buffer *row, Py_ssize_t i)
{
    return (char *)row->buf + i * row->strides[0];
}

static inline Value *leaf(PyObject *leaves, Py_ssize_t i)
{
    return (Value *)PyList_GET_ITEM(leaves, i);
}

/* gather(leaves, numbers, ours=False): copy what each Value of a list holds into an array of
doubles. Whether it was done: a list or an array of another kind is left to Python, and with
`ours` a subclass, whose fields may be properties. */
static PyObject *gather(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer row;
    int kind = count == 3 && args[2] == Py_True ? OURS : OF_ANY_CLASS, done = NOT_HERE;
    if (count == 2 || count == 3)
        done = open_row(args[0], args[1], kind, PyBUF_WRITABLE, &row);
    if (done != DONE)
        return done == ERROR ? NULL : Py_NewRef(Py_False);
    for (Py_ssize_t i = 0; i < row.shape[0]; i++)
        memcpy(place(&row, i), &leaf(args[0], i)->data, sizeof(double));
    PyBuffer_Release(&row);
    Py_RETURN_TRUE;
}

/* gather_slopes(leaves, slopes): the same of their gradients, 0.0 for None. How many are
None, or None where Python has to do it. */
static PyObject *gather_slopes(PyObject *Py_UNUSED(module), PyObject *const *args,
                               Py_ssize_t count)
{
    Py_buffer row;
    Py_ssize_t lacking = 0;
    int done = NOT_HERE;
    if (count == 2)
        done = open_row(args[0], args[1], OURS, PyBUF_WRITABLE, &row);
    if (done != DONE)
        return done == ERROR ? NULL : Py_NewRef(Py_None);
    for (Py_ssize_t i = 0; i < row.shape[0]; i++) {
        lacking += (leaf(args[0], i)->flags & GRAD_IS_NONE) != 0;
        memcpy(place(&row, i), &leaf(args[0], i)->grad, sizeof(double));
    }
    PyBuffer_Release(&row);
    return PyLong_FromSsize_t(lacking);
}

/* scatter(leaves, numbers, slopes): give each Value of a list its number and its gradient,
or one of the two where None stands for the other. Whether it was done. */
static PyObject *scatter(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer both[2];
    int done = count == 3 ? DONE : NOT_HERE, opened[2] = {0, 0};
    for (int k = 0; k < 2 && done == DONE; k++)
        if (args[k + 1] != Py_None) {
            done = open_row(args[0], args[k + 1], OURS, 0, both + k);
            opened[k] = done == DONE;
        }
    if (opened[0] && opened[1] && both[0].shape[0] != both[1].shape[0])
        done = NOT_HERE;
    for (Py_ssize_t i = 0; done == DONE && opened[0] && i < both[0].shape[0]; i++)
        memcpy(&leaf(args[0], i)->data, place(both, i), sizeof(double));
    for (Py_ssize_t i = 0; done == DONE && opened[1] && i < both[1].shape[0]; i++) {
        memcpy(&leaf(args[0], i)->grad, place(both + 1, i), sizeof(double));
        leaf(args[0], i)->flags &= ~GRAD_IS_NONE;
    }
    for (int k = 0; k < 2; k++)
        if (opened[k])
            PyBuffer_Release(both + k);
    return done == ERROR ? NULL : PyBool_FromLong(done == DONE);
}

/* read(tree): the numbers of a list or tuple of floats, as bytes, and False; of one of
Values, and True. None of any other, and of an empty one. */
static PyObject *read_numbers(PyObject *Py_UNUSED(module), PyObject *tree)
{
    Py_ssize_t n = PyList_CheckExact(tree) || PyTuple_CheckExact(tree)
                       ? PySequence_Fast_GET_SIZE(tree)
                       : 0;
    PyObject **items = n ? PySequence_Fast_ITEMS(tree) : NULL;
    PyTypeObject *kind = n ? Py_TYPE(items[0]) : NULL;
    if (!n || (kind != &PyFloat_Type && kind != Type))
        Py_RETURN_NONE;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, n * (Py_ssize_t)sizeof(double));
    if (!bytes)
        return NULL;
    char *to = PyBytes_AS_STRING(bytes);
    Py_ssize_t i = 0;
    for (; i < n && Py_IS_TYPE(items[i], kind); i++) {
        double x = kind == Type ? ((Value *)items[i])->data : PyFloat_AS_DOUBLE(items[i]);
        memcpy(to + i * (Py_ssize_t)sizeof(double), &x, sizeof(double));
    }
    PyObject *found = i < n ? Py_NewRef(Py_None)
                            : PyTuple_Pack(2, bytes, kind == Type ? Py_True : Py_False);
    Py_DECREF(bytes);
    return found;
}

/* distinct(leaves): whether no Value stands twice in a list; None where Python has to find
out. No other code runs before all marks are 0 again. */
static PyObject *distinct(PyObject *Py_UNUSED(module), PyObject *leaves)
{
    if (!PyList_CheckExact(leaves) || sweeping)
        Py_RETURN_NONE;
    Py_ssize_t n = PyList_GET_SIZE(leaves), i = 0;
    int ours = 1, once = 1;
    for (; i < n && once; i++) {
        if (!(ours = is_value(PyList_GET_ITEM(leaves, i))))
            break;
        once = !leaf(leaves, i)->mark;
        leaf(leaves, i)->mark = 1;
    }
    while (i-- > 0)
        leaf(leaves, i)->mark = 0;
    return ours ? PyBool_FromLong(once) : Py_NewRef(Py_None);
}
