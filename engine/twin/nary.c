/* Operations of any number of operands: of a tuple, or of sequences read as they are. */
#include "twin.h"

/* The operands of an operation of any number of them. */
typedef struct {
    double *xs, *slopes;
    Value **parents; /* NULL for a plain number */
    Py_ssize_t n, room;
    int ours; /* whether one of them is a Value */
} Operands;

enum { FEW = 64 };

static int reserve_operands(Operands *all, Py_ssize_t n)
{
    all->n = n;
    if (n <= all->room)
        return 0;
    char *block = PyMem_Malloc((size_t)n * (2 * sizeof(double) + sizeof(Value *)));
    if (!block) {
        PyErr_NoMemory();
        return -1;
    }
    all->xs = (double *)block;
    all->slopes = all->xs + n;
    all->parents = (Value **)(all->slopes + n);
    all->room = n;
    return 0;
}

#define SOME(all)                                                                       \
    double all##_numbers[2 * FEW];                                                      \
    Value *all##_parents[FEW];                                                          \
    Operands all = {all##_numbers, all##_numbers + FEW, all##_parents, 0, FEW, 0}
#define DONE_WITH(all)                                                                  \
    if (all.xs != all##_numbers)                                                        \
    PyMem_Free(all.xs)

/* Read objects into the places from `at` on; 0 where one of them is not plain. */
static inline int read_all(Operands *all, Py_ssize_t at, PyObject *const *items, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++, at++) {
        if (!read_operand(items[i], &all->parents[at], &all->xs[at]))
            return 0;
        all->ours |= all->parents[at] != NULL;
    }
    return 1;
}

/* Return the index of an operation that can be computed here, or NULL. */
static const struct operation *computed(PyObject *op, int *index)
{
    *index = index_of(op) - 1;
    if (*index < 0 || *index >= COUNT)
        return NULL;
    const struct operation *known = &OPERATIONS[*index];
    return known->primal && known->partials ? known : NULL;
}

/* Return the node of an operation on operands that were read. */
static PyObject *compute_node(int index, Operands *all)
{
    const struct operation *op = &OPERATIONS[index];
    double y = op->primal(all->xs, all->n);
    op->partials(y, all->xs, all->n, all->slopes);
    Value *v = fresh(y);
    if (!v || reserve_edges(v, all->n) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    v->op = (uint16_t)(index + 1);
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < all->n; i++) {
        if (all->parents[i])
            set_parent(v, edges + i, all->parents[i], all->slopes[i]);
        else
            set_constant(edges + i, all->xs[i]);
    }
    return finish_node(v);
}

/* _apply(op, operands): an operation of any number of operands. What is not all plain, or
has no C, goes to the Python function of the same name. */
static PyObject *apply(PyObject *Py_UNUSED(none), PyObject *const *args, Py_ssize_t count)
{
    SOME(all);
    PyObject *result = NULL;
    int index;
    if (count != 2 || !PyTuple_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "_apply(op, operands)");
        return NULL;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(args[1]);
    const struct operation *op = computed(args[0], &index);
    if (op && n && (op->arity < 0 || op->arity == n) && reserve_operands(&all, n) == 0 &&
        read_all(&all, 0, &PyTuple_GET_ITEM(args[1], 0), n) && all.ours)
        result = compute_node(index, &all);
    else if (!PyErr_Occurred())
        result = PyObject_CallFunctionObjArgs(python_apply, args[0], args[1], NULL);
    DONE_WITH(all);
    return result;
}

/* The size of a number of a format that is read here, or 0. */
static Py_ssize_t size_of(const char *format)
{
    switch (format && format[0] && !format[1] ? format[0] : 0) {
    case 'd':
        return sizeof(double);
    case 'f':
        return sizeof(float);
    case 'i':
        return sizeof(int);
    case 'l':
        return sizeof(long);
    case 'q':
        return sizeof(long long);
    }
    return 0;
}

/* Whether a buffer is a row of numbers that can be read here. Who hands it out may leave
out what was asked for: the dates of NumPy tell no strides. */
static int is_row(const Py_buffer *row)
{
    return row->ndim == 1 && row->shape && row->strides && !row->suboffsets &&
           row->itemsize > 0 && row->itemsize == size_of(row->format);
}

/* Copy a row of numbers of some array; 0 where C may not read it. */
static int read_row(Operands *all, Py_ssize_t at, const Py_buffer *row)
{
    const char *from = row->buf;
    Py_ssize_t n = row->shape[0], step = row->strides[0];
    char kind = row->format[0];
    if (((uintptr_t)from | (size_t)step) % (size_t)row->itemsize)
        return 0; /* a field of packed records: C may not read it in place */
    for (Py_ssize_t i = 0; i < n; i++, at++, from += step) {
        all->parents[at] = NULL;
        all->xs[at] = kind == 'd'   ? *(const double *)from
                      : kind == 'f' ? *(const float *)from
                      : kind == 'i' ? *(const int *)from
                      : kind == 'l' ? (double)*(const long *)from
                                    : (double)*(const long long *)from;
    }
    return 1;
}

/* Whether a class is written in Python: its __buffer__ could change the lists beside it. */
static int in_python(PyTypeObject *type)
{
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           !PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE);
}

