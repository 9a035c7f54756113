/* The class: what it takes from Python, the slots and methods of its table, and its type. */
#include "twin.h"
#include "../_table.h"

/* has(name) -> whether an operation of the table has its method here. */
static PyObject *has(PyObject *Py_UNUSED(module), PyObject *name)
{
    for (int i = 0; i < COUNT && PyUnicode_Check(name); i++)
        if (PyUnicode_CompareWithASCIIString(name, OPERATIONS[i].name) == 0)
            return PyBool_FromLong(FUNCTIONS[i].method != NULL);
    Py_RETURN_FALSE;
}

static const struct {
    const char *dunder;
    int slot;
} OPERATORS[] = { /* Python's number protocol, as far as it is one of two numbers or one */
    {"add", Py_nb_add},
    {"sub", Py_nb_subtract},
    {"mul", Py_nb_multiply},
    {"truediv", Py_nb_true_divide},
    {"floordiv", Py_nb_floor_divide},
    {"mod", Py_nb_remainder},
    {"pow", Py_nb_power},
    {"matmul", Py_nb_matrix_multiply},
    {"and", Py_nb_and},
    {"or", Py_nb_or},
    {"xor", Py_nb_xor},
    {"lshift", Py_nb_lshift},
    {"rshift", Py_nb_rshift},
    {"pos", Py_nb_positive},
    {"neg", Py_nb_negative},
    {"abs", Py_nb_absolute},
    {"invert", Py_nb_invert},
    {NULL, 0},
};

static int slot_of(PyObject *dunder)
{
    if (dunder == Py_None)
        return 0;
    for (int i = 0; OPERATORS[i].dunder; i++)
        if (PyUnicode_CompareWithASCIIString(dunder, OPERATORS[i].dunder) == 0)
            return OPERATORS[i].slot;
    return 0;
}

/* Return the function of an operation in the form that a slot of Python calls. */
static void *for_slot(int slot, const struct functions *known)
{
    return slot == Py_nb_power      ? (void *)known->ternary
           : known->unary           ? (void *)known->unary
                                    : (void *)known->method;
}

