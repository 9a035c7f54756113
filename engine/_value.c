/* The native twin of Value: the node, its operators and the sweeps, in C.

`value.py` says what a Value is, and runs everywhere. Where this file is built it takes
the place of that class at the door at the end of value.py: the type made here gets from
the Python class every method that it does not define itself, so only what is hot is
written twice. The local derivatives are not: `_operations.h` is generated from ops.py.

A node is 80 bytes behind a header of the cyclic collector (16):

    refcount, type | data | grad | mark op flags n | rare | two edges

An edge leads to a parent with the partial beside it. The operands stand in their order,
and a plain number among them is an edge without a parent that holds the number. A node
of more than two operands keeps its edges in a block of their own. What few nodes have (a
label, a call, an operation that is not in the table) is in a record, `rare`, which nodes
made in the same call share until one of them is changed.

Laws that the code below keeps:

- The cyclic collector does not see a node, as no cycle leads through one, but where it
  or an ancestor has what may hold anything (a subclass, an operation of a user, a label
  that is no str) or parents were assigned to it: such nodes are TRACKED, and so is all
  that is computed from them.
- Nodes die on a list, one after the other, so a chain of any length dies in one frame.
- A sweep goes in the order of `backprop.toposort` and adds as `backprop.pull` does, so
  every bit is the same. It numbers nodes in their `mark`, and all marks are 0 between
  sweeps. Signals are looked at while the order is made, before any gradient changes:
  an interrupt leaves each as it was. A sweep that starts meanwhile, in a handler or a
  thread, finds `sweeping` set and is left to Python, which keeps its marks in a dict.
- Whatever is not plain (a foreign operand, an inf, a mode with actions, parents that do
  not fit their partials) is handed to the Python code, whose functions `setup` is given.

All state is static: one interpreter, under the global lock.

Not in the limited API: that of 3.11 lacks PyContextVar_Get (the mode) and the vectorcall of
a type. With calls in place of these and of the macros, a chain of operations costs 1 to 3%
more, but one in a scope 50% and a leaf 80%: too much for a wheel less per version. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <math.h>
#include <stdint.h>
#ifdef Py_GIL_DISABLED
#error "the native twin needs the global interpreter lock; pure Python runs without it"
#endif
#include "_operations.h"

#ifdef __GNUC__
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define FETCH(place) __builtin_prefetch(place)
#else
#define LIKELY(condition) (condition)
#define FETCH(place) ((void)(place))
#endif

typedef struct Value Value;

typedef struct {
    Value *parent; /* NULL: a plain number among the operands */
    double number; /* d node / d parent, or that number */
} Edge;

typedef struct {
    Py_ssize_t refs;
    PyObject *label, *call, *op;             /* NULL where a node has the usual one */
    PyObject *parents, *partials, *operands; /* of a LOOSE node: as they were assigned */
} Rare;

struct Value {
    PyObject_HEAD
    union {
        double data;
        Value *next; /* of a dead node: on the list of the dying, or of the free */
    };
    double grad;
    uint32_t mark; /* 0, or in a sweep 1 + its place in the order, or OPEN and more */
    uint16_t op;   /* 0, or 1 + its place in OPS, or OTHER: see rare */
    uint8_t flags;
    uint8_t n; /* edges: 0 to 2, or MANY */
    Rare *rare;
    union {
        Edge in[2];
        struct {
            Edge *edges;
            Py_ssize_t count;
        } out; /* MANY */
    };
};

enum { TRACKED = 1, GRAD_IS_NONE = 2, UNRECORDED = 4, LOOSE = 8, FRESH = 16, ACTIVE = 32 };
enum { MANY = 255, OTHER = 65535, KEPT_PLACES = 1 << 18 };
#ifndef KEPT_NODES
#define KEPT_NODES (1 << 16) /* 0 for a sanitizer, which is to see a node used after its end */
#endif
static const uint32_t OPEN = 1u << 31; /* marks below it are places in an order */
enum { COUNT = sizeof OPERATIONS / sizeof *OPERATIONS, BY_HAND = COUNT, LOOK = 1 << 16, AHEAD = 12 };

static PyTypeObject *Type; /* dendrograd.Value */
static PyObject *OPS[COUNT + 1], *places; /* each Op at its index, and the index of an Op */
static PyObject *annotate, *python_apply;         /* of value.py */
static PyObject *paired, *text;                   /* of arguments.py */
static PyObject *number, *real, *deferred, *OperandError, *GraphError;
static PyObject *empty_text, *empty_tuple;

static inline Edge *edges_of(Value *v)
{
    return v->n == MANY ? v->out.edges : v->in;
}

static inline Py_ssize_t count_of(Value *v)
{
    return v->n == MANY ? v->out.count : v->n;
}

static inline int is_value(PyObject *o)
{
    return Py_IS_TYPE(o, Type) || PyObject_TypeCheck(o, Type);
}

/* ---- The rare record ------------------------------------------------------------- */

static void drop(Rare *r)
{
    if (r && --r->refs == 0) {
        Py_XDECREF(r->label);
        Py_XDECREF(r->call);
        Py_XDECREF(r->op);
        Py_XDECREF(r->parents);
        Py_XDECREF(r->partials);
        Py_XDECREF(r->operands);
        PyMem_Free(r);
    }
}

#include "_modes.h"

/* Return the record of a node for changes: its own, made where it has none. */
static Rare *own(Value *v)
{
    Rare *old = v->rare, *r;
    if (old && old->refs == 1)
        return old;
    if (!(r = PyMem_Calloc(1, sizeof *r))) {
        PyErr_NoMemory();
        return NULL;
    }
    r->refs = 1;
    if (old) { /* shared with nodes of the same call, none of them loose */
        r->label = Py_XNewRef(old->label);
        r->call = Py_XNewRef(old->call);
        r->op = Py_XNewRef(old->op);
        drop(old);
    }
    return v->rare = r;
}

/* ---- Life and death of a node ------------------------------------------------------ */

static Value *free_nodes, *dying;
static int free_count, releasing;

/* Return a new node without edges. */
static inline Value *fresh(double data)
{
    Value *v = free_nodes;
    if (LIKELY(v != NULL)) {
        free_nodes = v->next;
        free_count--;
        Py_SET_REFCNT((PyObject *)v, 1); /* it has kept its reference to the type */
#ifdef Py_REF_DEBUG
        _Py_NewReference((PyObject *)v);
#endif
    } else {
        int collecting = PyGC_Disable(); /* a finaliser could free what is to be a parent */
        v = PyObject_GC_New(Value, Type);
        if (collecting)
            PyGC_Enable();
        if (!v)
            return NULL;
    }
    v->data = data;
    v->grad = 0.0;
    v->mark = 0;
    v->op = 0;
    v->flags = 0;
    v->n = 0;
    v->rare = NULL;
    return v;
}

static inline void track(Value *v)
{
    v->flags |= TRACKED;
    if (!PyObject_GC_IsTracked((PyObject *)v))
        PyObject_GC_Track(v);
}

static inline void die(Value *v)
{
    if (v->flags & TRACKED)
        PyObject_GC_UnTrack(v);
    v->next = dying;
    dying = v;
}

static inline void release(Value *parent)
{
#ifndef Py_REF_DEBUG
    if (Py_REFCNT(parent) == 1 && Py_IS_TYPE(parent, Type)) {
        die(parent); /* as Py_DECREF would, after two calls */
        return;
    }
#endif
    Py_DECREF(parent);
}

static void release_edges(Value *v)
{
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    int many = v->n == MANY;
    v->n = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (edges[i].parent)
            release(edges[i].parent);
    if (many)
        PyMem_Free(edges);
}

