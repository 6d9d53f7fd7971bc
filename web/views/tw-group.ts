/**
 * One group: who is in it, its name, going; or a new one. What a person may do with it the node says;
 * after a press the screen says whether it has happened or waits to be written down. SPEC UI115, UI116.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type {
  ChangeOutcome,
  ChangeRequest,
  GroupView,
  MemberView,
  NodeSnapshot,
} from "../../workers/api.ts";
import { askFirst } from "../elements/ask-first.ts";
import { icon } from "../elements/icons.ts";
import { avatar, backButton, problem, readField, textField } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-group")
export class TwGroup extends ViewElement {
  /** Null for a new one. */
  @property({ attribute: false }) group: string | null = null;
  @state() private outcome: ChangeOutcome | null = null;
  /** Whom the last press was to put in, whatever is written down. */
  @state() private added: Pick<MemberView, "id" | "name"> | null = null;
  @state() private isNobody = false;
  @state() private hasContact = false;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("group")) return;
    this.outcome = null;
    this.added = null;
    this.failure = null;
    this.isNobody = false;
  }

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return nothing;
    const group = snapshot.groups.find(({ id }) => id === this.group);
    if (this.group === null) return this.#renderNew(snapshot);
    return group === undefined ? nothing : this.#renderGroup(snapshot, group);
  }

  #renderHead(title: string): TemplateResult {
    return html`<header class="pane-head">
      ${backButton(() => this.app.back({ screen: "family" }))}
      <h1 tabindex="-1" dir="auto">${title}</h1>
    </header>`;
  }

  #renderNew(snapshot: NodeSnapshot): TemplateResult {
    const words = t.groups;
    const people = snapshot.members.filter(({ id }) => snapshot.canGather?.includes(id) === true);
    return html`<main class="page">
      ${this.#renderHead(words.make)}
      <form
        class="stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#create(event)}
        @change=${(event: Event) => this.#look(event.currentTarget as HTMLFormElement, people)}
      >
        <p class="lead">${words.makeLead}</p>
        ${textField({
          name: "name",
          label: words.name,
          hint: words.nameHint,
          isInvalid: this.failure === "bad-name",
        })}
        <fieldset class="choices">
          <legend>${words.who}</legend>
          ${people.map(
            ({ id, name, role }) =>
              html`<label class="choice person-choice">
                <input type="checkbox" name="people" value=${id} />
                ${avatar(name, id)}
                <span class="row-main">
                  <span class="row-name" dir="auto">${name}</span>
                  <span class="soft">${t.roles[role]}</span>
                </span>
              </label>`,
          )}
        </fieldset>
        ${
          this.hasContact
            ? html`<p class="note">${icon("notice")}<span>${words.friends}</span></p>`
            : nothing
        }
        ${
          this.isNobody
            ? html`<p class="problem" role="alert">${words.nobodyChosen}</p>`
            : problem(this.failure)
        }
        <button class="button" ?disabled=${this.isBusy}>${words.create}</button>
      </form>
    </main>`;
  }

  /** What those who are chosen mean for the group. */
  #look(form: HTMLFormElement, people: readonly MemberView[]): void {
    const chosen = chosenIn(form);
    this.isNobody = false;
    this.hasContact = people.some(({ id, role }) => role === "contact" && chosen.includes(id));
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const members = chosenIn(form);
    this.isNobody = members.length === 0;
    if (this.isBusy || this.isNobody) return;
    const name = readField(form, "name");
    await this.#change({ type: "create-group", name, members });
    if (this.failure === null && this.outcome !== null) this.app.back({ screen: "family" });
  }

  #renderGroup(snapshot: NodeSnapshot, group: GroupView): TemplateResult {
    const { members } = snapshot;
    const there = members.filter(({ id }) => group.members.includes(id));
    const others = members.filter(({ id }) => group.canAdd.includes(id));
    return html`<main class="page">
      ${this.#renderHead(group.name)}
      <div class="stack">
        ${
          this.outcome === null
            ? nothing
            : html`<p class="note" role="status">
                ${icon(this.outcome === "done" ? "check" : "clock")}<span
                  >${this.#told(group, this.outcome)}</span
                >
              </p>`
        }
        ${problem(this.failure)} ${this.#renderMembers(group, there)}
        ${others.length === 0 ? nothing : this.#renderAdd(group, others)}
        ${group.canRename ? this.#renderName(group) : nothing}
        ${group.isMember || group.canArchive ? this.#renderLeaving(snapshot, group) : nothing}
      </div>
    </main>`;
  }

  /** Who is put in is in it, also while it waits to be written down. */
  #told({ members }: GroupView, outcome: ChangeOutcome): string {
    const { added } = this;
    const isIn = added !== null && members.includes(added.id);
    return outcome === "waits" && isIn ? t.groups.added(added.name) : t.person[outcome];
  }

  #renderMembers(group: GroupView, there: readonly MemberView[]): TemplateResult {
    const words = t.groups;
    return html`<section class="card stack-tight" aria-labelledby="group-members">
      <h2 class="card-title" id="group-members">${words.members}</h2>
      <ul class="readers">
        ${repeat(
          there,
          ({ id }) => id,
          ({ id, name, role, isMe }) =>
            html`<li>
              ${avatar(name, id)}
              <div class="row-main">
                <span class="row-name" dir="auto">${name}</span>
                <span class="soft">${t.roles[role]}${isMe ? ` (${words.you})` : nothing}</span>
                ${
                  group.coming.includes(id)
                    ? html`<span class="soft">${words.coming}</span>`
                    : nothing
                }
                ${
                  group.canRemove && !isMe
                    ? html`<button
                        class="link"
                        ?disabled=${this.isBusy}
                        @click=${() => void this.#takeOut(group, id, name)}
                      >
                        ${words.takeOut(name)}
                      </button>`
                    : nothing
                }
              </div>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  #renderAdd(group: GroupView, others: readonly MemberView[]): TemplateResult {
    const words = t.groups;
    return html`<section class="card stack-tight" aria-labelledby="group-add">
      <h2 class="card-title" id="group-add">${words.add}</h2>
      <p class="soft">${words.addText}</p>
      <ul class="readers">
        ${repeat(
          others,
          ({ id }) => id,
          ({ id, name }) =>
            html`<li>
              ${avatar(name, id)}
              <button
                class="link"
                dir="auto"
                ?disabled=${this.isBusy}
                @click=${() => void this.#add(group, id, name)}
              >
                ${words.addOne(name)}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  #renderName({ id, name }: GroupView): TemplateResult {
    const words = t.groups;
    return html`<form
      class="card stack-tight"
      novalidate
      aria-labelledby="group-name"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const typed = readField(event.currentTarget as HTMLFormElement, "name");
        void this.#change({ type: "rename-group", group: id, name: typed });
      }}
    >
      <h2 class="card-title" id="group-name">${words.rename}</h2>
      ${textField({ name: "name", label: words.name, value: name, isInvalid: this.failure === "bad-name" })}
      <button class="button quiet" ?disabled=${this.isBusy}>${words.save}</button>
    </form>`;
  }

  #renderLeaving({ me }: NodeSnapshot, group: GroupView): TemplateResult {
    const words = t.groups;
    const leaving: ChangeRequest = {
      type: "remove-from-group",
      group: group.id,
      member: me?.member ?? "",
    };
    return html`<section class="card stack-tight" aria-labelledby="group-leaving">
      <h2 class="card-title" id="group-leaving">${words.leaving}</h2>
      ${
        group.isMember
          ? html`<button
              class="link"
              ?disabled=${this.isBusy}
              @click=${() => void this.#ask(leaving, words.leaveAsk)}
            >
              ${words.leave}
            </button>`
          : nothing
      }
      ${
        group.canArchive
          ? html`<button
              class="link"
              ?disabled=${this.isBusy}
              @click=${() =>
                void this.#ask({ type: "archive-group", group: group.id }, words.archiveAsk)}
            >
              ${words.archive}
            </button>`
          : nothing
      }
    </section>`;
  }

  async #add({ id }: GroupView, member: string, name: string): Promise<void> {
    await this.#change({ type: "add-to-group", group: id, member });
    this.added = { id: member, name };
  }

  async #takeOut({ id }: GroupView, member: string, name: string): Promise<void> {
    const { title, text, yes, no } = t.groups.takeOutAsk;
    const question = { title: title(name), text: text(name), yes, no };
    await this.#ask({ type: "remove-from-group", group: id, member }, question);
  }

  async #ask(request: ChangeRequest, question: Parameters<typeof askFirst>[1]): Promise<void> {
    if (await askFirst(this.ownerDocument, question)) await this.#change(request);
  }

  async #change(request: ChangeRequest): Promise<void> {
    this.outcome = null;
    this.added = null;
    const answer = await this.actGuarded((pin) => this.app.call("changeRules", request, pin));
    this.outcome = answer?.value ?? null;
  }
}

function chosenIn(form: HTMLFormElement): readonly string[] {
  return new FormData(form).getAll("people").filter((one) => typeof one === "string");
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-group": TwGroup;
  }
}
