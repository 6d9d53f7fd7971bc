/**
 * Directs the demo: starts the four phones, forms the family by the real protocol (found, invite,
 * ask, compare, approve), lets it say a few words, and puts everything away at the end. Answers for
 * the people only what a person would press. Every wait ends with its run. SPEC DM2 to DM4, DM10.
 */

import type { NodeSnapshot, Result } from "../../workers/api.ts";
import {
  CAST,
  DEMO_FAMILY,
  FOUNDER,
  NEWCOMERS,
  OPENING_LINES,
  type Line,
  type Person,
  type PhoneId,
} from "./cast.ts";
import {
  deleteDatabases,
  deleteLeftovers,
  holdRun,
  nameDatabase,
  nameRun,
} from "./demo-databases.ts";
import { DemoMesh } from "./demo-mesh.ts";
import { DemoPhone, type Sending } from "./demo-phone.ts";
import { NEW_TOUR, noteRefused, noteSent, noteShown, type Tour } from "./tour.ts";

/** How far a phone is on its way into the family. */
export type Stage =
  | { readonly type: "opening" }
  | { readonly type: "founding" }
  | { readonly type: "admitting" }
  | { readonly type: "asking" }
  /** `code`: the six digits that both sides see. */
  | { readonly type: "comparing" | "entering"; readonly code: string }
  | { readonly type: "ready" };

/** Far beyond the slowest start that was seen; after it the demo says that it did not work. */
const FORMING_MS_MAX = 60_000;

export class DemoFamily extends EventTarget {
  readonly phones: readonly DemoPhone[];
  readonly #run = nameRun(crypto.getRandomValues(new Uint8Array(4)));
  readonly #end = new AbortController();
  readonly #stages = new Map<PhoneId, Stage>();
  #release = (): void => undefined;
  isReady = false;
  tour: Tour = NEW_TOUR;

  constructor() {
    super();
    const mesh = new DemoMesh();
    this.phones = CAST.map(
      (person) =>
        new DemoPhone({
          person,
          database: nameDatabase(this.#run, person.phone),
          mesh,
          onSending: (sending) => this.#note(sending),
        }),
    );
    for (const phone of this.phones) {
      phone.app.addEventListener("change", () => this.#watch(phone));
    }
  }

  stageOf(phone: PhoneId): Stage {
    return this.#stages.get(phone) ?? { type: "opening" };
  }

  /** Resolves when everybody is in and has spoken. Rejects if the browser does not let it. */
  async start(): Promise<void> {
    const { signal } = this.#end;
    this.#release = await holdRun(this.#run);
    if (signal.aborted) this.#release();
    await deleteLeftovers();
    signal.throwIfAborted();
    await Promise.all(this.phones.map(async ({ app }) => app.startNode()));
    await this.#found();
    await Promise.all(NEWCOMERS.map(async (person) => this.#admit(person)));
    await Promise.all(this.phones.map(async (phone) => until(phone, signal, isComplete)));
    for (const line of OPENING_LINES) await this.#say(line);
    for (const phone of this.phones) this.#openConversation(phone);
    this.isReady = true;
    for (const { person } of this.phones) this.#setStage(person, { type: "ready" });
  }

  /** Ends the workers and deletes what they kept. */
  async stop(): Promise<void> {
    this.#end.abort(new Error("the demo ended"));
    for (const phone of this.phones) phone.stop();
    try {
      await deleteDatabases(this.phones.map(({ database }) => database));
    } finally {
      this.#release();
    }
  }

  async #found(): Promise<void> {
    const { app } = this.#phone(FOUNDER.phone);
    this.#setStage(FOUNDER, { type: "founding" });
    await value(app.call("startFamily", { familyName: DEMO_FAMILY, myName: FOUNDER.name }));
    const words = await value(app.call("recoveryWords"));
    const typed = [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" }));
    await value(app.call("confirmWords", typed));
    this.#setStage(FOUNDER, { type: "admitting" });
  }

  async #admit(person: Person): Promise<void> {
    const mum = this.#phone(FOUNDER.phone);
    const phone = this.#phone(person.phone);
    const { signal } = this.#end;
    this.#setStage(person, { type: "asking" });
    const { invite } = await value(
      mum.app.call("createInvite", { role: person.role, lifetime: "qr" }),
    );
    const inviteOf = ({ invites }: NodeSnapshot) => invites.find(({ id }) => id === invite);
    const made = await until(mum, signal, (snapshot) => inviteOf(snapshot) !== undefined);
    await value(
      phone.app.call("askToJoin", { link: inviteOf(made)?.link ?? "", name: person.name }),
    );
    const asked = await until(phone, signal, ({ joining }) => (joining?.code ?? null) !== null);
    const heard = await until(
      mum,
      signal,
      (snapshot) => (inviteOf(snapshot)?.code ?? null) !== null,
    );
    const code = asked.joining?.code ?? "";
    this.#setStage(person, { type: "comparing", code });
    const isSame = code === inviteOf(heard)?.code;
    await value(mum.app.call("compareCode", invite, isSame));
    await value(mum.app.call("approveJoin", invite));
    this.#setStage(person, { type: "entering", code });
    await until(phone, signal, ({ phase }) => phase === "member");
    await until(mum, signal, (snapshot) => inviteOf(snapshot)?.step === "done");
    await value(mum.app.call("dismissInvite", invite));
  }

  async #say({ from, to, text }: Line): Promise<void> {
    const [sender, reader] = [this.#phone(from), this.#phone(to)];
    await value(sender.app.call("sendMessage", conversationWith(sender, reader), text));
    await until(reader, this.#end.signal, ({ conversations }) =>
      conversations.some(({ name, last }) => name === sender.person.name && last?.text === text),
    );
  }

  #openConversation(phone: DemoPhone): void {
    const other = this.#phone(phone.person.opens);
    phone.app.replace({ screen: "chats", conversation: null });
    phone.app.open({ screen: "chats", conversation: conversationWith(phone, other) });
  }

  #phone(id: PhoneId): DemoPhone {
    const phone = this.phones.find(({ person }) => person.phone === id);
    if (phone === undefined) throw new Error(`no phone ${id}`);
    return phone;
  }

  #setStage({ phone }: Person, stage: Stage): void {
    this.#stages.set(phone, stage);
    this.dispatchEvent(new Event("change"));
  }

