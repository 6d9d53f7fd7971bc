/**
 * What a new height forgets of the rules, by time and nothing else: what was over so long ago that no
 * message that is still kept can be judged by it. Where a verdict could read it, a mark stays: what cites
 * an older height is judged no more. SPEC RB2, RB3. Source: DESIGN §4.11; ADR 26, 27.
 */
import { EMERGENCY_OPEN_MS } from "./limits.ts";
import type { Grant, RuleBook } from "./rule-book.ts";
import type { LedgerState, Member } from "./state.ts";

const DAY_MS = 86_400_000;
/**
 * Days by which a rule outlives the retention of the messages that may cite it: a week, RULES_LAG_MS, for
 * a device that did not hear of its end, two for headers, one for days that have begun.
 */
const RETENTION_SLACK_DAYS = 10;

interface Ended {
  readonly height: number;
  readonly time: number;
}

interface Endable {
  readonly ended: Ended | null;
}

/** Members and rules without what ended before the oldest message that is kept. */
export function forgetPast(state: LedgerState, time: number): LedgerState {
  const oldest = time - (state.retentionDays + RETENTION_SLACK_DAYS) * DAY_MS;
  const gone: Ended[] = [];
  const members = state.members.map((one): Member => {
    // The last that is over stays: it says since when its member has the role after it.
    const count = one.formerRoles.filter(({ time: at }) => at < oldest).length - 1;
    if (count < 1) return one;
    gone.push(...one.formerRoles.slice(0, count).map((role) => ({ height: role.until, ...role })));
    return { ...one, formerRoles: one.formerRoles.slice(count) };
  });
  const rules = forgetRules(state.rules, oldest);
  return { ...state, members, rules: { ...rules, forgotten: markOf(rules.forgotten, gone) } };
}

/** The rules without what was over before `oldest`, in milliseconds since the epoch. */
export function forgetRules(book: RuleBook, oldest: number): RuleBook {
  const isOver = (one: Ended): boolean => one.time < oldest;
  const isKept = ({ ended }: Endable): boolean => ended === null || !isOver(ended);
  // Neither a place nor a filter says who may say something to whom.
  const gone = [
    ...[book.grants, book.controls, book.groups, book.settings].flat(),
    ...book.groups.flatMap((one) => one.members),
  ].flatMap(({ ended }) => ended ?? []);
  return {
    ...book,
    // A grant that ran out, an answer and an alert say nothing of any later time: they need no mark.
    grants: book.grants.filter((one) => isKept(one) && endOf(one) >= oldest),
    controls: book.controls.filter(isKept),
    groups: book.groups
      .filter(isKept)
      .map((one) => ({ ...one, members: one.members.filter(isKept) })),
    filters: book.filters.filter(isKept),
    places: book.places.filter(isKept),
    settings: book.settings.filter(isKept),
    decisions: book.decisions.filter((one) => one.until >= oldest && isKept(one)),
    emergencies: book.emergencies.filter((one) => one.time + EMERGENCY_OPEN_MS >= oldest),
    violations: book.violations.filter((one) => one.day * DAY_MS >= oldest),
    narrowings: book.narrowings.filter((one) => !isOver(one)),
    forgotten: markOf(book.forgotten, [...gone, ...book.narrowings].filter(isOver)),
  };
}

/** When a grant or denial runs out by itself. */
function endOf({ expiresAt, condition }: Grant): number {
  const until = condition.type === "until" ? condition.time : Infinity;
  return Math.min(expiresAt ?? Infinity, until);
}

/** The mark of what is forgotten, after these are forgotten too. */
function markOf(before: RuleBook["forgotten"], gone: readonly Ended[]): RuleBook["forgotten"] {
  return gone.reduce<RuleBook["forgotten"]>(
    (last, { height, time }) => (last !== null && last.height >= height ? last : { height, time }),
    before,
  );
}