/* Free what is on the list, and what dies with it. */
static void release_all(void)
{
    Value *v;
    releasing = 1;
    while ((v = dying)) {
        dying = v->next;
        release_edges(v);
        if (v->rare)
            drop(v->rare);
        PyTypeObject *type = Py_TYPE(v);
        if (LIKELY(type == Type && free_count < KEPT_NODES)) {
            v->next = free_nodes;
            free_nodes = v;
            free_count++;
        } else {
            type->tp_free(v);
            Py_DECREF(type);
        }
    }
    releasing = 0;
}

static void value_dealloc(Value *v)
{
    if (!Py_IS_TYPE(v, Type))
        v->flags |= TRACKED; /* as Python has done, though it may have been made plain */
    die(v);
    if (!releasing)
        release_all();
}

static int value_traverse(Value *v, visitproc visit, void *arg)
{
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < count_of(v); i++)
        Py_VISIT(edges[i].parent);
    if (v->rare && v->rare->refs == 1) {
        Py_VISIT(v->rare->label);
        Py_VISIT(v->rare->call);
        Py_VISIT(v->rare->op);
        Py_VISIT(v->rare->parents);
        Py_VISIT(v->rare->partials);
        Py_VISIT(v->rare->operands);
    }
    Py_VISIT(Py_TYPE(v));
    return 0;
}

/* Cut a node off its parents now, and let them die if nothing else holds them. */
static void cut(Value *v)
{
    int outermost = !releasing;
    releasing = 1;
    release_edges(v);
    if (outermost)
        release_all();
}

static int value_clear(Value *v)
{
    cut(v);
    v->flags &= ~LOOSE;
    if (v->rare && v->rare->refs == 1) {
        Py_CLEAR(v->rare->label);
        Py_CLEAR(v->rare->parents);
        Py_CLEAR(v->rare->partials);
        Py_CLEAR(v->rare->operands);
    }
    return 0;
}

/* Give a node room for its operands; they are set by the caller. */
static inline int room(Value *v, Py_ssize_t count)
{
    if (count > 2) {
        Edge *edges = count < OPEN ? PyMem_Malloc(count * sizeof *edges) : NULL;
        if (!edges) {
            PyErr_NoMemory();
            return -1;
        }
        v->out.edges = edges;
        v->out.count = count;
        v->n = MANY;
    } else
        v->n = (uint8_t)count;
    return 0;
}

static inline void join(Value *v, Edge *edge, Value *parent, double partial)
{
    edge->parent = (Value *)Py_NewRef((PyObject *)parent);
    edge->number = partial;
    v->flags |= parent->flags & TRACKED;
}

static inline void plain(Edge *edge, double operand)
{
    edge->parent = NULL;
    edge->number = operand;
}

/* ---- The mode in which a node is made ---------------------------------------------- */

/* Reading the context variable takes a quarter of the time of an operation, so it is
read only once a block was ever entered. */

static int unrecord(Value *v)
{
    if (v->op)
        v->flags |= UNRECORDED;
    cut(v);
    v->op = 0;
    return 0;
}

/* Note on a new node what the mode asks for, and where a bad number was made. */
static int note(Value *v)
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
        PyObject *noted = PyObject_CallFunctionObjArgs(annotate, v, found, NULL);
        done = noted ? 0 : -1;
        Py_XDECREF(noted);
    }
end:
    Py_DECREF(found);
    return done;
}

static inline PyObject *made(Value *v)
{
    if (LIKELY(!(Py_SIZE(entered) | (v->flags & TRACKED)) && v->data - v->data == 0.0))
        return (PyObject *)v;
    if (note(v) < 0)
        Py_CLEAR(v);
    return (PyObject *)v;
}

/* ---- Operators ------------------------------------------------------------------- */

/* Read an operand that needs no further thought; return 0 for any other. */
static inline int operand(PyObject *o, Value **v, double *x)
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
static int thought(int op, PyObject *o, PyObject *left, PyObject *right, Value **v,
                   double *x, PyObject **result)
{
    if (operand(o, v, x))
        return 1;
    PyObject *name = PyUnicode_FromString(OPERATIONS[op].name), *type, *error, *trace;
    PyObject *read = name ? PyObject_CallFunctionObjArgs(number, o, name, NULL) : NULL;
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
        *result = PyObject_CallFunctionObjArgs(deferred, OPS[op], operands, o, error, NULL);
    Py_XDECREF(operands);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    return 0;
}

#define UNARY(name)                                                                     \
    static PyObject *unary_##name(PyObject *self)                                       \
    {                                                                                   \
        double x = ((Value *)self)->data, y = primal_##name(x), partial;                \
        Value *v = fresh(y);                                                            \
        if (!v)                                                                         \
            return NULL;                                                                \
        partials_##name(y, x, &partial);                                                \
        v->op = INDEX_##name + 1;                                                       \
        v->n = 1;                                                                       \
        join(v, v->in, (Value *)self, partial);                                         \
        return made(v);                                                                 \
    }                                                                                   \
    static PyObject *method_##name(PyObject *self, PyObject *Py_UNUSED(none))           \
    {                                                                                   \
        return unary_##name(self);                                                      \
    }

