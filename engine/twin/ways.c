/* The ways from some nodes to the root, by products of partials: `ways` of passes.py. */
#include "twin.h"

typedef struct {
    int64_t beyond, exponent; /* how many factors are nan or inf; of the others */
    double mantissa; /* 0.5 to 1 */
    int32_t edge, rank;
} Way;

enum { SRC, DST, SLOPE, REACHED, WAYS, MANY_WAYS, WEIGHT, WAY_BUFFERS };

/* Whether the first way stands before the other: larger, or alike over an earlier edge. */
static inline int before(const Way *a, const Way *b)
{
    if (a->beyond != b->beyond)
        return a->beyond > b->beyond;
    if (a->exponent != b->exponent)
        return a->exponent > b->exponent;
    if (a->mantissa != b->mantissa)
        return a->mantissa > b->mantissa;
    return a->edge != b->edge ? a->edge < b->edge : a->rank < b->rank;
}

/* Return a way with one more factor in front. */
static inline Way longer(const Way *way, double slope, int32_t edge, int32_t rank)
{
    Way made = {way->beyond, way->exponent, way->mantissa, edge, rank};
    if (!isfinite(slope)) {
        made.beyond += isnan(slope) ? (int64_t)1 << 31 : 1;
        made.mantissa *= 0.5;
    } else {
        int more;
        made.mantissa *= frexp(fabs(slope), &more);
        made.exponent += more;
    }
    if (made.mantissa < 0.5) {
        made.mantissa += made.mantissa;
        made.exponent--;
    }
    return made;
}

/* Keep a way among the k first of a node, the last of which has the edge -1 while there is
room. */
static inline int keep_way(Way *ways, int k, Way one)
{
    if (ways[k - 1].edge >= 0 && !before(&one, ways + k - 1))
        return 0;
    int at = k - 1;
    for (; at > 0 && (ways[at - 1].edge < 0 || before(&one, ways + at - 1)); at--)
        ways[at] = ways[at - 1];
    ways[at] = one;
    return 1;
}

/* Mark what the nodes marked already lead to. */
static void reach(Py_buffer *b, Py_ssize_t edges)
{
    const int32_t *src = b[SRC].buf, *dst = b[DST].buf;
    const double *slope = b[SLOPE].buf;
    uint8_t *reached = b[REACHED].buf;
    for (Py_ssize_t e = 0; e < edges; e++)
        if (slope[e] != 0.0 && reached[src[e]])
            reached[dst[e]] = 1;
}

/* ways(k, src, dst, local, reached, ways, counts, weights): of each node that is reached,
its k first ways to the last one, how many there are, and the sum of their sizes. */
static PyObject *ways(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer b[WAY_BUFFERS];
    int k;
    if (!PyArg_ParseTuple(args, "iy*y*y*w*w*w*w*", &k, b, b + 1, b + 2, b + 3, b + 4, b + 5,
                          b + 6))
        return NULL;
    const int32_t *src = b[SRC].buf, *dst = b[DST].buf;
    const double *slope = b[SLOPE].buf;
    const uint8_t *reached = b[REACHED].buf;
    Way *found = b[WAYS].buf;
    double *counts = b[MANY_WAYS].buf, *weights = b[WEIGHT].buf;
    Py_ssize_t n = b[REACHED].len, edges = b[SRC].len / (Py_ssize_t)sizeof(int32_t);
    for (Py_ssize_t i = 0; i < n * k; i++)
        found[i].edge = -1;
    found[(n - 1) * k] = (Way){0, 1, 0.5, INT32_MAX, 0}; /* 1, of no edge */
    counts[n - 1] = weights[n - 1] = 1.0;
    reach(b, edges);
    for (Py_ssize_t e = edges; e--;) {
        if (slope[e] == 0.0 || !reached[src[e]])
            continue;
        int32_t a = src[e], z = dst[e];
        double more = fabs(slope[e]) * weights[z];
        counts[a] += counts[z];
        weights[a] += more != more && weights[z] == 0.0 ? 0.0 : more;
        const Way *rest = found + (Py_ssize_t)z * k;
        for (int r = 0; r < k && rest[r].edge >= 0; r++)
            if (!keep_way(found + (Py_ssize_t)a * k, k,
                          longer(rest + r, slope[e], (int32_t)e, r)))
                break; /* the rest is smaller still */
    }
    for (int i = 0; i < WAY_BUFFERS; i++)
        PyBuffer_Release(b + i);
    Py_RETURN_NONE;
}
