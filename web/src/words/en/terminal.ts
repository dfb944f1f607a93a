export const terminal = {
  title: "Terminal",
  pageTitle: "Terminal · Quintant",
  opening: "opening …",
  open: "open",
  closed: "closed",
  ended: "The connection to the shell has ended.",
  shut: "The terminal is shut",
  again: "Open another one",
  quick: "type for me",
  clear: "Clear",
  commands: ["quintant list", "quintant labs", "quintant run federated", "quintant settings"],
  says: "A shell of the server’s machine, with the rights of the user who runs the server. Ctrl+` leads out of it to the links above.",
};