#define BINARY(name)                                                                    \
    static PyObject *method_##name(PyObject *left, PyObject *right)                     \
    {                                                                                   \
        Value *p, *q, *v;                                                               \
        double a, b, y;                                                                 \
        PyObject *result;                                                               \
        if (!operand(left, &p, &a) &&                                                   \
            !thought(INDEX_##name, left, left, right, &p, &a, &result))                 \
            return result;                                                              \
        if (!operand(right, &q, &b) &&                                                  \
            !thought(INDEX_##name, right, left, right, &q, &b, &result))                \
            return result;                                                              \
        y = primal_##name(a, b);                                                        \
        if (!(v = fresh(y)))                                                            \
            return NULL;                                                                \
        v->op = INDEX_##name + 1;                                                       \
        v->n = 2;                                                                       \
        if (p && q) {                                                                   \
            double partials[2];                                                         \
            partials_##name(y, a, b, partials);                                         \
            join(v, v->in, p, partials[0]);                                             \
            join(v, v->in + 1, q, partials[1]);                                         \
        } else if (p) {                                                                 \
            join(v, v->in, p, partial_##name##_0(y, a, b));                             \
            plain(v->in + 1, b);                                                        \
        } else {                                                                        \
            plain(v->in, a);                                                            \
            join(v, v->in + 1, q, partial_##name##_1(y, a, b));                         \
        }                                                                               \
        return made(v);                                                                 \
    }                                                                                   \
    static PyObject *ternary_##name(PyObject *left, PyObject *right, PyObject *modulus) \
    {                                                                                   \
        if (modulus != Py_None)                                                         \
            return PyErr_Format(PyExc_TypeError,                                        \
                                "Value." #name "() takes 2 positional arguments but 3 " \
                                "were given");                                          \
        return method_##name(left, right);                                              \
    }

UNARY_OPERATIONS(UNARY)
BINARY_OPERATIONS(BINARY)

static const struct functions {
    PyCFunction method;
    unaryfunc unary;
    ternaryfunc ternary;
} FUNCTIONS[COUNT] = { /* what an operation of the table has here */
#define UNARY_ROW(name) [INDEX_##name] = {method_##name, unary_##name, NULL},
#define BINARY_ROW(name) [INDEX_##name] = {method_##name, NULL, ternary_##name},
    UNARY_OPERATIONS(UNARY_ROW) BINARY_OPERATIONS(BINARY_ROW)};

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

static PyObject *value_compare(PyObject *left, PyObject *right, int how)
{
    double a = ((Value *)left)->data, b;
    Value *q;
    if (!PyLong_Check(right) && operand(right, &q, &b)) /* an int may be past any float */
        Py_RETURN_RICHCOMPARE(a, b, how);
    PyObject *data = PyFloat_FromDouble(a);
    PyObject *result = data ? PyObject_RichCompare(data, right, how) : NULL;
    Py_XDECREF(data);
    return result;
}

static int value_bool(PyObject *self)
{
    return ((Value *)self)->data != 0.0;
}

/* ---- Making nodes ------------------------------------------------------------------ */

static PyObject *value_new(PyTypeObject *type, PyObject *Py_UNUSED(args),
                           PyObject *Py_UNUSED(options))
{
    Value *v = type == Type ? fresh(0.0) : (Value *)type->tp_alloc(type, 0);
    if (v)
        v->flags = type == Type ? FRESH : FRESH | TRACKED; /* tp_alloc has tracked it */
    return (PyObject *)v;
}

static int connect(Value *v, PyObject *parents, PyObject *partials, PyObject *operands);
static int set_double(double *field, PyObject *x, const char *name);
static int set_label(Value *v, PyObject *x, void *name);
static int set_call(Value *v, PyObject *x, void *name);

/* Value(...) in full, as __init__ of value.py. */
static int init_with(Value *v, PyObject *args, PyObject *options)
{
    static char *names[] = {"data", "children", "local_grads", "label", NULL};
    PyObject *data, *children = empty_tuple, *local_grads = empty_tuple, *label = empty_text;
    PyObject *listed = NULL, *found = NULL, *shown = NULL;
    int done = -1;
    if (!PyArg_ParseTupleAndKeywords(args, options, "O|OO$O:Value", names, &data, &children,
                                     &local_grads, &label) ||
        set_double(&v->data, data, "Value") < 0)
        return -1;
    shown = PyUnicode_CheckExact(label) ? Py_NewRef(label)
                                        : PyObject_CallFunctionObjArgs(text, label, NULL);
    if (!shown || !(listed = PySequence_Tuple(children)))
        goto end;
    v->grad = 0.0;
    v->op = 0;
    v->flags &= ~GRAD_IS_NONE;
    if (children != empty_tuple || local_grads != empty_tuple) {
        found = PyObject_CallFunctionObjArgs(paired, listed, local_grads, Type, NULL);
        if (!found)
            goto end;
    }
    PyObject *parents = found ? PyTuple_GET_ITEM(found, 0) : empty_tuple;
    if (connect(v, parents, found ? PyTuple_GET_ITEM(found, 1) : empty_tuple, Py_None) < 0 ||
        set_label(v, shown, NULL) < 0 || set_call(v, NOWHERE, NULL) < 0)
        goto end;
    if (PyTuple_GET_SIZE(parents))
        v->op = BY_HAND + 1;
    done = LIKELY(!Py_SIZE(entered) && v->data - v->data == 0.0) ? 0 : note(v);
end:
    Py_XDECREF(shown);
    Py_XDECREF(listed);
    Py_XDECREF(found);
    v->flags &= ~FRESH;
    return done;
}

static int value_init(Value *v, PyObject *args, PyObject *options)
{
    double x;
    Value *parent;
    if (!options && PyTuple_GET_SIZE(args) == 1 && !v->n && !v->rare && !v->op &&
        operand(PyTuple_GET_ITEM(args, 0), &parent, &x) && !parent) {
        v->data = x;
        v->grad = 0.0;
        v->flags &= TRACKED;
        return LIKELY(!Py_SIZE(entered) && x - x == 0.0) ? 0 : note(v);
    }
    return init_with(v, args, options);
}

/* Value(data, children, local_grads) of tuples that fit, or NULL without an error. */
static PyObject *by_hand(double data, PyObject *children, PyObject *local_grads)
{
    if (!PyTuple_CheckExact(children) || !PyTuple_CheckExact(local_grads))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(children);
    if (!count || PyTuple_GET_SIZE(local_grads) != count)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(children, i)) ||
            !PyFloat_CheckExact(PyTuple_GET_ITEM(local_grads, i)))
            return NULL;
    Value *v = fresh(data);
    if (!v || room(v, count) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    v->op = BY_HAND + 1;
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < count; i++)
        join(v, edges + i, (Value *)PyTuple_GET_ITEM(children, i),
             PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(local_grads, i)));
    return made(v);
}

static PyObject *value_vectorcall(PyObject *type, PyObject *const *args, size_t flags,
                                  PyObject *names)
{
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    double x;
    Value *v;
    if (!names && (count == 1 || count == 3) && operand(args[0], &v, &x) && !v) {
        if (count == 1)
            return (v = fresh(x)) ? made(v) : NULL;
        PyObject *node = by_hand(x, args[1], args[2]);
        if (node || PyErr_Occurred())
            return node;
    }
    PyObject *all = PyTuple_New(count), *options = names ? PyDict_New() : NULL, *self = NULL;
    if (!all || (names && !options))
        goto end;
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(args[i]));
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(options, PyTuple_GET_ITEM(names, i), args[count + i]) < 0)
            goto end;
    if ((self = value_new((PyTypeObject *)type, all, options)) &&
        value_init((Value *)self, all, options) < 0)
        Py_CLEAR(self);
end:
    Py_XDECREF(all);
    Py_XDECREF(options);
    return self;
}

/* Return the index of an Op in the table plus 1, or OTHER; -1 with an error. */
static int index_of(PyObject *op)
{
    PyObject *index = PyDict_GetItemWithError(places, op);
    if (index)
        return (int)PyLong_AsLong(index);
    return PyErr_Occurred() ? -1 : OTHER;
}

static int set_operation(Value *v, PyObject *op)
{
    int index = op == Py_None ? 0 : index_of(op);
    if (index < 0)
        return -1;
    if (index == OTHER) {
        Rare *r = own(v);
        if (!r)
            return -1;
        Py_XSETREF(r->op, Py_NewRef(op));
        track(v); /* an operation of a user may hold anything */
    }
    v->op = (uint16_t)index;
    return 0;
}

static double as_double(PyObject *o)
{
    return PyFloat_CheckExact(o) ? PyFloat_AS_DOUBLE(o) : PyFloat_AsDouble(o);
}

/* node(y, partials, op, parents, operands=None): as the function of value.py. */
static PyObject *node(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count < 4 || count > 5 || !PyTuple_Check(args[1]) || !PyTuple_Check(args[3]) ||
        PyTuple_GET_SIZE(args[1]) != PyTuple_GET_SIZE(args[3])) {
        PyErr_SetString(PyExc_TypeError, "node(y, partials, op, parents, operands=None)");
        return NULL;
    }
    PyObject *partials = args[1], *operands = args[3];
    if (count == 5 && PyTuple_Check(args[4]))
        operands = args[4];
    double y = as_double(args[0]);
    if (y == -1.0 && PyErr_Occurred())
        return NULL;
    Value *v = fresh(y);
    if (!v || set_operation(v, args[2]) < 0 || room(v, PyTuple_GET_SIZE(operands)) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    Edge *edges = edges_of(v);
    Py_ssize_t n = count_of(v), next = 0;
    for (Py_ssize_t i = 0; i < n; i++)
        plain(edges + i, 0.0); /* so that it can be freed at any time */
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = PyTuple_GET_ITEM(operands, i);
        int ours = is_value(o) && next < PyTuple_GET_SIZE(partials);
        double x = as_double(ours ? PyTuple_GET_ITEM(partials, next++) : o);
        if (x == -1.0 && PyErr_Occurred()) {
            Py_DECREF(v);
            return NULL;
        }
        if (ours)
            join(v, edges + i, (Value *)o, x);
        else
            plain(edges + i, x);
    }
    return made(v);
}