  /** The visitor sent something on a phone. */
  #note({ phone, conversation, text, answer }: Sending): void {
    if (!this.isReady) return;
    if (!answer.ok) {
      if (answer.code === "not-allowed") this.#advance(noteRefused(this.tour));
      return;
    }
    const name = phone.app.snapshot?.conversations.find(({ id }) => id === conversation)?.name;
    const reader = this.phones.find(({ person }) => person.name === name);
    if (reader === undefined) return;
    const line = { from: phone.person.phone, to: reader.person.phone, text };
    this.#advance(
      noteSent(this.tour, { ...line, wasCut: phone.isCut, wasAsleep: reader.isAsleep }),
    );
    // It may be there already: the answer came by another way.
    this.#watch(reader);
  }

  #watch(phone: DemoPhone): void {
    if (!this.isReady) return;
    let { tour } = this;
    for (const { name, last } of phone.app.snapshot?.conversations ?? []) {
      const sender = this.phones.find(({ person }) => person.name === name);
      if (sender === undefined || last === null || last.isMine) continue;
      tour = noteShown(tour, phone.person.phone, sender.person.phone, last.text);
    }
    this.#advance(tour);
  }

  #advance(tour: Tour): void {
    if (tour === this.tour) return;
    this.tour = tour;
    this.dispatchEvent(new Event("change"));
  }
}

function isComplete({ connection, conversations }: NodeSnapshot): boolean {
  const others = CAST.length - 1;
  const known = conversations.filter(({ kind }) => kind === "member");
  return connection.linked === others && known.length === others;
}

function conversationWith(phone: DemoPhone, other: DemoPhone): string {
  const { name } = other.person;
  const found = phone.app.snapshot?.conversations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${phone.person.name} does not know ${name}`);
  return found.id;
}

/** The first snapshot that holds. Rejects when the demo ends, the phone stops, or it takes too long. */
async function until(
  { app }: DemoPhone,
  signal: AbortSignal,
  holds: (snapshot: NodeSnapshot) => boolean,
): Promise<NodeSnapshot> {
  const { promise, resolve, reject } = Promise.withResolvers<NodeSnapshot>();
  const look = (): void => {
    if (signal.aborted) reject(signal.reason as Error);
    else if (app.stop !== null) reject(new Error(app.stop.detail));
    else if (app.snapshot !== null && holds(app.snapshot)) resolve(app.snapshot);
  };
  const timer = setTimeout(() => reject(new Error("too slow")), FORMING_MS_MAX);
  app.addEventListener("change", look);
  signal.addEventListener("abort", look);
  look();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    app.removeEventListener("change", look);
    signal.removeEventListener("abort", look);
  }
}

async function value<T>(call: Promise<Result<T>>): Promise<T> {
  const answer = await call;
  if (!answer.ok) throw new Error(`${answer.code} ${answer.detail}`);
  return answer.value;
}
