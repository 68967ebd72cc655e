const { setFlagsFromString } = require('node:v8');

// Keeps V8's young generation, and so the peak of memory, small (docs/decisions/0013). Not for all versions, because V8
// complains of a flag that it does not know.
const NODE_MAJOR = process.versions.node.split('.')[0];
if (['20', '22', '24', '26'].includes(NODE_MAJOR)) setFlagsFromString('--semi-space-growth-factor=1');
// Optimizes functions later, of which mixed traffic uses many for a short time (measured on Node 20 alone).
if (NODE_MAJOR === '20') setFlagsFromString('--interrupt-budget=200000');
