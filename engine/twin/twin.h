/* What the parts of the twin share: types, state, and functions that one has for others.

Each part begins with this file, so that it can be read alone, by an editor too. The
compiler is given one unit, since `_value.c` includes all parts. */
#ifndef DENDROGRAD_TWIN_H
#define DENDROGRAD_TWIN_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <math.h>
#include <stdint.h>
#ifdef Py_GIL_DISABLED
#error "the native twin needs the global interpreter lock; pure Python runs without it"
#endif
#include "../_operations.h"

#ifdef __GNUC__
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define FETCH(place) __builtin_prefetch(place)
#else
#define LIKELY(condition) (condition)
#define FETCH(place) ((void)(place))
#endif

/* ---- A node in memory ------------------------------------------------------------ */

typedef struct Value Value;

typedef struct {
    Value *parent; /* NULL: a plain number among the operands */
    double number; /* d node / d parent, or that number */
} Edge;

typedef struct {
    Py_ssize_t refs;
    PyObject *label, *call, *op; /* NULL where a node has the usual one */
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

enum { TRACKED = 1, GRAD_IS_NONE = 2, UNRECORDED = 4, FRESH = 8 };
enum { MANY = 255, OTHER = 65535 };
#ifndef KEPT_NODES
#define KEPT_NODES (1 << 18) /* 25 MB; 0 for a sanitizer, which is to see nodes used dead */
#endif
static const uint32_t OPEN = 1u << 31; /* marks below it are places in an order */
enum { COUNT = sizeof OPERATIONS / sizeof *OPERATIONS, BY_HAND = COUNT };

static const char FROZEN[] = /* as in node/edges.py */
    "Value: %s is fixed when a node is made, so that no gradient changes under it; "
    "compute new nodes, or make one by hand: Value(data, children, local_grads)";
static const char EXISTS[] = /* as in value.py */
    "Value: __init__ of a node that exists would give it other edges; make a new Value";

/* ---- A call and a mode ----------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    PyObject *name, *parent, *serial, *source;
} Call;

typedef struct {
    PyObject_HEAD
    PyObject *outer, *block, *call, *actions, *frame, *first, *weak;
    Rare *rare; /* the call as nodes hold it, made for the first of them, or NULL */
    char recording, ended, loose;
} Mode;

/* ---- State ----------------------------------------------------------------------- */

static PyTypeObject *Type; /* dendrograd.Value */
static PyObject *rows; /* what `setup` is given of each operation: op, dunder, names, doc */
static PyObject *OPS[COUNT + 1], *op_indices; /* each Op at its index, and their indices */
static PyObject *OperandError, *GraphError;
static PyObject *empty_text, *empty_tuple;

static PyTypeObject *CallType, *ModeType; /* of mode.py, as what follows */
static PyObject *PLAIN, *NOWHERE, *no_actions, *MODE, *serials, *entered, *strays;

/* Functions in Python: of value.py, number.py, node/methods.py and node/arguments.py. */
static PyObject *python_annotate, *python_apply, *python_number, *python_deferred;
static PyObject *listening, *kinds, *python_hear; /* of notices/listen.py */
static PyObject *python_paired, *python_real, *python_renamed, *python_text;

static struct {
    Value **stack, **order; /* kept from sweep to sweep, up to KEPT_PLACES */
    double *bars;
    uint8_t *seen;
    size_t stack_room, order_room, bars_room;
    size_t count; /* of the nodes in the order */
} scratch;
static int sweeping; /* whether marks are in use */

enum { ASKED_TRUTH = 6, WAS_READ, WAS_HELD }; /* places in `kinds` after the comparisons */
enum { DONE = 0, ERROR = -1, NOT_HERE = 1 }; /* NOT_HERE: Python has to do it */

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

/* ---- What a part has for the others ---------------------------------------------- */

/* life.c */
static inline Value *fresh(double data);
static inline void track(Value *v);
static inline int reserve_edges(Value *v, Py_ssize_t count);
static inline void set_parent(Value *v, Edge *edge, Value *parent, double partial);
static inline void set_constant(Edge *edge, double operand);
static void cut(Value *v);
static void drop(Rare *r);
static Rare *fresh_rare(void);
static Rare *own(Value *v);

/* modes.c and scopes.c */
static Call *fresh_call(PyObject *name, PyObject *parent, PyObject *serial, PyObject *source);
static Mode *fresh_mode(PyObject *outer, PyObject *block, PyObject *call, PyObject *actions);
static Rare *shared(Mode *m);
static Mode *mode_here(void);

/* operators.c */
static int tell(int how, PyObject *left, PyObject *right, PyObject *outcome);
static int stamp_mode(Value *v);
static inline PyObject *finish_node(Value *v);
static inline int read_operand(PyObject *o, Value **v, double *x);

/* fields.c */
static int index_of(PyObject *op);
static int set_operation(Value *v, PyObject *op);
static PyObject *get_label(Value *v, void *name);
static PyObject *get_call(Value *v, void *name);
static int set_double(double *field, PyObject *x, const char *name);
static int set_label(Value *v, PyObject *x, void *name);
static int set_call(Value *v, PyObject *x, void *name);

/* order.c */
static inline int append(Value *v);
static int append_ancestors(Value *root);
static int append_all(PyObject *roots);
static int number_all(PyObject *order);
static int no_bars(void);
static void clear_marks(size_t stacked);
static void finish(void);

/* What the class is made of, by setup.c. */
static const struct functions {
    PyCFunction method;
    unaryfunc unary;
    ternaryfunc ternary;
} FUNCTIONS[COUNT]; /* what an operation of the table has here */
static PyGetSetDef fields[11]; /* with the row of zeros at its end */
static void value_dealloc(Value *v);
static int value_traverse(Value *v, visitproc visit, void *arg);
static int value_clear(Value *v);
static PyObject *value_compare(PyObject *left, PyObject *right, int how);
static int value_bool(PyObject *self);
static PyObject *value_new(PyTypeObject *type, PyObject *args, PyObject *options);
static int value_init(Value *v, PyObject *args, PyObject *options);
static PyObject *value_vectorcall(PyObject *type, PyObject *const *args, size_t flags,
                                  PyObject *names);
static PyObject *value_connect(Value *v, PyObject *args);
static PyObject *apply(PyObject *none, PyObject *const *args, Py_ssize_t count);

#endif
