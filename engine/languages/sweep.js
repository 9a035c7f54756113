// A recorded graph as typed arrays, and the sweeps over them: `graph` is what `recorded`
// returns, and `forward` the function that is printed for its operations.
//
//   starts    where the operands of each node start; at the end, where the last ends
//   operands  of all nodes: a place in `data`, where the constants stand behind the nodes
//   ends      the node that each operand belongs to
function unrolled(forward, { kinds, codes, operands, leaves, constants }) {
  const count = codes.length;
  const numbers = kinds.map(([name, size]) => forward.kinds[`${name} ${size}`]);
  const graph = {
    count,
    codes: Int16Array.from(codes, (code) => (code < 0 ? -1 : numbers[code])),
    starts: new Int32Array(count + 1),
    operands: new Int32Array(operands.length),
    ends: new Int32Array(operands.length),
    data: new Float64Array(count + constants.length),
    partials: new Float64Array(operands.length),
    adjoints: new Float64Array(count),
    reached: new Uint8Array(count),
  };
  const { starts, ends, data } = graph;
  let leaf = 0;
  for (let i = 0; i < count; i++) {
    const start = starts[i], end = start + (codes[i] < 0 ? 0 : kinds[codes[i]][1]);
    starts[i + 1] = end;
    if (codes[i] < 0) data[i] = Number(leaves[leaf++]);
    for (let e = start; e < end; e++) {
      ends[e] = i;
      graph.operands[e] = operands[e] > 0 ? i - operands[e] : count - 1 - operands[e];
    }
  }
  constants.forEach((x, k) => (data[count + k] = Number(x)));
  graph.recorded = data.slice();
  return graph;
}

// Recompute a graph: its data, its local derivatives, and its adjoints from the root, the
// last node, in the order of the engine's reverse sweep. `edited` has new numbers for leaves,
// by index. Returns {data, partials, adjoints}, which the next sweep writes over.
function sweep(forward, graph, edited = {}) {
  const { count, codes, data, partials, adjoints } = graph;
  data.set(graph.recorded);
  for (const [leaf, x] of Object.entries(edited)) if (codes[leaf] < 0) data[leaf] = x;
  forward(graph);
  backward(graph);
  return { data: data.subarray(0, count), partials, adjoints };
}

function backward({ count, codes, starts, operands, partials, adjoints, reached }) {
  adjoints.fill(0);
  reached.fill(0);
  adjoints[count - 1] = reached[count - 1] = 1;
  for (let i = count - 1; i >= 0; i--) {
    if (!reached[i] || codes[i] < 0) {
      adjoints[i] = 0 + adjoints[i]; // a leaf adds up from 0, so never to -0
      continue;
    }
    const out = adjoints[i];
    for (let e = starts[i], end = starts[i + 1]; e < end; e++) {
      const v = operands[e];
      if (v >= count) continue; // a plain number has no adjoint
      const term = partials[e] * out;
      if (term !== term && (partials[e] === 0 || out === 0)) continue; // 0 * inf = 0
      adjoints[v] = reached[v] ? adjoints[v] + term : term;
      reached[v] = 1;
    }
  }
}
