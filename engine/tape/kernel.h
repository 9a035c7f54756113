/* The steps of a machine over lanes, on one block: included once for each set of
instructions and length of a block, with KERNEL, TARGET and BLOCK set.

A row is BLOCK numbers, one of each lane. An operand is a row, or one number that all lanes
share; `mask` has a bit for each operand that is shared. The loops over a row are what the
compiler makes vector code of; each number is rounded as in run.c, so the bits are equal. */

#define LANE for (int l = 0; l < BLOCK; l++)
#define V(x, k) const double *restrict x = v + (int64_t)at[k] * BLOCK;
#define S(x, k) const double x = s[at[k]];
#define STEPS(op, mask, arity, operands, expression) \
    case KEY(op, mask): \
        for (int32_t i = 0; i < n; i++, at += arity) { \
            operands double *restrict y = v + (int64_t)to[i] * BLOCK; \
            LANE y[l] = (expression); \
        } \
        break;

#define UNARY(op, f) STEPS(op, 0, 1, V(a, 0), f(a[l]))
#define BINARY(op, f) \
    STEPS(op, 0, 2, V(a, 0) V(b, 1), f(a[l], b[l])) \
    STEPS(op, 1, 2, S(a, 0) V(b, 1), f(a, b[l])) \
    STEPS(op, 2, 2, V(a, 0) S(b, 1), f(a[l], b))
#define TERNARY(op, f) \
    STEPS(op, 0, 3, V(a, 0) V(b, 1) V(c, 2), f(a[l], b[l], c[l])) \
    STEPS(op, 1, 3, S(a, 0) V(b, 1) V(c, 2), f(a, b[l], c[l])) \
    STEPS(op, 2, 3, V(a, 0) S(b, 1) V(c, 2), f(a[l], b, c[l])) \
    STEPS(op, 3, 3, S(a, 0) S(b, 1) V(c, 2), f(a, b, c[l])) \
    STEPS(op, 4, 3, V(a, 0) V(b, 1) S(c, 2), f(a[l], b[l], c)) \
    STEPS(op, 5, 3, S(a, 0) V(b, 1) S(c, 2), f(a, b[l], c)) \
    STEPS(op, 6, 3, V(a, 0) S(b, 1) S(c, 2), f(a[l], b, c))

#define UNARY_STEPS(name) UNARY(INDEX_##name, primal_##name)
#define BINARY_STEPS(name) BINARY(INDEX_##name, primal_##name)
#define TERNARY_STEPS(name) TERNARY(INDEX_##name, primal_##name)
#define FAST_STEPS(name) UNARY(FAST_##name, fast_##name)

/* Compute all steps for the lanes of one block, of which the first `lanes` are there. */
TARGET static int PART(steps)(const Lanes *m, const double *s, double *v, int lanes)
{
    const int32_t *head = m->heads, *at = m->operands, *to = m->targets;
    for (Py_ssize_t run = 0; run < m->runs; run++, head += LANE_HEAD) {
        const int32_t n = head[1];
        switch (KEY(head[0], head[3])) {
            UNARY_PRIMALS(UNARY_STEPS)
            BINARY_PRIMALS(BINARY_STEPS)
            TERNARY_PRIMALS(TERNARY_STEPS)
            FAST_PRIMALS(FAST_STEPS)
            BINARY(CHAIN, primal_chain)
            TERNARY(ADD_CHAIN, primal_add_chain)
            TERNARY(ADD_MUL, primal_add_mul)
        default:
            if (gather_lanes(m, head, at, to, s, v, BLOCK, lanes) < 0)
                return -1;
            at += (int64_t)n * head[2];
        }
        to += n;
    }
    return 0;
}

/* Add rows to their totals, in eights, which a vector unit adds at once. */
TARGET static void PART(sums)(const Lanes *m, const double *v, double *totals, int lanes)
{
    for (Py_ssize_t i = 0; i < m->sums; i++) {
        const double *row = v + (int64_t)m->summed[i] * BLOCK;
        double part[8] = {0.0}, rest = 0.0;
        int l = 0;
        if (lanes == BLOCK)
            for (; l < BLOCK; l += 8)
                for (int k = 0; k < 8; k++)
                    part[k] += row[l + k];
        for (; l + 8 <= lanes; l += 8)
            for (int k = 0; k < 8; k++)
                part[k] += row[l + k];
        for (; l < lanes; l++)
            rest += row[l];
        totals[i] += ((part[0] + part[4]) + (part[2] + part[6])) +
                     ((part[1] + part[5]) + (part[3] + part[7])) + rest;
    }
}

#define ASKED(op) \
    if (outcome) \
        LANE found[l] = a[l] op c[l] ? found[l] : place; \
    else \
        LANE found[l] = a[l] op c[l] ? place : found[l]; \
    break;

/* Find in each lane the first question that is answered otherwise than it was: the last one
is asked first, so that any before it takes its place. Places are doubles here, as wide as
what is compared, or vector code would have to change their width at each question. */
TARGET static void PART(asks)(const Lanes *m, const double *s, const double *v, int32_t *first,
                              int lanes)
{
    double left[BLOCK], right[BLOCK], found[BLOCK];
    int32_t places[BLOCK];
    LANE found[l] = (double)m->asks;
    for (int32_t i = (int32_t)m->asks; i--;) {
        const int32_t *ask = m->asked + ASK * i;
        const int outcome = ask[3] != 0;
        const double place = i;
        const double *a = operand_row(s, ask[1], v, left, BLOCK);
        const double *c = operand_row(s, ask[2], v, right, BLOCK);
        switch (ask[0]) {
        case LESS:
            ASKED(<)
        case LESS_EQUAL:
            ASKED(<=)
        case EQUAL:
            ASKED(==)
        case OTHER:
            ASKED(!=)
        case GREATER:
            ASKED(>)
        default:
            ASKED(>=)
        }
    }
    LANE places[l] = (int32_t)found[l];
    memcpy(first, places, (size_t)lanes * sizeof *first);
}

#undef ASKED
#undef LANE
#undef V
#undef S
#undef STEPS
#undef UNARY
#undef BINARY
#undef TERNARY
#undef UNARY_STEPS
#undef BINARY_STEPS
#undef TERNARY_STEPS
#undef FAST_STEPS
#undef KERNEL
#undef TARGET
#undef BLOCK
