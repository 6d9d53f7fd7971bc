/**
 * The least that a chat page can be, the same for everything that TinyWeb is compared with: a field,
 * a button, a list that grows. No framework, no drawing beyond one new item, so that nothing but the
 * library under it is measured. `data-peers` on the body says how many are connected.
 */

/** Shows the texts of both sides; `send` is called with what the button was pressed for. */
export function openChat(send: (text: string) => void): (text: string) => void {
  const field = document.querySelector("textarea");
  const button = document.querySelector("button");
  const log = document.querySelector('[role="log"]');
  if (field === null || button === null || log === null) throw new Error("no chat on this page");
  button.addEventListener("click", () => {
    const text = field.value;
    field.value = "";
    send(text);
  });
  return (text) => {
    const item = document.createElement("li");
    item.textContent = text;
    log.append(item);
  };
}

export function showPeers(count: number): void {
  document.body.dataset["peers"] = String(count);
}
