/**
 * Where two plain values differ, one line per difference, in the order of the paths:
 * `functions["app.f(integer)"].securityDefiner: expected true, got false`. Lists of texts are compared as sets when sorted
 * on both sides (`acl: only expected: "anon SELECT postgres"`), other lists by position.
 */
export function diff(expected: unknown, got: unknown): readonly string[] {
  const lines: string[] = [];
  compare("", expected, got, lines);
  return lines;
}

function compare(path: string, expected: unknown, got: unknown, lines: string[]): void {
  if (Object.is(expected, got)) return;
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (isSortedTexts(expected) && isSortedTexts(got)) {
      const missing = expected.filter((each) => !got.includes(each));
      const extra = got.filter((each) => !expected.includes(each));
      for (const each of missing) lines.push(`${path}: only expected: ${JSON.stringify(each)}`);
      for (const each of extra) lines.push(`${path}: only got: ${JSON.stringify(each)}`);
      if (missing.length + extra.length === 0 && expected.length !== got.length) {
        lines.push(`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
      }
      return;
    }
    compareLists(path, expected, got, lines);
    return;
  }
  if (isRecord(expected) && isRecord(got)) {
    for (const key of [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort()) {
      const step = /^[A-Za-z_]\w*$/.test(key)
        ? `${path === "" ? "" : "."}${key}`
        : `[${JSON.stringify(key)}]`;
      compareAt(`${path}${step}`, key, expected, got, lines);
    }
    return;
  }
  lines.push(`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

function compareLists(
  path: string,
  expected: readonly unknown[],
  got: readonly unknown[],
  lines: string[],
): void {
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const step = `${path}[${i}]`;
    if (i >= got.length) lines.push(`${step}: only expected: ${JSON.stringify(expected[i])}`);
    else if (i >= expected.length) lines.push(`${step}: only got: ${JSON.stringify(got[i])}`);
    else compare(step, expected[i], got[i], lines);
  }
}

function compareAt(
  path: string,
  key: string,
  expected: Readonly<Record<string, unknown>>,
  got: Readonly<Record<string, unknown>>,
  lines: string[],
): void {
  if (!Object.hasOwn(got, key)) lines.push(`${path}: only expected: ${JSON.stringify(expected[key])}`);
  else if (!Object.hasOwn(expected, key)) lines.push(`${path}: only got: ${JSON.stringify(got[key])}`);
  else compare(path, expected[key], got[key], lines);
}

function isSortedTexts(list: readonly unknown[]): list is readonly string[] {
  return list.every((each, i) => {
    const before = list[i - 1];
    return typeof each === "string" && (i === 0 || (typeof before === "string" && before <= each));
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
