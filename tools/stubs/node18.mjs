/**
 * Debian 12 ships Node 18, which lacks what arrays can do since Node 20 (ECMAScript 2023). esbuild lowers syntax alone,
 * so bundles for such hosts carry these.
 */
const missing = {
  toSorted(compare) {
    return [...this].sort(compare);
  },
  toReversed() {
    return [...this].reverse();
  },
  toSpliced(...args) {
    const copy = [...this];
    copy.splice(...args);
    return copy;
  },
  with(at, value) {
    const copy = [...this];
    copy[at < 0 ? copy.length + at : at] = value;
    return copy;
  },
};
for (const [name, value] of Object.entries(missing)) {
  if (!(name in Array.prototype))
    Object.defineProperty(Array.prototype, name, { value, configurable: true, writable: true });
}
