/**
 * Order of migration files and directories by name: a leading version such as `2`, `0010` or `1.2` counts as numbers,
 * so `2_x` comes before `10_x` and `0009-x` before `00010-x`; later digits count as numbers too. Names with one version
 * order by the rest. A total order: only equal names compare as 0.
 */
export function compareNames(a: string, b: string): number {
  const first = splitVersion(a);
  const second = splitVersion(b);
  if (first.version.length > 0 && second.version.length > 0) {
    const order = compareVersions(first.version, second.version) || compareNatural(first.rest, second.rest);
    if (order !== 0) return order;
  }
  return compareNatural(a, b) || compareText(a, b);
}

/** Order of relative paths with `/`: directory by directory, each by name. */
export function comparePaths(a: string, b: string): number {
  const first = a.split("/");
  const second = b.split("/");
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const order = compareNames(first[i] ?? "", second[i] ?? "");
    if (order !== 0) return order;
  }
  return first.length - second.length;
}

/** Versions as digit strings, part by part; a missing part is older (`1` before `1.1`). */
export function compareVersions(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareNumbers(a[i] ?? "", b[i] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Plain order by UTF-16 units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function splitVersion(name: string): { readonly version: readonly string[]; readonly rest: string } {
  const stem = name.replace(/\.sql$/i, "");
  const version = /^\d+(?:\.\d+)*/.exec(stem)?.[0] ?? "";
  return { version: version === "" ? [] : version.split("."), rest: stem.slice(version.length) };
}

/** Digit strings of any length by value: timestamps with fractions do not fit a number. */
function compareNumbers(a: string, b: string): number {
  const first = a.replace(/^0+(?=\d)/, "");
  const second = b.replace(/^0+(?=\d)/, "");
  return first.length - second.length || compareText(first, second);
}

/** Digits by value, everything else by UTF-16 units. */
export function compareNatural(a: string, b: string): number {
  const first = a.match(/\d+|\D+/g) ?? [];
  const second = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const x = first[i] ?? "";
    const y = second[i] ?? "";
    const order = /^\d/.test(x) && /^\d/.test(y) ? compareNumbers(x, y) : compareText(x, y);
    if (order !== 0) return order;
  }
  return first.length - second.length;
}
