/** Which call for help there is an alarm for. Knows no screen. SPEC UI142, UI143. */

import type { EmergencyView, NodeSnapshot } from "../../workers/api.ts";

/** The newest call that the person here has not answered. */
export function alarmOf(snapshot: NodeSnapshot | null): EmergencyView | null {
  if (snapshot?.phase !== "member" || snapshot.lock.isNeeded) return null;
  const open = snapshot.emergencies.filter(
    ({ by, mine, over, isFine }) => !by.isMe && mine === "none" && over === null && !isFine,
  );
  return open[0] ?? null;
}
