import { expect, test } from "vitest";
import { AlarmNotice, type NoticeData } from "./alarm-notice.ts";

interface Shown {
  readonly title: string;
  readonly tag: string;
  readonly body: string | undefined;
  readonly data: NoticeData;
  close(): void;
}

/** What a browser shows, over all pages of it. */
function browserOf() {
  const shown: Shown[] = [];
  const registration = {
    getNotifications: async () => [...shown],
    showNotification: async (title: string, options: NotificationOptions) => {
      const { tag = "", body, data } = options;
      const close = (): void => void shown.splice(shown.indexOf(one), 1);
      const one: Shown = { title, tag, body, data: data as NoticeData, close };
      const same = shown.findIndex((other) => other.tag === tag);
      if (same >= 0) shown.splice(same, 1);
      shown.push(one);
    },
  } as unknown as ServiceWorkerRegistration;
  const asked: string[] = [];
  const pageOf = (page: string, permission: NotificationPermission = "granted"): AlarmNotice => {
    const notification = {
      permission,
      requestPermission: async () => {
        asked.push(page);
        notification.permission = "granted";
        return notification.permission;
      },
    };
    return new AlarmNotice({ notification, registration: async () => registration, page });
  };
  const titles = () => expect.poll(() => shown.map(({ title }) => title));
  return { shown, asked, pageOf, titles };
}

test("[UI148] one for each call, and none when there is no alarm", async () => {
  const { shown, pageOf, titles } = browserOf();
  const notice = pageOf("/");
  notice.show("a", "Mia needs help", "Open");
  notice.show("a", "Mia needs help", "Open");
  await titles().toEqual(["Mia needs help"]);
  expect(shown[0]).toMatchObject({ tag: "call a", body: "Open", data: { page: "/" } });
  // A newer one takes its place, whatever comes first.
  notice.show("b", "Dad needs help", "Open");
  await titles().toEqual(["Dad needs help"]);
  notice.close();
  notice.show("c", "Gran needs help", "Open");
  notice.close();
  await titles().toEqual([]);
  notice.show("c", "Gran needs help", "Open");
  await titles().toEqual(["Gran needs help"]);
});

test("[UI148] what an earlier page has left goes, that of another person of this browser stays", async () => {
  const { pageOf, titles } = browserOf();
  pageOf("/?profile=mum").show("a", "Mia needs help", "Open");
  const dad = pageOf("/");
  dad.show("b", "Gran needs help", "Open");
  await titles().toEqual(["Mia needs help", "Gran needs help"]);
  const again = pageOf("/");
  again.close();
  again.close(true);
  await titles().toEqual(["Mia needs help"]);
});

test("[UI148] [UI149] nothing is shown without leave, which only a press asks for", async () => {
  const { asked, pageOf, titles } = browserOf();
  const notice = pageOf("/", "default");
  notice.show("a", "Mia needs help", "Open");
  notice.close(true);
  expect([notice.leave, asked]).toEqual(["default", []]);
  let changes = 0;
  notice.addEventListener("change", () => {
    changes += 1;
  });
  await notice.ask();
  expect([notice.leave, asked, changes]).toEqual(["granted", ["/"], 1]);
  await titles().toEqual([]);
  notice.show("a", "Mia needs help", "Open");
  await titles().toEqual(["Mia needs help"]);
});

test("[UI148] a browser without notifications, without a service worker, or that fails, shows none and goes on", async () => {
  const none = new AlarmNotice({
    notification: null,
    registration: () => Promise.reject(new Error("not to be asked")),
    page: "/",
  });
  none.show("a", "Mia needs help", "Open");
  none.close(true);
  await none.ask();
  expect(none.leave).toBe("missing");
  let answers = 0;
  const frail = new AlarmNotice({
    notification: { permission: "granted", requestPermission: () => Promise.reject(new Error()) },
    registration: async () => {
      answers += 1;
      if (answers === 1) throw new Error("planned");
      return undefined;
    },
    page: "/",
  });
  frail.show("a", "Mia needs help", "Open");
  frail.close();
  await expect.poll(() => answers).toBe(2);
  await frail.ask();
  expect(frail.leave).toBe("granted");
});
