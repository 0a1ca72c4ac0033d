/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads the subset of XML that is written here, and throws at everything else. */
export function parseXml(text: string): Element {
  const [, body] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([\s\S]*)$/.exec(text) ?? [];
  if (body === undefined) throw new Error("no declaration");
  if (/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body))
    throw new Error("a character XML has not");
  const decode = (raw: string): string =>
    raw.replace(/&(?:(\w+);)?/g, (whole, name) => {
      const found = ENTITIES[name];
      if (found === undefined) throw new Error(`entity ${whole}`);
      return found;
    });
  const top: Element = { name: "", attributes: {}, children: [] };
  const open = [top];
  let at = 0;
  for (const tag of body.matchAll(/<(\/?)([a-z]+)((?: [a-zA-Z]+="[^"<]*")*)(\/?)>/g)) {
    if (body.slice(at, tag.index).includes("<")) throw new Error("a < that opens nothing");
    decode(body.slice(at, tag.index));
    at = tag.index + tag[0].length;
    const [, close, name = "", written = "", empty] = tag;
    if (close === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
      continue;
    }
    const attributes: Record<string, string> = {};
    for (const [, key = "", value = ""] of written.matchAll(/ ([a-zA-Z]+)="([^"]*)"/g)) {
      if (key in attributes) throw new Error(`${key} twice`);
      attributes[key] = decode(value);
    }
    const element: Element = { name, attributes, children: [] };
    open.at(-1)?.children.push(element);
    if (empty === "") open.push(element);
  }
  const [root, ...more] = top.children;
  if (root === undefined || more.length > 0 || open.length !== 1 || body.slice(at).trim() !== "")
    throw new Error("not one element");
  return root;
}
