/** Server-Sent Events over fetch: the one reader for with and without a key (EventSource cannot send headers). */

export interface Message {
  id: string | null;
  event: string;
  data: string;
}

/** Feed text in pieces of any size; whole messages come out. */
export function parser(emit: (message: Message) => void): (piece: string) => void {
  let rest = "";
  let id: string | null = null;
  let event = "";
  let data: string[] = [];
  return (piece) => {
    rest += piece;
    const lines = rest.split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length) emit({ id, event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      if (line.startsWith(":")) continue;
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") id = value;
      else if (field === "event") event = value;
      else if (field === "data") data.push(value);
    }
  };
}
