#!/usr/bin/env node
/**
 * Stands in for the Firefox binary, so that Playwright can drive a stock Firefox. Starts Firefox
 * with the parameters it got and passes WebDriver BiDi messages on, unchanged but for one command
 * that Firefox 153 does not have and without which Playwright opens no context: that one is answered
 * here. Playwright's colour scheme and reduced motion therefore do nothing in Firefox. To be removed
 * when Firefox knows emulation.setMediaFeaturesOverride (docs/adr/0017-firefox.md).
 */
import { spawn } from "node:child_process";
import { WebSocket, WebSocketServer } from "ws";

const UNKNOWN_TO_FIREFOX = "emulation.setMediaFeaturesOverride";
const READY = /WebDriver BiDi listening on (ws:\/\/\S+)/;

const firefox = spawn(process.env.FIREFOX_BINARY, process.argv.slice(2), {
  stdio: ["inherit", "inherit", "pipe"],
});
firefox.on("exit", (code) => process.exit(code ?? 1));
firefox.on("error", ({ message }) => {
  console.error(`Firefox does not start: ${message}`);
  process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => firefox.kill(signal));

let said = "";
let isListening = false;
firefox.stderr.on("data", (bytes) => {
  process.stderr.write(isListening ? bytes : "");
  if (isListening) return;
  said += String(bytes);
  const [, address] = READY.exec(said) ?? [];
  if (address === undefined) return;
  isListening = true;
  listen(address);
});

/** Says Firefox's own sentence with the address of this bridge, which Playwright waits for. */
function listen(address) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
    console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`);
  });
  server.on("connection", (near, { url }) => connect(near, new WebSocket(`${address}${url}`)));
}

function connect(near, far) {
  const early = [];
  far.on("open", () => {
    for (const text of early.splice(0)) far.send(text);
  });
  near.on("message", (bytes) => {
    const text = String(bytes);
    const { id, method } = JSON.parse(text);
    if (method === UNKNOWN_TO_FIREFOX) {
      near.send(JSON.stringify({ type: "success", id, result: {} }));
    } else if (far.readyState === WebSocket.OPEN) far.send(text);
    else early.push(text);
  });
  far.on("message", (bytes) => near.send(String(bytes)));
  far.on("close", () => near.close());
  far.on("error", () => near.close());
  near.on("close", () => far.close());
}
