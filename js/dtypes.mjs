// Element types and the typed arrays that hold them.
//
// In:  NumPy's name of a dtype, a typed array's constructor, or Number, BigInt or Boolean for a number of
//      JavaScript, which takes the dtype of the arrays that it meets.
// Out: a row of the table, by name or by the number that it has in C (me_dtype).

export const kUniform = 1;  // ME_PARAM_UNIFORM
export const kWeak = 2;     // ME_PARAM_WEAK

// In the order of me_dtype. An element of a complex dtype is two items of its typed array.
const kRows = [
  null,
  ['bool', Uint8Array], ['int8', Int8Array], ['int16', Int16Array], ['int32', Int32Array],
  ['int64', BigInt64Array], ['uint8', Uint8Array], ['uint16', Uint16Array], ['uint32', Uint32Array],
  ['uint64', BigUint64Array], ['float32', Float32Array], ['float64', Float64Array],
  ['complex64', Float32Array], ['complex128', Float64Array],
].map((row, code) => row && {
  code, name: row[0], View: row[1], items: row[0].startsWith('complex') ? 2 : 1,
  isInteger: /int/.test(row[0]),
});

const kByName = new Map(kRows.slice(1).map((row) => [row.name, row]));
const kByView = new Map(kRows.slice(1, -2).filter(({ name }) => name !== 'bool').map((row) => [row.View, row]));
const kWeakRows = new Map([[Boolean, 'bool'], [BigInt, 'int64'], [Number, 'float64']]);

export function dtypeOf(spec) {
  const row = kByName.get(spec) ?? kByView.get(spec);
  if (!row) throw new TypeError(`${typeof spec === 'function' ? spec.name : String(spec)} is not a dtype of typed arrays`);
  return row;
}

export function dtypeAt(code) {
  const row = kRows[code];
  if (!row) throw new TypeError('strings and bytes have no typed arrays: such kernels run in Python and C');
  return row;
}

// What a parameter is compiled as: { code, flags }.
export function paramOf(spec) {
  const weak = kWeakRows.get(spec);
  return weak ? { code: dtypeOf(weak).code, flags: kUniform | kWeak } : { code: dtypeOf(spec).code, flags: 0 };
}

// The spec of a parameter of a kernel.
export function specOf({ code, flags }) {
  const { name } = dtypeAt(code);
  return flags & kWeak ? [...kWeakRows].find(([, weak]) => weak === name)[0] : name;
}

// A typed array of one element with a JavaScript number, or null if the dtype does not hold it.
export function scalarOf({ View, items, name, isInteger }, value) {
  const isBig = View === BigInt64Array || View === BigUint64Array;
  if (name === 'bool' && typeof value !== 'boolean') return null;
  if (isInteger && typeof value === 'number' && !Number.isInteger(value)) return null;
  const view = new View(items);
  view[0] = isBig ? BigInt(value) : Number(value);
  return isInteger && BigInt(view[0]) !== BigInt(value) ? null : view;
}

// What the one element of a result is in JavaScript.
export function valueOf({ name, items }, view) {
  if (name === 'bool') return view[0] !== 0;
  return items === 2 ? [view[0], view[1]] : view[0];
}
