/* A plain C loop over a graph, the measure of dendrograd's sweep; sweep.py builds it.

Nodes are structs of 96 bytes, as dendrograd's are, in the same order in memory, linked by
pointers; partials are kept, not computed. Nothing is checked: no cycle, no signal, no
zero that annihilates, no operand that is not a node. */
#include <stdint.h>
#include <stdlib.h>

typedef struct Node {
    double data, grad, bar; /* bar, the cotangent, is 0 between sweeps */
    uint32_t mark, count;   /* the last sweep that reached it; its parents */
    struct Node *parents[2];
    double partials[2];
    char rest[32];
} Node;

_Static_assert(sizeof(Node) == 96, "a node is as large as dendrograd's");

typedef struct {
    Node *nodes, **order, **stack; /* as they lie; parents first */
    uint32_t *next;                /* beside the stack: which parent comes next */
    size_t n;
    uint32_t sweeps;
} Graph;

void forget(Graph *g)
{
    if (g) {
        free(g->nodes);
        free(g->order);
        free(g->stack);
        free(g->next);
        free(g);
    }
}

/* Return the graph of n nodes, given parents first, each with its place in memory and two
edges; -1 stands for no parent. */
Graph *build(size_t n, const int64_t *places, const int64_t *parents, const double *partials)
{
    Graph *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->n = n;
    g->nodes = calloc(n, sizeof *g->nodes);
    g->order = calloc(n, sizeof *g->order);
    g->stack = calloc(n, sizeof *g->stack);
    g->next = calloc(n, sizeof *g->next);
    if (!g->nodes || !g->order || !g->stack || !g->next) {
        forget(g);
        return NULL;
    }
    for (size_t k = 0; k < n; k++) {
        Node *v = g->order[k] = g->nodes + places[k];
        for (size_t i = 2 * k; i < 2 * k + 2 && parents[i] >= 0; i++) {
            v->parents[v->count] = g->nodes + places[parents[i]];
            v->partials[v->count++] = partials[i];
        }
    }
    return g;
}

/* Write the order anew: depth first from the root, parents first, without recursion. */
static void sort(Graph *g)
{
    Node *root = g->order[g->n - 1];
    size_t n = 0, stacked = 0;
    uint32_t sweep = ++g->sweeps;
    root->mark = sweep;
    g->next[0] = 0;
    g->stack[stacked++] = root;
    while (stacked) {
        Node *v = g->stack[stacked - 1];
        uint32_t at = g->next[stacked - 1];
        if (at == v->count) {
            g->order[n++] = v;
            stacked--;
            continue;
        }
        g->next[stacked - 1] = at + 1;
        Node *parent = v->parents[at];
        if (parent->mark != sweep) {
            parent->mark = sweep;
            g->next[stacked] = 0;
            g->stack[stacked++] = parent;
        }
    }
}

/* Hand the cotangents on, from the root to the leaves. */
static void loop(Graph *g)
{
    g->order[g->n - 1]->bar = 1.0;
    for (size_t k = g->n; k--;) {
        Node *v = g->order[k];
        double out = v->bar;
        v->bar = 0.0;
        if (v->count)
            v->grad = out;
        else
            v->grad += out; /* leaves add up */
        for (uint32_t i = 0; i < v->count; i++)
            v->parents[i]->bar += v->partials[i] * out;
    }
}

void sweep(Graph *g, int sorting, int times)
{
    while (times--) {
        if (sorting)
            sort(g);
        loop(g);
    }
}

/* Return the gradient of the node at a place, and set it to 0. */
double taken(Graph *g, size_t place)
{
    double grad = g->nodes[place].grad;
    g->nodes[place].grad = 0.0;
    return grad;
}
