/* How an operation notes the mode it was made in; Python's number protocol. */
#include "twin.h"

/* Reading the context variable takes a quarter of the time of an operation, so it is
read only once a block was ever entered. */

/* Tell whoever records a function what it asks of one operand or two (notices/listen.py).
Return whether the answer is true; -1 with an error. */
static int tell(int how, PyObject *left, PyObject *right, PyObject *outcome)
{
    PyObject *operands = right ? PyTuple_Pack(2, left, right) : PyTuple_Pack(1, left);
    PyObject *answer = operands ? PyObject_CallFunctionObjArgs(
                                      python_hear, PyTuple_GET_ITEM(kinds, how), operands,
                                      outcome, NULL)
                                : NULL;
    int yes = answer ? answer != Py_None : -1;
    Py_XDECREF(operands);
    Py_XDECREF(answer);
    return yes;
}

static int unrecord(Value *v)
{
    if (Py_SIZE(listening)) {
        int held = tell(WAS_HELD, (PyObject *)v, NULL, Py_None);
        if (held)
            return held < 0 ? -1 : 0;
    }
    if (v->op)
        v->flags |= UNRECORDED;
    cut(v);
    v->op = 0;
    return 0;
}

/* Note on a new node what the mode asks for, and where a bad number was made. */
static int stamp_mode(Value *v)
{
    PyObject *found;
    int finite = v->data - v->data == 0.0, done = 0;
    if (v->flags & TRACKED)
        track(v);
    if (!Py_SIZE(entered))
        found = Py_NewRef(PLAIN);
    else if (!(found = (PyObject *)mode_here()))
        return -1;
    Mode *mode = (Mode *)found;
    if (finite && found == PLAIN)
        goto end;
    if (finite && !mode->loose && PyList_GET_SIZE(strays) == 0 && !v->rare) {
        if ((v->rare = shared(mode)))
            v->rare->refs++;
        else if (PyErr_Occurred())
            done = -1;
        if (done == 0 && !mode->recording)
            done = unrecord(v);
    } else {
        PyObject *noted = PyObject_CallFunctionObjArgs(python_annotate, v, found, NULL);
        done = noted ? 0 : -1;
        Py_XDECREF(noted);
    }
end:
    Py_DECREF(found);
    return done;
}

static inline PyObject *finish_node(Value *v)
{
    if (LIKELY(!(Py_SIZE(entered) | (v->flags & TRACKED)) && v->data - v->data == 0.0))
        return (PyObject *)v;
    if (stamp_mode(v) < 0)
        Py_CLEAR(v);
    return (PyObject *)v;
}

/* ---- Operators ------------------------------------------------------------------- */

/* Read an operand that needs no further thought; return 0 for any other. */
static inline int read_operand(PyObject *o, Value **v, double *x)
{
    if (LIKELY(Py_IS_TYPE(o, Type))) {
        *v = (Value *)o;
        *x = (*v)->data;
        return 1;
    }
    *v = NULL;
    if (PyFloat_CheckExact(o)) {
        *x = PyFloat_AS_DOUBLE(o);
        return 1;
    }
    if (PyLong_CheckExact(o)) {
        *x = PyLong_AsDouble(o);
        if (*x != -1.0 || !PyErr_Occurred())
            return 1;
        PyErr_Clear();
        return 0;
    }
    if (!is_value(o)) /* last, since it goes through the bases of a class */
        return 0;
    *v = (Value *)o;
    *x = (*v)->data;
    return 1;
}

/* Read an operand of any kind as Python does. Where that gives the result of the
operation, NotImplemented or an error, return 0 with it in `result`. */
static int read_operand_slow(int op, PyObject *o, PyObject *left, PyObject *right,
                             Value **v, double *x, PyObject **result)
{
    if (read_operand(o, v, x))
        return 1;
    PyObject *name = PyUnicode_FromString(OPERATIONS[op].name), *type, *error, *trace;
    PyObject *read = name ? PyObject_CallFunctionObjArgs(python_number, o, name, NULL) : NULL;
    Py_XDECREF(name);
    if (read) {
        *x = PyFloat_AsDouble(read);
        Py_DECREF(read);
        return 1;
    }
    *result = NULL;
    if (!PyErr_ExceptionMatches(OperandError))
        return 0;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    PyObject *operands = PyTuple_Pack(2, left, right);
    if (operands)
        *result = PyObject_CallFunctionObjArgs(python_deferred, OPS[op], operands, o, error,
                                               NULL);
    Py_XDECREF(operands);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    return 0;
}

typedef double primal_of_one(double x);
typedef void partials_of_one(double y, double x, double *out);
typedef double primal_of_two(double a, double b);
typedef void partials_of_two(double y, double a, double b, double *out);
typedef double partial_of_two(double y, double a, double b); /* by one of the operands */