/* The operands of an operation of any number of them. */
typedef struct {
    double *xs, *slopes;
    Value **parents; /* NULL for a plain number */
    Py_ssize_t n, room;
    int ours; /* whether one of them is a Value */
} Operands;

enum { FEW = 64 };

static int enough(Operands *all, Py_ssize_t n)
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
        if (!operand(items[i], &all->parents[at], &all->xs[at]))
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
static PyObject *record(int index, Operands *all)
{
    const struct operation *op = &OPERATIONS[index];
    double y = op->primal(all->xs, all->n);
    op->partials(y, all->xs, all->n, all->slopes);
    Value *v = fresh(y);
    if (!v || room(v, all->n) < 0) {
        Py_XDECREF(v);
        return NULL;
    }
    v->op = (uint16_t)(index + 1);
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < all->n; i++) {
        if (all->parents[i])
            join(v, edges + i, all->parents[i], all->slopes[i]);
        else
            plain(edges + i, all->xs[i]);
    }
    return made(v);
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
    if (op && n && (op->arity < 0 || op->arity == n) && enough(&all, n) == 0 &&
        read_all(&all, 0, &PyTuple_GET_ITEM(args[1], 0), n) && all.ours)
        result = record(index, &all);
    else if (!PyErr_Occurred())
        result = PyObject_CallFunctionObjArgs(python_apply, args[0], args[1], NULL);
    DONE_WITH(all);
    return result;
}

/* Copy a row of numbers of some array; 0 where it is none that is known here. */
static int read_row(Operands *all, Py_ssize_t at, const Py_buffer *row)
{
    const char *from = row->buf;
    Py_ssize_t n = row->shape[0], step = row->strides[0];
    char kind = row->format && !row->format[1] ? row->format[0] : 0;
    if (!strchr("dfilq", kind) || !kind)
        return 0;
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

/* Read a list, a tuple, or an array of one axis: no number in it becomes an object. The
first of several says how many entries all have. 0 for any other. */
static int read_sequence(Operands *all, Py_ssize_t at, PyObject *sequence, Py_ssize_t *n,
                         Py_ssize_t parts, Py_ssize_t rest)
{
    Py_buffer row;
    int list = PyList_CheckExact(sequence), tuple = PyTuple_CheckExact(sequence), read;
    if (!list && !tuple) {
        if (!PyObject_CheckBuffer(sequence) ||
            PyObject_GetBuffer(sequence, &row, PyBUF_FORMAT | PyBUF_STRIDES) < 0) {
            if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_MemoryError))
                PyErr_Clear(); /* an array of objects has no buffer: it is a sequence */
            return 0;
        }
        if (row.ndim != 1) {
            PyBuffer_Release(&row);
            return 0;
        }
    }
    Py_ssize_t size = list    ? PyList_GET_SIZE(sequence)
                      : tuple ? PyTuple_GET_SIZE(sequence)
                              : row.shape[0];
    if (*n < 0 && enough(all, parts * (*n = size) + rest) < 0)
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
        result = all.ours ? record(index, &all)
                          : PyFloat_FromDouble(op->primal(all.xs, all.n));
    else if (!PyErr_Occurred())
        result = Py_NewRef(Py_None);
    DONE_WITH(all);
    return result;
}

/* ---- Fields ------------------------------------------------------------------------ */

static int no_deleting(PyObject *x)
{
    if (!x)
        PyErr_SetString(PyExc_AttributeError, "a field of a Value cannot be deleted");
    return x ? 0 : -1;
}

static PyObject *get_data(Value *v, void *Py_UNUSED(name))
{
    return PyFloat_FromDouble(v->data);
}

static int set_double(double *field, PyObject *x, const char *name)
{
    if (PyFloat_CheckExact(x)) {
        *field = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    PyObject *read = PyObject_CallFunction(real, "Os", x, name);
    if (!read)
        return -1;
    *field = PyFloat_AsDouble(read);
    Py_DECREF(read);
    return 0;
}

static int set_data(Value *v, PyObject *x, void *name)
{
    return no_deleting(x) < 0 ? -1 : set_double(&v->data, x, name);
}

static PyObject *get_grad(Value *v, void *Py_UNUSED(name))
{
    return v->flags & GRAD_IS_NONE ? Py_NewRef(Py_None) : PyFloat_FromDouble(v->grad);
}

static int set_grad(Value *v, PyObject *x, void *name)
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == Py_None) {
        v->flags |= GRAD_IS_NONE;
        v->grad = 0.0;
        return 0;
    }
    if (set_double(&v->grad, x, name) < 0)
        return -1;
    v->flags &= ~GRAD_IS_NONE;
    return 0;
}

static PyObject *get_label(Value *v, void *Py_UNUSED(name))
{
    return Py_NewRef(v->rare && v->rare->label ? v->rare->label : empty_text);
}

static int set_label(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == empty_text && !(v->rare && v->rare->label))
        return 0;
    Rare *r = own(v);
    if (!r)
        return -1;
    if (!PyUnicode_CheckExact(x))
        track(v);
    Py_XSETREF(r->label, Py_NewRef(x));
    return 0;
}

static PyObject *get_call(Value *v, void *Py_UNUSED(name))
{
    return Py_NewRef(v->rare && v->rare->call ? v->rare->call : NOWHERE);
}

static int set_call(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    if (no_deleting(x) < 0)
        return -1;
    if (x == NOWHERE && !(v->rare && v->rare->call))
        return 0;
    Rare *r = own(v);
    if (!r)
        return -1;
    Py_XSETREF(r->call, Py_NewRef(x));
    return 0;
}

static PyObject *get_op(Value *v, void *Py_UNUSED(name))
{
    if (!v->op)
        Py_RETURN_NONE;
    return Py_NewRef(v->op == OTHER ? v->rare->op : OPS[v->op - 1]);
}

static int set_op(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return no_deleting(x) < 0 ? -1 : set_operation(v, x);
}

/* Return a tuple or a list to be filled from nodes. No collection runs meanwhile, as it may
before Python 3.12: a finaliser could give a node other parents than were counted. */
static PyObject *quietly(PyObject *make(Py_ssize_t), Py_ssize_t count)
{
    int collecting = PyGC_Disable();
    PyObject *unfilled = make(count);
    if (collecting)
        PyGC_Enable();
    return unfilled;
}

static PyObject *get_parents(Value *v, void *Py_UNUSED(name))
{
    if (v->flags & LOOSE)
        return Py_NewRef(v->rare->parents);
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v), ours = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        ours += edges[i].parent != NULL;
    PyObject *parents = quietly(PyTuple_New, ours);
    for (Py_ssize_t i = 0, at = 0; parents && i < count; i++)
        if (edges[i].parent)
            PyTuple_SET_ITEM(parents, at++, Py_NewRef((PyObject *)edges[i].parent));
    return parents;
}

static PyObject *get_partials(Value *v, void *Py_UNUSED(name))
{
    if (v->flags & LOOSE)
        return Py_NewRef(v->rare->partials);
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v), ours = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        ours += edges[i].parent != NULL;
    PyObject *partials = quietly(PyTuple_New, ours);
    for (Py_ssize_t i = 0, at = 0; partials && i < count; i++)
        if (edges[i].parent) {
            PyObject *partial = PyFloat_FromDouble(edges[i].number);
            if (!partial)
                Py_CLEAR(partials);
            else
                PyTuple_SET_ITEM(partials, at++, partial);
        }
    return partials;
}

