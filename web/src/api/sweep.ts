/** A sweep's axes as a request has them, so that it is asked for again as it was: a key with its values, tied keys with commas
 * between them and a row for each of their points. In the order in which the points run. */
export function requested(axes: Readonly<Record<string, readonly unknown[]>>, tied: readonly (readonly string[])[] = []): Record<string, unknown[]> {
  const request: Record<string, unknown[]> = {};
  for (const [key, values] of Object.entries(axes)) {
    const group = tied.find((keys) => keys.includes(key));
    if (!group) request[key] = [...values];
    else request[group.join()] ??= values.map((_, place) => group.map((name) => axes[name]?.[place]));
  }
  return request;
}
