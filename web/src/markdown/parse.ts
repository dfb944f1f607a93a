/** The Markdown that our own pages are written in, and no more: what is not known stays text. */

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "math"; tex: string }
  | { kind: "strong" | "em"; parts: Inline[] }
  | { kind: "link"; href: string; parts: Inline[] };

export type Block =
  | { kind: "heading"; level: number; parts: Inline[]; id: string }
  | { kind: "paragraph"; parts: Inline[] }
  | { kind: "math"; tex: string }
  | { kind: "code"; language: string; text: string }
  | { kind: "list"; ordered: boolean; items: Block[][] }
  | { kind: "table"; head: Inline[][]; align: ("left" | "right" | "center")[]; rows: Inline[][][] }
  | { kind: "quote"; blocks: Block[] };

export function parse(text: string): Block[] {
  return blocks(text.replace(/\r\n?/g, "\n").split("\n"));
}

const FENCE = /^(```|~~~)\s*([\w-]*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const BULLET = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const RULE = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;

function blocks(lines: string[]): Block[] {
  const found: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    if (!line.trim()) {
      at += 1;
      continue;
    }
    const fence = FENCE.exec(line.trim());
    if (fence) {
      const end = next(lines, at + 1, (one) => one.trim() === fence[1]);
      found.push({ kind: "code", language: fence[2] ?? "", text: lines.slice(at + 1, end).join("\n") });
      at = end + 1;
      continue;
    }
    if (line.trim().startsWith("$$")) {
      const whole = /^\s*\$\$(.+)\$\$\s*[.,;]?\s*$/.exec(line);
      if (whole) {
        found.push({ kind: "math", tex: whole[1]!.trim() });
        at += 1;
        continue;
      }
      const end = next(lines, at + 1, (one) => one.trim().endsWith("$$"));
      const inner = [line.trim().slice(2), ...lines.slice(at + 1, end), (lines[end] ?? "").trim().replace(/\$\$$/, "")];
      found.push({ kind: "math", tex: inner.join("\n").trim() });
      at = end + 1;
      continue;
    }
    const heading = HEADING.exec(line);
    if (heading) {
      const parts = inline(heading[2]!);
      found.push({ kind: "heading", level: heading[1]!.length, parts, id: slug(plain(parts)) });
      at += 1;
      continue;
    }
    if (line.includes("|") && RULE.test(lines[at + 1] ?? "")) {
      const end = next(lines, at + 2, (one) => !one.includes("|") || !one.trim());
      const rows = lines.slice(at + 2, end).map((one) => cells(one).map(inline));
      found.push({ kind: "table", head: cells(line).map(inline), align: cells(lines[at + 1]!).map((one) => (/^:.*:$/.test(one) ? "center" : /:$/.test(one) ? "right" : "left")), rows });
      at = end;
      continue;
    }
    if (line.startsWith(">")) {
      const end = next(lines, at, (one) => !one.startsWith(">"));
      found.push({ kind: "quote", blocks: blocks(lines.slice(at, end).map((one) => one.replace(/^>\s?/, ""))) });
      at = end;
      continue;
    }
    const bullet = BULLET.exec(line);
    if (bullet) {
      const indent = bullet[1]!.length;
      const ordered = /\d/.test(bullet[2]!);
      const items: Block[][] = [];
      while (at < lines.length) {
        const item = BULLET.exec(lines[at]!);
        if (!item || item[1]!.length !== indent || /\d/.test(item[2]!) !== ordered) break;
        const end = next(lines, at + 1, (one, index) => {
          const other = BULLET.exec(one);
          if (other && other[1]!.length <= indent) return true;
          return !one.trim() ? !/^\s{2,}\S/.test(lines[index + 1] ?? "") : !/^\s/.test(one) && (HEADING.test(one) || FENCE.test(one.trim()));
        });
        const width = indent + item[2]!.length + 1;
        items.push(blocks([item[3]!, ...lines.slice(at + 1, end).map((one) => one.replace(new RegExp(`^\\s{0,${width}}`), ""))]));
        at = end;
        while (at < lines.length && !lines[at]!.trim() && BULLET.test(lines[at + 1] ?? "")) at += 1;
      }
      found.push({ kind: "list", ordered, items });
      continue;
    }
    const end = next(lines, at + 1, (one) => !one.trim() || HEADING.test(one) || FENCE.test(one.trim()) || one.trim().startsWith("$$") || (BULLET.test(one) && /^\s*([-*+]|1[.)])\s/.test(one)));
    found.push({ kind: "paragraph", parts: inline(lines.slice(at, end).join(" ").replace(/\s+/g, " ").trim()) });
    at = end;
  }
  return found;
}

function next(lines: string[], from: number, stop: (line: string, index: number) => boolean): number {
  for (let at = from; at < lines.length; at++) if (stop(lines[at]!, at)) return at;
  return lines.length;
}

function cells(line: string): string[] {
  const found: string[] = [];
  let cell = "";
  let fenced: string | null = null;
  const bare = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  for (let at = 0; at < bare.length; at++) {
    const sign = bare[at]!;
    if (sign === "\\" && bare[at + 1] === "|") (cell += "|"), (at += 1);
    else if ((sign === "`" || sign === "$") && (fenced === null || fenced === sign)) (fenced = fenced ? null : sign), (cell += sign);
    else if (sign === "|" && fenced === null) found.push(cell.trim()), (cell = "");
    else cell += sign;
  }
  return [...found, cell.trim()];
}

const INLINE: [RegExp, (match: RegExpExecArray) => Inline][] = [
  [/^(`+)(.+?)\1(?!`)/, (match) => ({ kind: "code", text: match[2]!.trim() })],
  [/^\$([^\s$](?:[^$]*[^\s$])?)\$(?!\d)/, (match) => ({ kind: "math", tex: match[1]! })],
  [/^\*\*(.+?)\*\*/, (match) => ({ kind: "strong", parts: inline(match[1]!) })],
  [/^\*([^\s*](?:[^*]*[^\s*])?)\*/, (match) => ({ kind: "em", parts: inline(match[1]!) })],
  [/^_([^\s_](?:[^_]*[^\s_])?)_(?!\w)/, (match) => ({ kind: "em", parts: inline(match[1]!) })],
  [/^\[([^\]]+)\]\(([^)\s]+)\)/, (match) => ({ kind: "link", href: match[2]!, parts: inline(match[1]!) })],
  [/^<(https?:\/\/[^>\s]+)>/, (match) => ({ kind: "link", href: match[1]!, parts: [{ kind: "text", text: match[1]! }] })],
];

export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let rest = text;
  let run = "";
  while (rest) {
    if (rest[0] === "\\" && /[\\`*_$[\]|<>]/.test(rest[1] ?? "")) {
      run += rest[1];
      rest = rest.slice(2);
      continue;
    }
    const wordBefore = /\w$/.test(run);
    const hit = INLINE.map(([pattern, make]) => (wordBefore && rest[0] === "_" ? null : { match: pattern.exec(rest), make })).find((one) => one?.match);
    if (hit?.match) {
      if (run) found.push({ kind: "text", text: run });
      run = "";
      found.push(hit.make(hit.match));
      rest = rest.slice(hit.match[0].length);
    } else {
      run += rest[0];
      rest = rest.slice(1);
    }
  }
  if (run) found.push({ kind: "text", text: run });
  return found;
}

export function plain(parts: readonly Inline[]): string {
  return parts.map((one) => ("text" in one ? one.text : "tex" in one ? one.tex : plain(one.parts))).join("");
}

export const slug = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
