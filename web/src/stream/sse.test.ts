import { describe, expect, it } from "vitest";
import { parser, type Message } from "./sse";

const text = 'id: 1\ndata: {"a":1}\n\n: ping\n\nevent: heartbeat\ndata: {}\n\nid: 2\nevent: log\ndata: one\ndata: two\n\n';

describe("the reader of streams", () => {
  it("gives the same messages however the bytes are cut", () => {
    for (let size = 1; size <= text.length; size++) {
      const messages: Message[] = [];
      const feed = parser((message) => messages.push(message));
      for (let at = 0; at < text.length; at += size) feed(text.slice(at, at + size));
      expect(messages).toEqual([
        { id: "1", event: "message", data: '{"a":1}' },
        { id: "1", event: "heartbeat", data: "{}" },
        { id: "2", event: "log", data: "one\ntwo" },
      ]);
    }
  });
});