/* Read a list, a tuple, or an array of one axis: no number in it becomes an object. The
first of several says how many entries all have. 0 for any other. */
static int read_sequence(Operands *all, Py_ssize_t at, PyObject *sequence, Py_ssize_t *n,
                         Py_ssize_t parts, Py_ssize_t rest)
{
    Py_buffer row;
    int list = PyList_CheckExact(sequence), tuple = PyTuple_CheckExact(sequence), read;
    if (!list && !tuple) {
        if (!PyObject_CheckBuffer(sequence) || in_python(Py_TYPE(sequence)) ||
            PyObject_GetBuffer(sequence, &row, PyBUF_FORMAT | PyBUF_STRIDES) < 0) {
            if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_MemoryError))
                PyErr_Clear(); /* an array of objects has no buffer: it is a sequence */
            return 0;
        }
        if (!is_row(&row)) {
            PyBuffer_Release(&row);
            return 0;
        }
    }
    Py_ssize_t size = list    ? PyList_GET_SIZE(sequence)
                      : tuple ? PyTuple_GET_SIZE(sequence)
                              : row.shape[0];
    if (*n < 0 && reserve_operands(all, parts * (*n = size) + rest) < 0)
        read = 0;
    else if (size != *n)
        read = 0;
    else if (list)
        read = read_all(all, at, ((PyListObject *)sequence)->ob_item, size);
    else if (tuple)
        read = read_all(all, at, &PyTuple_GET_ITEM(sequence, 0), size);
    else
        read = read_row(all, at, &row);
    if (!list && !tuple)
        PyBuffer_Release(&row);
    return read;
}

/* gathered(op, how_many, *sequences, *operands): a variadic operation of the entries of so
many sequences, of one length, and of single operands after them. The node; a float, if no
Value is among them; None where Python has to do it, and nothing was used up. */
static PyObject *gathered(PyObject *Py_UNUSED(module), PyObject *const *args,
                          Py_ssize_t count)
{
    SOME(all);
    PyObject *result = NULL;
    int index;
    Py_ssize_t parts = count > 2 ? PyLong_AsSsize_t(args[1]) : -1, n = -1;
    if (parts < 1 || parts > count - 2) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "gathered(op, how_many, *sequences, *operands)");
        return NULL;
    }
    Py_ssize_t rest = count - 2 - parts;
    const struct operation *op = computed(args[0], &index);
    int plain = op && op->arity < 0;
    for (Py_ssize_t i = 0; plain && i < parts; i++)
        plain = read_sequence(&all, i * n, args[2 + i], &n, parts, rest);
    plain = plain && all.n && read_all(&all, parts * n, args + 2 + parts, rest);
    if (plain)
        result = all.ours ? compute_node(index, &all)
                          : PyFloat_FromDouble(op->primal(all.xs, all.n));
    else if (!PyErr_Occurred())
        result = Py_NewRef(Py_None);
    DONE_WITH(all);
    return result;
}
