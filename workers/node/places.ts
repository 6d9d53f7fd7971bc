/**
 * Where the others say that they are, as this device shows it: of each device the last place that was
 * for me, kept over restarts, until a day after its time or a week without a word, and gone at once when it
 * says no more, when a rule takes it, or when one for others came. With whom my own can be shared. What
 * a device's newest is the core says; my own sharing is own-place.ts's. SPEC PN5 to PN10. Source: DESIGN §9.
 */
import type { PlaceRow, PlacesView, PlaceTarget, PlaceView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex, type MemberId } from "../core/codec/ids.ts";
import { membersIn, wordsFault } from "../core/gossip/audience.ts";
import type { Audience } from "../core/gossip/header.ts";
import type { PlaceNews } from "../core/gossip/ready.ts";
import { controlOf, guardiansOf, settingsAt } from "../core/ledger/relations.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { Write } from "../storage/store.ts";
import { familyNow, holdOf, myMember, stateOf, type Family } from "./family.ts";
import { PLACE_AFTER_MS, PLACE_SILENT_MS } from "./limits.ts";
import type { Opener } from "./opening.ts";
import { createOwnPlace, readersOf, targetName, type SharedPlace } from "./own-place.ts";
import { forgetLast, lastWrite, readPlaces, type LastPlace } from "./place-records.ts";
import { viewOf } from "./place-units.ts";
import { someoneOf } from "./rule-changes.ts";
import { momentNow } from "./joined.ts";
import { findTalk, talksOf } from "./talks.ts";

export interface Places {
  /** What gossip says of other devices' places. */
  readonly heard: (news: readonly PlaceNews[]) => Promise<void>;
  /** `unknown-conversation`, `not-allowed`: nobody there may see it. */
  readonly share: (
    conversation: Hex,
    minutes: number | null,
    place: PlaceView,
  ) => Promise<SharedPlace>;
  readonly stop: () => Promise<SharedPlace>;
  readonly note: (place: PlaceView) => Promise<void>;
  /** The rules moved: what they take goes at once. */
  readonly advanced: () => Promise<void>;
  readonly tick: () => Promise<void>;
  /** Null for contacts, and where nobody is anybody yet. */
  readonly view: () => PlacesView | null;
}

type Said = NonNullable<LastPlace["said"]>;