/* The operands where plain numbers are among them, () where none was recorded, or None. */
static PyObject *get_operands(Value *v, void *Py_UNUSED(name))
{
    if (v->flags & LOOSE)
        return Py_NewRef(v->rare->operands);
    if (v->flags & UNRECORDED)
        return Py_NewRef(empty_tuple);
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v), numbers = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        numbers += edges[i].parent == NULL;
    if (!numbers)
        Py_RETURN_NONE;
    PyObject *operands = quietly(PyTuple_New, count);
    for (Py_ssize_t i = 0; operands && i < count; i++) {
        PyObject *operand = edges[i].parent ? Py_NewRef((PyObject *)edges[i].parent)
                                            : PyFloat_FromDouble(edges[i].number);
        if (!operand)
            Py_CLEAR(operands);
        else
            PyTuple_SET_ITEM(operands, i, operand);
    }
    return operands;
}

/* To assign parents, partials or operands, one after the other, a node is LOOSE between:
it holds the three as they were given, until they fit and become edges again. */

static int loosen(Value *v)
{
    if (v->mark) {
        PyErr_SetString(GraphError,
                        "Value: a sweep is going through this node, which a signal or "
                        "another thread interrupts; do not assign to its parents");
        return -1;
    }
    if (v->flags & LOOSE)
        return 0;
    PyObject *parents = get_parents(v, NULL), *partials = get_partials(v, NULL);
    PyObject *operands = get_operands(v, NULL);
    Rare *r = parents && partials && operands ? own(v) : NULL;
    if (!r) {
        Py_XDECREF(parents);
        Py_XDECREF(partials);
        Py_XDECREF(operands);
        return -1;
    }
    r->parents = parents;
    r->partials = partials;
    r->operands = operands;
    v->flags = (uint8_t)((v->flags & ~UNRECORDED) | LOOSE);
    cut(v);
    return 0;
}

static int track_ancestors(Value *v);

static int fits(Rare *r)
{
    PyObject *parents = r->parents, *partials = r->partials, *operands = r->operands;
    if (!PyTuple_CheckExact(parents) || !PyTuple_CheckExact(partials))
        return 0;
    Py_ssize_t count = PyTuple_GET_SIZE(parents), next = 0;
    if (PyTuple_GET_SIZE(partials) != count)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(parents, i)) ||
            !PyFloat_CheckExact(PyTuple_GET_ITEM(partials, i)))
            return 0;
    if (operands == Py_None)
        return 1;
    if (!PyTuple_CheckExact(operands) || (!count && PyTuple_GET_SIZE(operands)))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); i++) {
        PyObject *o = PyTuple_GET_ITEM(operands, i);
        if (is_value(o) ? next >= count || o != PyTuple_GET_ITEM(parents, next++)
                        : !PyFloat_CheckExact(o))
            return 0;
    }
    return next == count;
}

static int settle(Value *v)
{
    Rare *r = v->rare;
    if (!fits(r))
        return 0;
    PyObject *parents = r->parents, *partials = r->partials, *operands = r->operands;
    PyObject *all = operands == Py_None ? parents : operands;
    if (room(v, PyTuple_GET_SIZE(all)) < 0)
        return -1;
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0, next = 0; i < PyTuple_GET_SIZE(all); i++) {
        PyObject *o = PyTuple_GET_ITEM(all, i);
        if (is_value(o))
            join(v, edges + i, (Value *)o,
                 PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(partials, next++)));
        else
            plain(edges + i, PyFloat_AS_DOUBLE(o));
    }
    if (operands != Py_None && !PyTuple_GET_SIZE(all))
        v->flags |= UNRECORDED;
    r->parents = r->partials = r->operands = NULL;
    v->flags &= ~LOOSE;
    if (!r->label && !r->call && !r->op) {
        v->rare = NULL;
        drop(r);
    }
    Py_DECREF(parents);
    Py_DECREF(partials);
    Py_DECREF(operands);
    if (!(v->flags & FRESH)) /* it may be an ancestor of its new parents: a cycle */
        return v->n ? track_ancestors(v) : 0;
    if (v->n)
        v->flags &= ~FRESH;
    if (v->flags & TRACKED)
        track(v);
    return 0;
}

static int assign(Value *v, PyObject *x, size_t field)
{
    PyObject *found = no_deleting(x) < 0 ? NULL : PySequence_Tuple(x);
    if (!found || loosen(v) < 0) {
        Py_XDECREF(found);
        return -1;
    }
    PyObject **place = (PyObject **)((char *)v->rare + field), *old = *place;
    *place = found;
    int done = settle(v);
    Py_DECREF(old); /* last, since a finaliser may assign, too */
    return done;
}

/* Give a node its parents, partials and operands; None stands for the parents. */
static int connect(Value *v, PyObject *parents, PyObject *partials, PyObject *operands)
{
    if (v->n + PyTuple_GET_SIZE(parents) == 0 && !(v->flags & LOOSE) &&
        !PyTuple_GET_SIZE(partials)) { /* a leaf stays one */
        v->flags = (uint8_t)((v->flags & ~UNRECORDED) | (operands == Py_None ? 0 : UNRECORDED));
        return 0;
    }
    if (loosen(v) < 0)
        return -1;
    Rare *r = v->rare;
    PyObject *old[] = {r->parents, r->partials, r->operands};
    r->parents = Py_NewRef(parents);
    r->partials = Py_NewRef(partials);
    r->operands = Py_NewRef(operands);
    int done = settle(v);
    for (int i = 0; i < 3; i++)
        Py_DECREF(old[i]);
    return done;
}

