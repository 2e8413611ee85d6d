// What a kernel file says of itself (src/jit/store/kernel_file.h has an example of the text).

export function manifestOf(text) {
  const words = {};
  const params = [];
  const modules = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\n');
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    const [key, ...fields] = line.split(' ');
    if (key === 'source') break;
    if (key === 'param') {
      const [kind, dtype, itemsize, ...name] = fields;
      params.push({ kind, dtype, itemsize: Number(itemsize), name: name.join(' ') });
    } else if (key === 'module') {
      const [tier, pointerBits, size] = fields;
      modules.push({ tier, pointerBits: Number(pointerBits), size: Number(size) });
    } else {
      words[key] = fields.join(' ');
    }
  }
  const { abi, build, dialect, tier, result } = words;
  return { format: Number(words['mejit-kernel']), abi: Number(abi), build, dialect, tier, result, params, modules, source: rest };
}