export async function openPlaces(
  family: Family,
  opener: Opener,
  onChanged: () => void,
): Promise<Places> {
  const rows = new Map<Hex, LastPlace>();
  const stored = await readPlaces(family);
  const own = createOwnPlace(family, stored.own, onChanged);
  for (const one of stored.others) rows.set(toHex(one.author), one);
  for (const { author, clock, id } of stored.others) {
    await family.gossip?.recall({ author, clock, id });
  }
  if (stored.own !== null) {
    const { clock, id } = stored.own;
    await family.gossip?.recall({ author: family.identity.device, clock, id });
  }

  return {
    heard,
    share: async (conversation, minutes, place) => {
      const talk = findTalk(stateOf(family), conversation);
      if (talk === null) return { ok: false, code: "unknown-conversation" };
      return own.share(talk.audience, minutes, place);
    },
    stop: own.stop,
    note: own.note,
    advanced: async () => letGo(isForbidden),
    tick: async () => {
      await own.tick();
      await letGo(isTimeOver);
    },
    view,
  };

  async function heard(news: readonly PlaceNews[]): Promise<void> {
    for (const one of news) await hear(one);
  }

  async function hear({ author, clock, id, entry }: PlaceNews): Promise<void> {
    if (isSameBytes(author, family.identity.device)) return;
    // A device that is not to be trusted says nothing new; what it said before stays.
    if (holdOf(family, author) !== null) return;
    const before = rows.get(toHex(author));
    // The same one, judged by later rules: for me it may be as it was.
    const isSame = before !== undefined && isSameBytes(before.id, id);
    if (entry === null && isSame && !isForbidden(before)) return;
    const audience: Audience = entry?.header.audience ?? { type: "family" };
    const none: LastPlace = { author, clock, id, audience, said: null };
    const isForMe =
      entry?.header.recipients.some(({ device }) => isSameBytes(device, family.identity.device)) ===
      true;
    if (entry === null || !isForMe) {
      // Nothing of it was here: nothing has to be remembered.
      return before === undefined ? undefined : put(none);
    }
    const reading = await opener.readNow(id, entry.header, entry.entry.body);
    const payload = reading.ok && reading.payload.type === "place" ? reading.payload : null;
    const said: Said | null =
      payload === null || payload.place === null
        ? null
        : { place: payload.place, until: payload.until };
    await put({ ...none, said });
  }

  /** What ends one is on the disk before anything else happens; a place that is lost comes again. */
  async function put(next: LastPlace): Promise<void> {
    rows.set(toHex(next.author), next);
    onChanged();
    await commit([await lastWrite(family, next)], next.said === null);
  }

  /** Lets go of what this holds for. */
  async function letGo(isToGo: (one: LastPlace) => boolean): Promise<void> {
    const writes: Write[] = [];
    for (const [name, one] of rows) {
      if (!isToGo(one)) continue;
      if (familyNow(family) >= one.clock.ms + PLACE_AFTER_MS) {
        rows.delete(name);
        writes.push(forgetLast(one.author));
        continue;
      }
      if (one.said === null) continue;
      // What was let go is not taken from somebody else again.
      const none = { ...one, said: null };
      rows.set(name, none);
      writes.push(await lastWrite(family, none));
    }
    if (writes.length === 0) return;
    onChanged();
    await commit(writes, true);
  }

  async function commit(writes: readonly Write[], isStrict: boolean): Promise<void> {
    const { env, fence } = family;
    await env.store.commit(writes, { durability: isStrict ? "strict" : "relaxed", fence });
  }

  function isTimeOver(one: LastPlace): boolean {
    return one.said === null
      ? familyNow(family) >= one.clock.ms + PLACE_AFTER_MS
      : familyNow(family) >= goneAt(one, one.said);
  }

  /** By the rules as they are now, for somebody who said it when it did. */
  function isForbidden({ author, audience, clock, said }: LastPlace): boolean {
    if (said === null) return false;
    const me = myMember(family);
    const state = stateOf(family);
    const device = findDevice(state, author);
    if (me === null || device === null || device.revoked !== null) return true;
    const moment = { ...momentNow(family), time: clock.ms };
    return wordsFault(moment, device.member, { kind: "place", audience }, [me.id]) !== null;
  }

  function view(): PlacesView | null {
    const me = myMember(family);
    if (me === null || me.role === "contact") return null;
    const moment = momentNow(family);
    const isGuardiansOnly = controlOf(moment, me.id)?.location === "guardians-only";
    const guardians = isGuardiansOnly ? guardiansOf(moment, me.id) : null;
    return {
      rows: [...rows.values()]
        .flatMap((one) => rowOf(one))
        .toSorted((a, b) => b.at - a.at || (a.device < b.device ? -1 : 1)),
      mine: own.view(),
      targets: targets(me.id),
      onlyFor: guardians?.map((one) => someoneOf(family, one)) ?? null,
      intervalSeconds: settingsAt(moment).locationSeconds,
    };
  }

  function rowOf(one: LastPlace): readonly PlaceRow[] {
    const { author, clock, said } = one;
    const member = findDevice(stateOf(family), author)?.member;
    // Whatever is not let go of yet: what a rule forbids is not shown.
    if (said === null || member === undefined || isTimeOver(one) || isForbidden(one)) return [];
    const { until } = said;
    return [
      {
        device: toHex(author),
        by: someoneOf(family, member),
        place: viewOf(said.place),
        at: clock.ms,
        until,
        isOver: until !== null && familyNow(family) >= until,
        goneAt: goneAt(one, said),
      },
    ];
  }

  /** Whoever could see it, and whom a rule leaves out of the same conversation. */
  function targets(me: MemberId): readonly PlaceTarget[] {
    const moment = momentNow(family);
    return talksOf(family, () => false).flatMap(({ id, audience }): readonly PlaceTarget[] => {
      const readers = readersOf(family, me, audience);
      if (readers.length === 0) return [];
      const leftOut = membersIn(moment, audience, me).filter(
        (one) => !isSameBytes(one, me) && !readers.some((reader) => isSameBytes(reader, one)),
      );
      return [
        {
          id,
          type: audience.type,
          name: targetName(family, audience),
          readers: readers.map((one) => someoneOf(family, one)),
          leftOut: leftOut.map((one) => someoneOf(family, one)),
        },
      ];
    });
  }
}

/** A day after what it was said for; a week after its last word where nobody ends it. */
function goneAt({ clock }: LastPlace, { until }: Said): number {
  const silent = clock.ms + PLACE_SILENT_MS;
  return until === null ? silent : Math.min(silent, until + PLACE_AFTER_MS);
}