/* v._connect(parents, partials, operands=None) */
static PyObject *value_connect(Value *v, PyObject *args)
{
    PyObject *parents, *partials, *operands = Py_None;
    if (!PyArg_ParseTuple(args, "O!O!|O", &PyTuple_Type, &parents, &PyTuple_Type, &partials,
                          &operands) ||
        connect(v, parents, partials, operands) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"_apply", (PyCFunction)(void *)apply, METH_FASTCALL | METH_STATIC, NULL},
    {"_connect", (PyCFunction)(void *)value_connect, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int set_parents(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return assign(v, x, offsetof(Rare, parents));
}

static int set_partials(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return assign(v, x, offsetof(Rare, partials));
}


/* ---- Sweeps ------------------------------------------------------------------------ */

static struct {
    Value **stack, **order; /* kept from sweep to sweep, up to KEPT_PLACES */
    double *bars;
    uint8_t *seen;
    size_t stack_room, order_room, bars_room;
    size_t count; /* of the nodes in the order */
} scratch;
static int sweeping; /* whether marks are in use */

enum { DONE = 0, ERROR = -1, NOT_HERE = 1 }; /* NOT_HERE: Python has to do it */

static int grown(void *array, size_t *places, size_t wanted, size_t size)
{
    size_t more = *places ? *places : 1024;
    while (more < wanted)
        more *= 2;
    void *moved = wanted < OPEN ? PyMem_Realloc(*(void **)array, more * size) : NULL;
    if (!moved) {
        PyErr_NoMemory();
        return ERROR;
    }
    *(void **)array = moved;
    *places = more;
    return DONE;
}

#define GROWN(array, places, wanted)                                                    \
    (LIKELY((wanted) <= (places)) ? DONE                                                \
                                  : grown(&(array), &(places), (wanted), sizeof *(array)))

static int own_ancestor(Value *v)
{
    PyErr_Format(GraphError,
                 "backward: %R is its own ancestor: the graph has a cycle; make new nodes "
                 "instead of assigning .parents",
                 v);
    return ERROR;
}

static inline int put(Value *v)
{
    if (GROWN(scratch.order, scratch.order_room, scratch.count + 1) < 0)
        return ERROR;
    scratch.order[scratch.count++] = v;
    v->mark = (uint32_t)scratch.count;
    return DONE;
}

/* As `put`, and look at signals. A handler may do anything but change the parents of what
has a mark, so all that comes before a root lives as long as the root. */
static inline int append(Value *v)
{
    if (put(v) < 0)
        return ERROR;
    return LIKELY(scratch.count % LOOK) ? DONE : PyErr_CheckSignals();
}

static void clear_marks(size_t stacked)
{
    for (size_t i = 0; i < scratch.count; i++)
        scratch.order[i]->mark = 0;
    for (size_t i = 0; i < stacked; i++)
        scratch.stack[i]->mark = 0;
    scratch.count = 0;
}

static void finish(void)
{
    if (scratch.stack_room > KEPT_PLACES || scratch.order_room > KEPT_PLACES) {
        PyMem_Free(scratch.stack);
        PyMem_Free(scratch.order);
        PyMem_Free(scratch.bars);
        PyMem_Free(scratch.seen);
        memset(&scratch, 0, sizeof scratch);
    }
    scratch.count = 0;
    sweeping = 0;
}

static int is_loose(Value *v)
{
    return v->flags & LOOSE && PyTuple_GET_SIZE(v->rare->parents) > 0;
}

/* Put a node with parents on the stack. While it is there, its mark is OPEN plus the place
of the parent that comes next. */
static inline int descend(Value *v, size_t *stacked)
{
    if (GROWN(scratch.stack, scratch.stack_room, *stacked + 1) < 0)
        return ERROR;
    scratch.stack[(*stacked)++] = v;
    v->mark = OPEN;
    if (v->n == 2)
        FETCH((char *)v->in[1].parent + offsetof(Value, mark)); /* it may be NULL */
    return DONE;
}

/* Add the ancestors of a root and itself to the order, parents first: depth first, in
the order of parents. Nodes that have a mark are left out, and what only they need. */
static int visit(Value *root)
{
    size_t stacked = 0;
    int done = DONE;
    if (root->mark)
        return DONE;
    if (!root->n)
        return is_loose(root) ? NOT_HERE : append(root);
    Value *v = root; /* the last on the stack, and the place of its parent that comes next */
    uint32_t at = 0;
    done = descend(root, &stacked);
    while (done == DONE) {
        Value *next = NULL;
        Edge *edges = edges_of(v);
        uint32_t count = (uint32_t)count_of(v);
        while (at < count && done == DONE && !next) {
            Value *parent = edges[at++].parent;
            if (!parent)
                continue;
            if (parent->mark >= OPEN) {
                clear_marks(stacked); /* before its repr, which is Python code */
                return own_ancestor(parent);
            }
            if (parent->mark)
                continue;
            if (parent->n)
                next = parent;
            else
                done = is_loose(parent) ? NOT_HERE : append(parent);
        }
        if (done == DONE && next) {
            v->mark = OPEN + at; /* not read back before it is the last again: faster */
            done = descend(next, &stacked);
            v = next;
            at = 0;
        } else if (done == DONE && (done = append(v)) == DONE) {
            if (--stacked == 0) /* not before: what is in neither place keeps its mark */
                break;
            v = scratch.stack[stacked - 1];
            at = v->mark - OPEN;
        }
    }
    for (size_t i = 0; i < stacked; i++)
        scratch.stack[i]->mark = 0;
    return done;
}

/* Set the cotangents of the order to "none yet". A sum that starts with -0.0 is what is
added to it, to the sign of a zero. */
static int no_bars(void)
{
    size_t n = scratch.count;
    if (n > scratch.bars_room) {
        size_t places = scratch.bars_room;
        if (grown(&scratch.bars, &places, n, sizeof *scratch.bars) < 0)
            return ERROR;
        places = scratch.bars_room;
        if (grown(&scratch.seen, &places, n, sizeof *scratch.seen) < 0)
            return ERROR;
        scratch.bars_room = places;
    }
    for (size_t i = 0; i < n; i++)
        scratch.bars[i] = -0.0;
    memset(scratch.seen, 0, n);
    return DONE;
}

/* Hand the cotangent of a node to its parents: a zero factor annihilates. */
static inline void hand_on(Value *v, double out)
{
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    for (Py_ssize_t i = 0; i < count; i++) {
        Value *parent = edges[i].parent;
        if (!parent || !parent->mark)
            continue;
        double partial = edges[i].number, term = partial * out;
        if (term != term && !(partial != 0.0 && out != 0.0))
            continue;
        size_t at = parent->mark - 1;
        scratch.bars[at] += term;
        scratch.seen[at] = 1;
    }
}

/* backward(root, gradient) -> whether it was done here. */
static PyObject *backward(PyObject *Py_UNUSED(module), PyObject *const *args,
                          Py_ssize_t count)
{
    if (count != 2 || !is_value(args[0]) || !PyFloat_CheckExact(args[1]) || sweeping)
        Py_RETURN_FALSE;
    Value *root = (Value *)args[0];
    sweeping = 1;
    scratch.count = 0;
    int done = visit(root);
    if (done == DONE)
        done = no_bars();
    if (done != DONE) {
        clear_marks(0);
        finish();
        return done == NOT_HERE ? Py_NewRef(Py_False) : NULL;
    }
    size_t n = scratch.count; /* from here on nothing can fail, and no other code runs */
    scratch.bars[n - 1] = PyFloat_AS_DOUBLE(args[1]);
    scratch.seen[n - 1] = 1;
    for (size_t k = n; k--;) {
        Value *v = scratch.order[k];
        if (LIKELY(k >= AHEAD))
            FETCH((char *)scratch.order[k - AHEAD] + offsetof(Value, mark));
        double out = scratch.seen[k] ? scratch.bars[k] : 0.0;
        v->mark = 0;
        v->flags &= ~GRAD_IS_NONE;
        if (v->n) {
            v->grad = out;
            if (scratch.seen[k])
                hand_on(v, out);
        } else
            v->grad = (v->grad != 0.0 ? v->grad : 0.0) + out;
    }
    finish();
    Py_RETURN_TRUE;
}

static int visit_all(PyObject *roots)
{
    int done = DONE;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(roots) && done == DONE; i++) {
        PyObject *root = PySequence_Fast_GET_ITEM(roots, i);
        done = is_value(root) ? visit((Value *)root) : NOT_HERE;
    }
    return done;
}

/* Return the nodes of the order from a place on, as a list. */
static PyObject *listed(size_t from)
{
    PyObject *list = quietly(PyList_New, (Py_ssize_t)(scratch.count - from));
    for (size_t i = from; list && i < scratch.count; i++)
        PyList_SET_ITEM(list, (Py_ssize_t)(i - from), Py_NewRef((PyObject *)scratch.order[i]));
    return list;
}

/* toposort(roots, below) of two lists -> the list, or None where Python has to do it. */
static PyObject *toposort(PyObject *Py_UNUSED(module), PyObject *const *args,
                          Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || sweeping)
        Py_RETURN_NONE;
    PyObject *found = NULL;
    int done = DONE;
    sweeping = 1;
    scratch.count = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[1]) && done == DONE; i++) {
        Value *v = (Value *)PyList_GET_ITEM(args[1], i);
        done = !is_value((PyObject *)v) ? NOT_HERE : v->mark ? DONE : append(v);
    }
    size_t below = scratch.count;
    if (done == DONE)
        done = visit_all(args[0]);
    if (done == DONE)
        found = listed(below);
    clear_marks(0);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}