/* Return the node of an operation of one operand. It and `binary` are written into the
functions of each operation, with the primals and partials in them: a call by pointer makes
an operation 6% slower. */
static inline Py_ALWAYS_INLINE PyObject *
unary(PyObject *self, int op, primal_of_one *primal, partials_of_one *partials)
{
    double x = ((Value *)self)->data, y = primal(x), partial;
    Value *v = fresh(y);
    if (!v)
        return NULL;
    partials(y, x, &partial);
    v->op = (uint16_t)(op + 1);
    v->n = 1;
    set_parent(v, v->in, (Value *)self, partial);
    return finish_node(v);
}

/* Return the node of an operation of two operands, one of them a Value. */
static inline Py_ALWAYS_INLINE PyObject *
binary(PyObject *left, PyObject *right, int op, primal_of_two *primal,
       partials_of_two *partials, partial_of_two *by_left, partial_of_two *by_right)
{
    Value *p, *q, *v;
    double a, b, y;
    PyObject *result;
    if (!read_operand(left, &p, &a) &&
        !read_operand_slow(op, left, left, right, &p, &a, &result))
        return result;
    if (!read_operand(right, &q, &b) &&
        !read_operand_slow(op, right, left, right, &q, &b, &result))
        return result;
    y = primal(a, b);
    if (!(v = fresh(y)))
        return NULL;
    v->op = (uint16_t)(op + 1);
    v->n = 2;
    if (p && q) {
        double both[2];
        partials(y, a, b, both);
        set_parent(v, v->in, p, both[0]);
        set_parent(v, v->in + 1, q, both[1]);
    } else if (p) {
        set_parent(v, v->in, p, by_left(y, a, b));
        set_constant(v->in + 1, b);
    } else {
        set_constant(v->in, a);
        set_parent(v, v->in + 1, q, by_right(y, a, b));
    }
    return finish_node(v);
}

/* Refuse the modulus of pow(a, b, modulus). */
static PyObject *no_modulus(int op)
{
    return PyErr_Format(PyExc_TypeError,
                        "Value.%s() takes 2 positional arguments but 3 were given",
                        OPERATIONS[op].name);
}

#define UNARY(name)                                                                     \
    static PyObject *unary_##name(PyObject *self)                                       \
    {                                                                                   \
        return unary(self, INDEX_##name, primal_##name, partials_##name);               \
    }                                                                                   \
    static PyObject *method_##name(PyObject *self, PyObject *Py_UNUSED(none))           \
    {                                                                                   \
        return unary_##name(self);                                                      \
    }

#define BINARY(name)                                                                    \
    static PyObject *method_##name(PyObject *left, PyObject *right)                     \
    {                                                                                   \
        return binary(left, right, INDEX_##name, primal_##name, partials_##name,        \
                      partial_##name##_0, partial_##name##_1);                          \
    }                                                                                   \
    static PyObject *ternary_##name(PyObject *left, PyObject *right, PyObject *modulus) \
    {                                                                                   \
        return modulus == Py_None ? method_##name(left, right)                          \
                                  : no_modulus(INDEX_##name);                           \
    }

UNARY_OPERATIONS(UNARY)
BINARY_OPERATIONS(BINARY)

static const struct functions FUNCTIONS[COUNT] = { /* what an operation of the table has here */
#define UNARY_ROW(name) [INDEX_##name] = {method_##name, unary_##name, NULL},
#define BINARY_ROW(name) [INDEX_##name] = {method_##name, NULL, ternary_##name},
    UNARY_OPERATIONS(UNARY_ROW) BINARY_OPERATIONS(BINARY_ROW)};

static PyObject *compared(PyObject *left, PyObject *right, int how)
{
    double a = ((Value *)left)->data, b;
    Value *q;
    if (!PyLong_Check(right) && read_operand(right, &q, &b)) /* an int may be past any float */
        Py_RETURN_RICHCOMPARE(a, b, how);
    PyObject *data = PyFloat_FromDouble(a);
    PyObject *result = data ? PyObject_RichCompare(data, right, how) : NULL;
    Py_XDECREF(data);
    return result;
}

static PyObject *value_compare(PyObject *left, PyObject *right, int how)
{
    PyObject *result = compared(left, right, how);
    if (!LIKELY(!Py_SIZE(listening)) && result && tell(how, left, right, result) < 0)
        Py_CLEAR(result);
    return result;
}

static int value_bool(PyObject *self)
{
    int yes = ((Value *)self)->data != 0.0;
    if (!LIKELY(!Py_SIZE(listening)) &&
        tell(ASKED_TRUTH, self, NULL, yes ? Py_True : Py_False) < 0)
        return -1;
    return yes;
}
