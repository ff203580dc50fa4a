/** A strict parser for the HTML of reports. Every tag must be closed in order, and every attribute quoted and escaped. */

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Element | string)[];
}

const VOID = new Set(['meta', 'br', 'link', 'img', 'input']);
/** Elements whose content is text without entities. */
const RAW = new Set(['script', 'style']);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decoded(text: string): string {
  const loose = /&(?!(?:amp|lt|gt|quot|#39);)|[<>]/.exec(text);
  if (loose) throw new Error(`'${loose[0]}' stands unescaped in: ${text.slice(0, 200)}`);
  return text.replace(/&([a-z#0-9]+);/g, (_, name: string) => ENTITIES[name]!);
}

const TAG = /^<([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/;

export function read(html: string): Element {
  const root: Element = { tag: '', attributes: {}, children: [] };
  const open = [root];
  let at = html.indexOf('>') + 1;
  while (at < html.length) {
    const top = open.at(-1)!;
    const rest = html.slice(at, at + 20_000);
    const close = /^<\/([a-z][a-z0-9]*)>/.exec(rest);
    if (close) {
      if (close[1] !== top.tag) throw new Error(`</${close[1]}> closes <${top.tag}>`);
      open.pop();
      at += close[0].length;
    } else if (rest.startsWith('<')) {
      const tag = TAG.exec(rest);
      if (!tag) throw new Error(`no tag: ${rest.slice(0, 200)}`);
      const attributes = [...tag[2]!.matchAll(/([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(
        (m) => [m[1]!, decoded(m[2] ?? '')] as const,
      );
      if (new Set(attributes.map(([name]) => name)).size < attributes.length)
        throw new Error(`an attribute twice: ${tag[0]}`);
      const element: Element = { tag: tag[1]!, attributes: Object.fromEntries(attributes), children: [] };
      top.children.push(element);
      at += tag[0].length;
      if (RAW.has(element.tag)) {
        const end = html.indexOf(`</${element.tag}`, at);
        element.children.push(html.slice(at, end));
        at = end;
      }
      if (!tag[3] && !VOID.has(element.tag)) open.push(element);
    } else {
      const end = html.indexOf('<', at);
      top.children.push(decoded(html.slice(at, end < 0 ? undefined : end)));
      at = end < 0 ? html.length : end;
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.tag}> is never closed`);
  return root;
}

export const all = (within: Element, fits: (element: Element) => boolean): Element[] =>
  within.children.flatMap((child) =>
    typeof child === 'string' ? [] : [...(fits(child) ? [child] : []), ...all(child, fits)],
  );

export const textOf = (element: Element): string =>
  element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');

export const hasClass =
  (name: string) =>
  (element: Element): boolean =>
    (element.attributes.class ?? '').split(' ').includes(name);