static int number_all(PyObject *order);

/* between(roots, inputs) of two lists: the inputs, and of what the roots were computed from
that which depends on an input, parents first; None where Python has to do it. */
static PyObject *between(PyObject *Py_UNUSED(module), PyObject *const *args,
                         Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || sweeping)
        Py_RETURN_NONE;
    sweeping = 1;
    scratch.count = 0;
    int done = number_all(args[1]);
    size_t inputs = scratch.count, kept = 0;
    if (done == DONE)
        done = visit_all(args[0]);
    if (done == DONE)
        done = no_bars();
    for (size_t k = 0; done == DONE && k < scratch.count; k++) {
        Value *v = scratch.order[k];
        Edge *edges = edges_of(v);
        Py_ssize_t n = k < inputs ? 0 : count_of(v);
        int active = k < inputs;
        for (Py_ssize_t i = 0; !active && i < n; i++)
            active = edges[i].parent && scratch.seen[edges[i].parent->mark - 1];
        scratch.seen[k] = (uint8_t)active;
        kept += (size_t)active;
    }
    PyObject *found = done == DONE ? quietly(PyList_New, (Py_ssize_t)kept) : NULL;
    Py_ssize_t at = 0;
    for (size_t k = 0; found && k < scratch.count; k++)
        if (scratch.seen[k])
            PyList_SET_ITEM(found, at++, Py_NewRef((PyObject *)scratch.order[k]));
    clear_marks(0);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}

/* Give the nodes of a list marks in its order, so that it can be swept. Until the marks are
gone no other code runs, which could take nodes out of that list. */
static int number_all(PyObject *order)
{
    int done = DONE;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(order) && done == DONE; i++) {
        Value *v = (Value *)PyList_GET_ITEM(order, i);
        int ours = is_value((PyObject *)v) && !v->mark && !(v->flags & LOOSE);
        done = ours ? put(v) : NOT_HERE;
    }
    return done;
}

static int seeded(PyObject *seeds)
{
    Py_ssize_t at = 0;
    PyObject *node, *seed;
    while (PyDict_Next(seeds, &at, &node, &seed)) {
        if (!is_value(node) || !((Value *)node)->mark || !PyFloat_CheckExact(seed))
            return NOT_HERE;
        size_t k = ((Value *)node)->mark - 1;
        scratch.bars[k] = PyFloat_AS_DOUBLE(seed);
        scratch.seen[k] = 1;
    }
    return DONE;
}

/* Return what a sweep has found as a dict. The hash of a subclass is Python code, so the
list is read anew. */
static PyObject *told(PyObject *order, size_t n)
{
    PyObject *found = PyDict_New();
    for (size_t k = 0; found && k < n && k < (size_t)PyList_GET_SIZE(order); k++)
        if (scratch.seen[k]) {
            PyObject *v = Py_NewRef(PyList_GET_ITEM(order, (Py_ssize_t)k));
            PyObject *bar = PyFloat_FromDouble(scratch.bars[k]);
            if (!bar || PyDict_SetItem(found, v, bar) < 0)
                Py_CLEAR(found);
            Py_XDECREF(bar);
            Py_DECREF(v);
        }
    return found;
}

/* Return what a sweep gave the objects of a list, 0.0 for those that it did not reach. */
static PyObject *told_of(PyObject *wanted)
{
    Py_ssize_t n = PyList_GET_SIZE(wanted);
    PyObject *found = quietly(PyList_New, n);
    for (Py_ssize_t i = 0; found && i < n; i++) {
        Value *v = (Value *)PyList_GET_ITEM(wanted, i);
        int reached = is_value((PyObject *)v) && v->mark && scratch.seen[v->mark - 1];
        PyObject *bar = PyFloat_FromDouble(reached ? scratch.bars[v->mark - 1] : 0.0);
        if (!bar)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, i, bar);
    }
    return found;
}

static void push_to(size_t k)
{
    Value *v = scratch.order[k];
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    double total = 0.0;
    int reached = 0;
    if (scratch.seen[k])
        return;
    for (Py_ssize_t i = 0; i < count; i++) {
        Value *parent = edges[i].parent;
        if (!parent || !parent->mark || !scratch.seen[parent->mark - 1])
            continue;
        double dot = scratch.bars[parent->mark - 1], term = edges[i].number * dot;
        reached = 1;
        total += term == term || (edges[i].number != 0.0 && dot != 0.0) ? term : 0.0;
    }
    if (reached) {
        scratch.bars[k] = total;
        scratch.seen[k] = 1;
    }
}

static PyObject *swept(PyObject *const *args, Py_ssize_t count, int reverse)
{
    PyObject *wanted = count == 3 && args[2] != Py_None ? args[2] : NULL;
    if (count < 2 || !PyList_CheckExact(args[0]) || !PyDict_CheckExact(args[1]) ||
        (wanted && !PyList_CheckExact(wanted)) || sweeping)
        Py_RETURN_NONE;
    sweeping = 1;
    scratch.count = 0;
    int done = number_all(args[0]);
    if (done == DONE)
        done = no_bars();
    if (done == DONE)
        done = seeded(args[1]);
    size_t n = scratch.count;
    for (size_t k = n; reverse && done == DONE && k--;)
        if (scratch.seen[k])
            hand_on(scratch.order[k], scratch.bars[k]);
    for (size_t k = 0; !reverse && done == DONE && k < n; k++)
        push_to(k);
    PyObject *found = done == DONE && wanted ? told_of(wanted) : NULL;
    clear_marks(0);
    if (done == DONE && !wanted)
        found = told(args[0], n);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}

/* pull(order, cotangents, wanted=None) and push(order, tangents, wanted=None) -> a dict of
those in the order, or a list of those wanted; None where Python has to do it. */
static PyObject *pull(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return swept(args, count, 1);
}

static PyObject *push(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return swept(args, count, 0);
}

/* Let the cyclic collector see a node whose parents were assigned, and what it comes
from: one of them may come from the node. */
static int track_ancestors(Value *v)
{
    track(v);
    if (sweeping)
        return 0;
    size_t stacked = 0, n = 0;
    int done = GROWN(scratch.stack, scratch.stack_room, 1);
    sweeping = 1;
    if (done == DONE)
        scratch.stack[stacked++] = v;
    while (stacked && done == DONE) {
        Value *next = scratch.stack[--stacked];
        if (next->mark)
            continue;
        if ((done = GROWN(scratch.order, scratch.order_room, n + 1)) < 0)
            break;
        scratch.order[n++] = next;
        next->mark = OPEN;
        track(next);
        Edge *edges = edges_of(next);
        Py_ssize_t count = count_of(next);
        if ((done = GROWN(scratch.stack, scratch.stack_room, stacked + (size_t)count)) < 0)
            break;
        for (Py_ssize_t i = 0; i < count; i++)
            if (edges[i].parent && !edges[i].parent->mark)
                scratch.stack[stacked++] = edges[i].parent;
    }
    scratch.count = n;
    clear_marks(0);
    finish();
    return done;
}

/* ---- The module -------------------------------------------------------------------- */

