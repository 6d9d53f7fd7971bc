/** Places for web/dev: nobody's, others', my own sharing in all its states, a child's, long names. */

import type {
  NodeSnapshot,
  PlaceRow,
  PlacesView,
  SharingView,
  Someone,
} from "../../workers/api.ts";
import { MEMBER, NO_PLACES } from "./fixtures.ts";
import type { State } from "./states.ts";

const NOW = Date.now();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MUM: Someone = { id: "04aa", name: "Mum", isMe: true };
const DAD: Someone = { id: "03bb", name: "Dad", isMe: false };
const MIA: Someone = { id: "02cc", name: "Mia", isMe: false };
const GRAN: Someone = { id: "01dd", name: "Grandma", isMe: false };
const PLACES = { screen: "places" } as const;
const LONG: Someone = {
  ...MIA,
  name: "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst",
};

const ROW: PlaceRow = {
  device: "d4",
  by: MIA,
  place: { latitude: 51.507_351, longitude: -0.127_758, accuracy: 18 },
  at: NOW - 2 * MINUTE_MS,
  until: NOW + 40 * MINUTE_MS,
  isOver: false,
  goneAt: NOW + 40 * MINUTE_MS + DAY_MS,
};
const ROWS: readonly PlaceRow[] = [
  ROW,
  {
    ...ROW,
    device: "d2",
    by: DAD,
    place: { latitude: 51.6, longitude: 0.2, accuracy: 1_400 },
    at: NOW - 3 * HOUR_MS,
    until: null,
  },
  {
    ...ROW,
    device: "d7",
    by: GRAN,
    at: NOW - 9 * HOUR_MS,
    until: NOW - 8 * HOUR_MS,
    isOver: true,
    goneAt: NOW + 16 * HOUR_MS,
  },
];
const MINE: SharingView = {
  with: { id: "fa".repeat(16), type: "family", name: null, readers: [DAD, GRAN, MIA] },
  until: NOW + 50 * MINUTE_MS,
  isOver: false,
  goneAt: NOW + 50 * MINUTE_MS + DAY_MS,
  saidAt: NOW - MINUTE_MS,
  reached: [DAD, GRAN],
};

const withPlaces = (part: Partial<PlacesView>): NodeSnapshot => ({
  ...MEMBER,
  places: { ...NO_PLACES, ...part },
});
const CHILD: NodeSnapshot = {
  ...MEMBER,
  me: { member: "02cc", device: "d4", name: "Mia", role: "child" },
};
const PARENTS: readonly Someone[] = [{ ...MUM, isMe: false }, DAD];

export const PLACE_STATES: Readonly<Record<string, State>> = {
  "places-empty": { snapshot: withPlaces({}), view: PLACES },
  places: { snapshot: withPlaces({ rows: ROWS }), view: PLACES },
  "places-sharing": { snapshot: withPlaces({ rows: [ROW], mine: MINE }), view: PLACES },
  "places-sharing-chats": {
    snapshot: withPlaces({ mine: { ...MINE, until: null, goneAt: null } }),
    view: { screen: "chats", conversation: null },
  },
  "places-sharing-nobody": {
    snapshot: withPlaces({
      mine: {
        ...MINE,
        with: { id: "02cc", type: "member", name: "Mia", readers: [MIA] },
        until: null,
        goneAt: null,
        reached: [],
      },
    }),
    view: PLACES,
  },
  "places-waiting": {
    snapshot: withPlaces({ mine: { ...MINE, saidAt: null } }),
    view: PLACES,
  },
  "places-trouble": {
    snapshot: withPlaces({ mine: { ...MINE, saidAt: null } }),
    view: PLACES,
    placeTrouble: "refused",
  },
  "places-trouble-family": {
    snapshot: withPlaces({ mine: MINE }),
    view: { screen: "family" },
    placeTrouble: "lost",
  },
  "places-over": {
    snapshot: withPlaces({
      mine: { ...MINE, until: NOW - HOUR_MS, isOver: true, goneAt: NOW + 23 * HOUR_MS },
    }),
    view: PLACES,
  },
  "places-child": {
    snapshot: {
      ...CHILD,
      places: {
        ...NO_PLACES,
        onlyFor: PARENTS,
        targets: [
          {
            id: "fa".repeat(16),
            type: "family",
            name: null,
            readers: PARENTS,
            leftOut: [GRAN],
          },
          { id: "04aa", type: "member", name: "Mum", readers: PARENTS.slice(0, 1), leftOut: [] },
        ],
      },
    },
    view: PLACES,
  },
  "places-alone": { snapshot: withPlaces({ targets: [] }), view: PLACES },
  "places-long": {
    snapshot: withPlaces({
      rows: [
        { ...ROW, by: LONG },
        { ...ROW, device: "d9", by: { ...MUM, isMe: true } },
      ],
      mine: {
        ...MINE,
        with: {
          id: "aa".repeat(16),
          type: "group",
          name: "Grandchildren and everybody who comes along on Sundays",
          readers: [LONG, DAD, GRAN],
        },
        reached: [LONG, DAD, GRAN],
      },
    }),
    view: PLACES,
  },
  "places-fails": { snapshot: withPlaces({}), view: PLACES, failure: "storage-full" },
};
