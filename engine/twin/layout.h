/* What a node is in memory, and the record of what few nodes have. */

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

static PyTypeObject *Type; /* dendrograd.Value */
static PyObject *OPS[COUNT + 1], *places; /* each Op at its index, and the index of an Op */
static PyObject *annotate, *python_apply;         /* of value.py */
static PyObject *paired, *text;                   /* of node/arguments.py */
static PyObject *number, *real, *renamed, *deferred, *OperandError, *GraphError;
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
        PyMem_Free(r);
    }
}

/* Return an empty record, held once, or NULL with an error. */
static Rare *fresh_rare(void)
{
    Rare *r = PyMem_Calloc(1, sizeof *r);
    if (r)
        r->refs = 1;
    else
        PyErr_NoMemory();
    return r;
}

/* Return the record of a node for changes: its own, made where it has none. */
static Rare *own(Value *v)
{
    Rare *old = v->rare, *r;
    if (old && old->refs == 1)
        return old;
    if (!(r = fresh_rare()))
        return NULL;
    if (old) { /* shared with nodes of the same call */
        r->label = Py_XNewRef(old->label);
        r->call = Py_XNewRef(old->call);
        r->op = Py_XNewRef(old->op);
        drop(old);
    }
    return v->rare = r;
}
