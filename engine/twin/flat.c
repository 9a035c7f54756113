/* A graph as flat arrays: what `flat` of flat.py returns, written here. */
#include "twin.h"

enum { INPUT = -1, CAPTURED = -2, CUT = -3 }; /* as in flat.py */
enum { CODES, STARTS, ARGUMENTS, CONSTANTS, DATA, OUTPUTS, SLOPES, GRADS, ARRAYS };
enum { NAMED = ARRAYS, LEAVES, FOREIGN, CALLS, LABELS, PARTS }; /* lists, and a dict */

typedef struct {
    int32_t *at[ARRAYS]; /* the doubles too, by `doubles` */
    size_t inputs, edges, numbers;
    int full;
} Flat;

static inline double *doubles(Flat *f, int which)
{
    return (double *)(void *)f->at[which];
}

/* Append the place of a node to a list where it has a label. */
static int note_label(Value *v, size_t k, PyObject *named)
{
    PyObject *label = v->rare ? v->rare->label : NULL;
    if (LIKELY(!label) || (PyUnicode_CheckExact(label) && !PyUnicode_GET_LENGTH(label)))
        return DONE;
    PyObject *place = PyLong_FromSize_t(k);
    int done = place ? PyList_Append(named, place) : ERROR;
    Py_XDECREF(place);
    return done;
}

/* Count what the arrays are to hold. */
static void count_parts(Flat *f)
{
    for (size_t k = 0; k < scratch.count; k++) {
        Value *v = scratch.order[k];
        Edge *edges = edges_of(v);
        Py_ssize_t count = k < f->inputs ? 0 : count_of(v);
        f->edges += (size_t)count;
        for (Py_ssize_t i = 0; i < count; i++)
            f->numbers += !edges[i].parent;
    }
}

/* Make the parts: bytes that are filled in later, lists and a dict. */
static int make_parts(Flat *f, PyObject *parts, size_t roots)
{
    size_t n = scratch.count, full = (size_t)f->full;
    size_t sizes[ARRAYS] = {
        [CODES] = n * sizeof(int32_t),
        [STARTS] = (n + 1) * sizeof(int32_t),
        [ARGUMENTS] = f->edges * sizeof(int32_t),
        [CONSTANTS] = f->numbers * sizeof(double),
        [DATA] = n * sizeof(double),
        [OUTPUTS] = roots * sizeof(int32_t),
        [SLOPES] = full * f->edges * sizeof(double),
        [GRADS] = full * n * sizeof(double),
    };
    for (int i = 0; i < PyTuple_GET_SIZE(parts); i++) {
        PyObject *part = i < ARRAYS     ? PyBytes_FromStringAndSize(NULL, (Py_ssize_t)sizes[i])
                         : i == FOREIGN ? PyDict_New()
                                        : PyList_New(i < CALLS ? 0 : (Py_ssize_t)n);
        if (!part)
            return ERROR;
        PyTuple_SET_ITEM(parts, i, part);
        if (i < ARRAYS)
            f->at[i] = (int32_t *)(void *)PyBytes_AS_STRING(part);
    }
    return DONE;
}

/* Set the number of an operation that is not in the table; a new one gets the next. */
static int foreign_code(Value *v, PyObject *known, int32_t *code)
{
    PyObject *op = v->op == OTHER ? v->rare->op : OPS[BY_HAND];
    PyObject *index = PyDict_GetItemWithError(known, op);
    if (index) {
        *code = (int32_t)PyLong_AsLong(index);
        return DONE;
    }
    if (PyErr_Occurred())
        return ERROR;
    *code = COUNT + (int32_t)PyDict_GET_SIZE(known);
    if (!(index = PyLong_FromLong(*code)))
        return ERROR;
    int done = PyDict_SetItem(known, op, index);
    Py_DECREF(index);
    return done;
}

