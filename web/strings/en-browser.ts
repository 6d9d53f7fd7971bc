/** What the app says of the browser around it: versions, keeping, installing, scanning. */

export const browser = {
  update: {
    ready: "A new version of TinyWeb is ready.",
    how: "Its open pages start again together. What you typed stays.",
    now: "Update now",
    later: "Later",
  },
  device: {
    title: "This device",
    offline: "Opens without internet",
    yes: "yes",
    notYet: "not yet",
  },
};
