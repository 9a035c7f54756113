/* The numbers of many leaves at once. */
#include "twin.h"

/* gather(leaves, numbers): copy what each Value of a list holds into an array of doubles.
Whether it was done: a list or an array of another kind is left to Python. */
static PyObject *gather(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer row;
    if (count != 2 || !PyList_CheckExact(args[0]))
        Py_RETURN_FALSE;
    if (PyObject_GetBuffer(args[1], &row, PyBUF_FORMAT | PyBUF_STRIDES | PyBUF_WRITABLE) < 0)
        return NULL;
    PyObject *leaves = args[0]; /* as it is now: a buffer in Python may have changed it */
    Py_ssize_t n = PyList_GET_SIZE(leaves);
    int done = row.ndim == 1 && row.shape && row.strides && !row.suboffsets &&
               row.shape[0] == n && row.format && strcmp(row.format, "d") == 0;
    char *to = row.buf;
    for (Py_ssize_t i = 0; done && i < n; i++) {
        PyObject *leaf = PyList_GET_ITEM(leaves, i);
        done = is_value(leaf);
        if (done)
            memcpy(to + i * row.strides[0], &((Value *)leaf)->data, sizeof(double));
    }
    PyBuffer_Release(&row);
    return PyBool_FromLong(done);
}