/* Set what made a node, and keep it where it is a leaf that nobody asked for. */
static int classify(Value *v, PyObject *parts, int32_t *code)
{
    if (v->n && v->op && v->op <= COUNT)
        *code = v->op - 1;
    else if (v->n)
        return foreign_code(v, PyTuple_GET_ITEM(parts, FOREIGN), code);
    else if (v->flags & UNRECORDED)
        *code = CUT;
    else {
        *code = CAPTURED;
        return PyList_Append(PyTuple_GET_ITEM(parts, LEAVES), (PyObject *)v);
    }
    return DONE;
}

/* Write the operands of the node at k from a place on; return where they end. */
static int32_t write_operands(Flat *f, size_t k, int32_t place, int32_t *number_at)
{
    Value *v = scratch.order[k];
    Edge *edges = edges_of(v);
    Py_ssize_t count = k < f->inputs ? 0 : count_of(v);
    for (Py_ssize_t i = 0; i < count; i++, place++) {
        Value *parent = edges[i].parent;
        f->at[ARGUMENTS][place] = parent ? (int32_t)parent->mark - 1 : ~*number_at;
        if (!parent)
            doubles(f, CONSTANTS)[(*number_at)++] = edges[i].number;
        if (f->full)
            doubles(f, SLOPES)[place] = parent ? edges[i].number : 0.0;
    }
    return place;
}

/* Fill the parts in, node by node. */
static int fill_parts(Flat *f, PyObject *parts)
{
    int32_t place = 0, number_at = 0;
    for (size_t k = 0; k < scratch.count; k++) {
        Value *v = scratch.order[k];
        f->at[CODES][k] = INPUT;
        if ((k >= f->inputs && classify(v, parts, f->at[CODES] + k) < 0) ||
            note_label(v, k, PyTuple_GET_ITEM(parts, NAMED)) < 0)
            return ERROR;
        f->at[STARTS][k] = place;
        place = write_operands(f, k, place, &number_at);
        doubles(f, DATA)[k] = v->data;
        if (f->full) {
            doubles(f, GRADS)[k] = v->grad; /* 0.0 for None */
            PyList_SET_ITEM(PyTuple_GET_ITEM(parts, CALLS), (Py_ssize_t)k, get_call(v, NULL));
            PyList_SET_ITEM(PyTuple_GET_ITEM(parts, LABELS), (Py_ssize_t)k, get_label(v, NULL));
        }
    }
    f->at[STARTS][scratch.count] = place;
    return DONE;
}

/* Return the parts of the graph in the order, or NULL with an error. */
static PyObject *flattened(Flat *f, PyObject *roots)
{
    count_parts(f);
    if (f->edges > INT32_MAX)
        return PyErr_NoMemory();
    PyObject *parts = PyTuple_New(f->full ? PARTS : CALLS);
    if (!parts)
        return NULL;
    int done = make_parts(f, parts, (size_t)PyList_GET_SIZE(roots));
    for (Py_ssize_t i = 0; done == DONE && i < PyList_GET_SIZE(roots); i++)
        f->at[OUTPUTS][i] = (int32_t)((Value *)PyList_GET_ITEM(roots, i))->mark - 1;
    if (done == DONE && fill_parts(f, parts) == DONE)
        return parts;
    Py_DECREF(parts);
    return NULL;
}

/* flat(roots, leaves, full) of two lists -> the parts, or None where Python has to do it. */
static PyObject *flat(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || sweeping)
        Py_RETURN_NONE;
    PyObject *found = NULL;
    Flat f = {.inputs = (size_t)PyList_GET_SIZE(args[1]), .full = args[2] == Py_True};
    int done = DONE;
    sweeping = 1;
    scratch.count = 0;
    for (size_t i = 0; i < f.inputs && done == DONE; i++) { /* one given twice has two slots */
        Value *v = (Value *)PyList_GET_ITEM(args[1], (Py_ssize_t)i);
        done = is_value((PyObject *)v) ? append(v) : NOT_HERE;
    }
    if (done == DONE)
        done = append_all(args[0]);
    if (done == DONE)
        found = flattened(&f, args[0]);
    clear_marks(0);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}
