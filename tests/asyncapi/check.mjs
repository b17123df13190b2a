// What AsyncAPI's own parser makes of a document, as one line of JSON: how many channels, operations and messages it has, whether the
// payload of every message was found, and what is wrong with it.
import parser from "@asyncapi/parser";

const WRONG = 0; // The severity of an error; warnings and advice are higher.

const { Parser, fromFile } = parser;
const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
const messages = document?.messages().all() ?? [];
console.log(
  JSON.stringify({
    channels: document?.channels().all().length ?? 0,
    operations: document?.operations().all().length ?? 0,
    messages: [...new Set(messages.map((message) => message.name()))].sort(),
    withoutPayload: messages.filter((message) => !message.hasPayload()).map((message) => message.name()),
    errors: diagnostics
      .filter(({ severity }) => severity === WRONG)
      .map(({ path, message }) => `${path.join(".")}: ${message}`),
  }),
);