static PyMethodDef methods[] = {
    {"_apply", (PyCFunction)(void *)apply, METH_FASTCALL | METH_STATIC, NULL},
    {"_connect", (PyCFunction)(void *)value_connect, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* What C takes from Python, beside what `setup` is given. */
static const struct {
    const char *module, *name;
    PyObject **place;
} NEEDED[] = {
    {"dendrograd.errors", "GraphError", &GraphError},
    {"dendrograd.errors", "OperandError", &OperandError},
    {"dendrograd.mode", "MODE", &MODE},
    {"dendrograd.mode", "PLAIN", &PLAIN},
    {"dendrograd.mode", "entered", &entered},
    {"dendrograd.mode", "serials", &serials},
    {"dendrograd.mode", "strays", &strays},
    {"dendrograd.node.arguments", "paired", &python_paired},
    {"dendrograd.node.arguments", "real", &python_real},
    {"dendrograd.node.arguments", "renamed", &python_renamed},
    {"dendrograd.node.arguments", "text", &python_text},
    {"dendrograd.node.methods", "deferred", &python_deferred},
    {"dendrograd.notices.listen", "KINDS", &kinds},
    {"dendrograd.notices.listen", "LISTENING", &listening},
    {"dendrograd.notices.listen", "hear", &python_hear},
    {"dendrograd.number", "number", &python_number},
    {"dendrograd.op", "by_hand", &OPS[BY_HAND]},
    {NULL, NULL, NULL},
};

static int import_needed(void)
{
    for (int i = 0; NEEDED[i].name; i++) {
        PyObject *module = PyImport_ImportModule(NEEDED[i].module);
        *NEEDED[i].place = module ? PyObject_GetAttrString(module, NEEDED[i].name) : NULL;
        Py_XDECREF(module);
        if (!*NEEDED[i].place)
            return -1;
    }
    return 0;
}

/* Give each Op its index. */
static int number_operations(void)
{
    if (!(op_indices = PyDict_New()))
        return -1;
    for (int i = 0; i <= COUNT; i++) {
        if (i < COUNT)
            OPS[i] = Py_NewRef(PyTuple_GET_ITEM(PyTuple_GET_ITEM(rows, i), 0));
        PyObject *index = PyLong_FromLong(i + 1);
        int done = index ? PyDict_SetItem(op_indices, OPS[i], index) : -1;
        Py_XDECREF(index);
        if (done < 0)
            return -1;
    }
    return 0;
}

/* Write the slots of operators: those of the table's dunders. */
static void add_operators(PyType_Slot *slots)
{
    for (int i = 0; i < COUNT; i++) {
        int slot = slot_of(PyTuple_GET_ITEM(PyTuple_GET_ITEM(rows, i), 1));
        if (slot && FUNCTIONS[i].method)
            *slots++ = (PyType_Slot){slot, for_slot(slot, &FUNCTIONS[i])};
    }
}

static int make_type(void)
{
    enum { FIXED = 11 };
    PyType_Slot slots[FIXED + COUNT + 1] = {
        {Py_tp_new, value_new},
        {Py_tp_init, value_init},
        {Py_tp_dealloc, value_dealloc},
        {Py_tp_traverse, value_traverse},
        {Py_tp_clear, value_clear},
        {Py_tp_richcompare, value_compare},
        {Py_tp_hash, (void *)PyBaseObject_Type.tp_hash}, /* equal data is not equal nodes */
        {Py_nb_bool, value_bool},
        {Py_tp_getset, fields},
        {Py_tp_methods, methods},
        {Py_tp_doc, "Value(data, children=(), local_grads=(), *, _children=(), _op=None, "
                    "label='')\n--\n\n"},
    };
    PyType_Spec spec = {
        .name = "dendrograd.value.Value",
        .basicsize = sizeof(Value),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = slots,
    };
    add_operators(slots + FIXED);
    if (!(Type = (PyTypeObject *)PyType_FromSpec(&spec)))
        return -1;
    Type->tp_vectorcall = value_vectorcall; /* of this class alone: it is not inherited */
    return 0;
}

/* Give the type the method of an operation under each of its names. */
static int add_method(int i)
{
    static PyMethodDef definitions[COUNT];
    PyObject *row = PyTuple_GET_ITEM(rows, i), *names = PyTuple_GET_ITEM(row, 2);
    if (!FUNCTIONS[i].method)
        return 0;
    const char *doc = PyUnicode_AsUTF8(PyTuple_GET_ITEM(row, 3));
    if (!doc)
        return -1;
    definitions[i] = (PyMethodDef){OPERATIONS[i].name, FUNCTIONS[i].method,
                                   FUNCTIONS[i].unary ? METH_NOARGS : METH_O, doc};
    PyObject *method = PyDescr_NewMethod(Type, &definitions[i]);
    int done = method ? 0 : -1;
    for (Py_ssize_t k = 0; done == 0 && k < PyTuple_GET_SIZE(names); k++)
        done = PyObject_SetAttr((PyObject *)Type, PyTuple_GET_ITEM(names, k), method);
    Py_XDECREF(method);
    return done;
}

static int add_methods(void)
{
    int done = 0;
    for (int i = 0; done == 0 && i < COUNT; i++)
        done = add_method(i);
    return done;
}

/* Undo what a setup has done that failed. */
static void undo_setup(void)
{
    Py_CLEAR(Type);
    for (int i = 0; NEEDED[i].name; i++)
        Py_CLEAR(*NEEDED[i].place);
    for (int i = 0; i < COUNT; i++)
        Py_CLEAR(OPS[i]);
    Py_CLEAR(op_indices);
    Py_CLEAR(python_apply);
    Py_CLEAR(python_annotate);
    Py_CLEAR(rows); /* last, as the methods of the type had their docstrings there */
}

/* setup(rows, apply, annotate) -> the class. Rows are (op, dunder, names, doc), in the order
of the table; the two functions are those of value.py. */
static PyObject *setup(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *table_rows, *given_apply, *given_annotate;
    if (!PyArg_ParseTuple(args, "O!OO", &PyTuple_Type, &table_rows, &given_apply,
                          &given_annotate))
        return NULL;
    if (Type || PyTuple_GET_SIZE(table_rows) != COUNT) {
        PyErr_SetString(PyExc_ImportError, "the native twin is older than the table");
        return NULL;
    }
    rows = Py_NewRef(table_rows);
    python_apply = Py_NewRef(given_apply);
    python_annotate = Py_NewRef(given_annotate);
    if (import_needed() < 0 || number_operations() < 0 || make_type() < 0 ||
        add_methods() < 0) {
        undo_setup();
        return NULL;
    }
    return Py_NewRef((PyObject *)Type);
}
