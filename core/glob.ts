/**
 * Whether `text` is like `pattern`, in which `*` stands for any run of characters and `?` for one. Never slower than
 * the product of the two lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const expected = pattern[next];
    if (expected === "*") {
      star = next++;
      resume = at;
    } else if (expected !== undefined && (expected === "?" || expected === text[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier stars need not be tried again.
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}
