/** The parts between top-level "and"s; brackets and quotes stay whole. */
export function splitAnd(q: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < q.length; at++) {
    const sign = q[at]!;
    if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === "(") depth += 1;
    else if (!quoted && sign === ")") depth -= 1;
    else if (!quoted && depth === 0 && /^\sand\s/i.test(q.slice(at, at + 5))) {
      parts.push(q.slice(from, at).trim());
      from = at + 5;
      at += 4;
    } else if (!quoted && depth === 0 && /^\sor\s/i.test(q.slice(at, at + 4))) return [q.trim()];
  }
  parts.push(q.slice(from).trim());
  return parts.filter(Boolean);
}