/* has(name) -> whether an operation of the table has its method here. */
static PyObject *has(PyObject *Py_UNUSED(module), PyObject *name)
{
    for (int i = 0; i < COUNT && PyUnicode_Check(name); i++)
        if (PyUnicode_CompareWithASCIIString(name, OPERATIONS[i].name) == 0)
            return PyBool_FromLong(FUNCTIONS[i].method != NULL);
    Py_RETURN_FALSE;
}

static PyGetSetDef fields[] = {
    {"data", (getter)get_data, (setter)set_data,
     "The number. Raises OperandError where it is set to anything but a real.", "Value.data"},
    {"grad", (getter)get_grad, (setter)set_grad,
     "The gradient. Raises OperandError unless it is a real number or None.", "Value.grad"},
    {"_data", (getter)get_data, (setter)set_data, NULL, "Value.data"},
    {"_grad", (getter)get_grad, (setter)set_grad, NULL, "Value.grad"},
    {"label", (getter)get_label, (setter)set_label, NULL, NULL},
    {"call", (getter)get_call, (setter)set_call, NULL, NULL},
    {"op", (getter)get_op, (setter)set_op, NULL, NULL},
    {"parents", (getter)get_parents, (setter)set_parents, NULL, NULL},
    {"_operands", (getter)get_operands, NULL, NULL, NULL},
    {"partials", (getter)get_partials, (setter)set_partials, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
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

/* Make the type: the slots of operators are those of the table's dunders. */
static PyObject *type_of(PyObject *dunders)
{
    static PyType_Slot slots[COUNT + 16];
    int used = 0;
    PyType_Slot fixed[] = {
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
        {Py_tp_doc, "Value(data, children=(), local_grads=(), *, label='')\n--\n\n"},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        slots[used++] = fixed[i];
    for (int i = 0; i < COUNT; i++) {
        int slot = slot_of(PyTuple_GET_ITEM(dunders, i));
        if (slot && FUNCTIONS[i].method)
            slots[used++] = (PyType_Slot){slot, for_slot(slot, &FUNCTIONS[i])};
    }
    slots[used] = (PyType_Slot){0, NULL};
    PyType_Spec spec = {
        .name = "dendrograd.value.Value",
        .basicsize = sizeof(Value),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = slots,
    };
    return PyType_FromSpec(&spec);
}

/* Give the type a method under each of its names. */
static int add_method(int i, PyObject *names, PyObject *doc)
{
    static PyMethodDef definitions[COUNT];
    if (!FUNCTIONS[i].method)
        return 0;
    const char *text = PyUnicode_AsUTF8(doc);
    if (!text)
        return -1;
    Py_INCREF(doc); /* for good, as the definition */
    definitions[i] = (PyMethodDef){OPERATIONS[i].name, FUNCTIONS[i].method,
                                   FUNCTIONS[i].unary ? METH_NOARGS : METH_O, text};
    PyObject *method = PyDescr_NewMethod(Type, &definitions[i]);
    int done = method ? 0 : -1;
    for (Py_ssize_t k = 0; done == 0 && k < PyTuple_GET_SIZE(names); k++)
        done = PyObject_SetAttr((PyObject *)Type, PyTuple_GET_ITEM(names, k), method);
    Py_XDECREF(method);
    return done;
}

static PyObject *needed(PyObject *found, const char *name)
{
    PyObject *thing = PyDict_GetItemString(found, name);
    if (!thing && !PyErr_Occurred())
        PyErr_Format(PyExc_KeyError, "setup: %s is missing", name);
    return Py_XNewRef(thing);
}

/* setup(rows, found) -> the class. Rows are (op, dunder, names, doc), in the order of the
table; found are the Python functions and objects that C needs, by name. */
static PyObject *setup(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *rows, *hand, *found, *dunders;
    if (!PyArg_ParseTuple(args, "O!O!", &PyTuple_Type, &rows, &PyDict_Type, &found))
        return NULL;
    if (Type || PyTuple_GET_SIZE(rows) != COUNT) {
        PyErr_SetString(PyExc_ImportError, "the native twin is older than the table");
        return NULL;
    }
    if (!(MODE = needed(found, "MODE")) || !(PLAIN = needed(found, "PLAIN")) ||
        !(serials = needed(found, "serials")) || !(strays = needed(found, "strays")) ||
        !(annotate = needed(found, "annotate")) ||
        !(python_apply = needed(found, "apply")) || !(entered = needed(found, "entered")) ||
        !(paired = needed(found, "paired")) || !(text = needed(found, "text")) ||
        !(hand = needed(found, "by_hand")) ||
        !(number = needed(found, "number")) || !(real = needed(found, "real")) ||
        !(deferred = needed(found, "deferred")) ||
        !(OperandError = needed(found, "OperandError")) ||
        !(GraphError = needed(found, "GraphError")) || !(places = PyDict_New()) ||
        !(dunders = PyTuple_New(COUNT)))
        return NULL;
    for (int i = 0; i <= COUNT; i++) {
        PyObject *op = hand;
        if (i < COUNT) {
            PyObject *row = PyTuple_GET_ITEM(rows, i);
            op = PyTuple_GET_ITEM(row, 0);
            PyTuple_SET_ITEM(dunders, i, Py_NewRef(PyTuple_GET_ITEM(row, 1)));
        }
        PyObject *index = PyLong_FromLong(i + 1);
        if (!index || PyDict_SetItem(places, op, index) < 0)
            return NULL;
        Py_DECREF(index);
        OPS[i] = Py_NewRef(op);
    }
    Type = (PyTypeObject *)type_of(dunders);
    Py_DECREF(dunders);
    if (!Type)
        return NULL;
    Type->tp_vectorcall = value_vectorcall; /* of this class alone: it is not inherited */
    for (int i = 0; i < COUNT; i++) {
        PyObject *row = PyTuple_GET_ITEM(rows, i);
        if (add_method(i, PyTuple_GET_ITEM(row, 2), PyTuple_GET_ITEM(row, 3)) < 0)
            return NULL;
    }
    return Py_NewRef((PyObject *)Type);
}

static PyMethodDef functions[] = {
    {"backward", (PyCFunction)(void *)backward, METH_FASTCALL, NULL},
    {"between", (PyCFunction)(void *)between, METH_FASTCALL, NULL},
    {"gathered", (PyCFunction)(void *)gathered, METH_FASTCALL, NULL},
    {"has", has, METH_O, NULL},
    {"modes", modes, METH_NOARGS, NULL},
    {"node", (PyCFunction)(void *)node, METH_FASTCALL, NULL},
    {"pull", (PyCFunction)(void *)pull, METH_FASTCALL, NULL},
    {"push", (PyCFunction)(void *)push, METH_FASTCALL, NULL},
    {"scopes", (PyCFunction)(void *)scopes, METH_FASTCALL, NULL},
    {"setup", setup, METH_VARARGS, NULL},
    {"toposort", (PyCFunction)(void *)toposort, METH_FASTCALL, NULL},
    {"within", (PyCFunction)(void *)within, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* The state is static, so a sub-interpreter, and a second import, get the Python class. */
static int start(PyObject *Py_UNUSED(module))
{
    if (NOWHERE || PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError,
                        "the native twin runs once, in the main interpreter");
        return -1;
    }
    text_leave = PyUnicode_InternFromString("_leave");
    empty_text = PyUnicode_InternFromString("");
    empty_tuple = PyTuple_New(0);
    return text_leave && empty_text && empty_tuple ? 0 : -1;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)start}, /* in the importing interpreter, as PyInit may not be */
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "dendrograd._value",
    .m_doc = "The native twin of dendrograd.value.Value.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__value(void)
{
    return PyModuleDef_Init(&definition);
}
