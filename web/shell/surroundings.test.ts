import { describe, expect, it } from "vitest";
import { asksPerson, judgePlace, type Place } from "./surroundings.ts";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID =
  "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/BP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36";
const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";
const SAFARI = `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`;
const CHROME =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Mobile Safari/537.36";

function judge(userAgent: string, maxTouchPoints = 5, isStandalone = false): Place {
  return judgePlace({ userAgent, maxTouchPoints, isStandalone });
}

function inside(app: string | null, isIos: boolean): Place {
  return { type: "inside", app, isIos };
}

describe("judgePlace", () => {
  it("[PW30] tells browsers of an iPhone or iPad from others", () => {
    expect(judge(SAFARI)).toEqual({ type: "ios" });
    expect(judge(`${IPHONE} CriOS/138.0.7204.156 Mobile/15E148 Safari/604.1`)).toEqual({
      type: "ios",
    });
    expect(judge(`${IPHONE} FxiOS/141.0 Mobile/15E148 Safari/605.1.15`)).toEqual({ type: "ios" });
    expect(judge(MAC, 5)).toEqual({ type: "ios" });
    expect(judge(MAC, 0)).toEqual({ type: "browser" });
    expect(judge(CHROME)).toEqual({ type: "browser" });
    expect(
      judge("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", 0),
    ).toEqual({ type: "browser" });
  });

  it("[PW30] takes what was opened from a launcher for the installed app, whatever it says", () => {
    // On the Home Screen an iPhone's user agent names no Safari, like that of a web view.
    for (const userAgent of [`${IPHONE} Mobile/15E148`, CHROME, MAC]) {
      expect(judge(userAgent, 5, true)).toEqual({ type: "installed" });
    }
  });

  it("[PW31] names the app whose own browser it is", () => {
    const on = (mark: string): string => `${IPHONE} Mobile/15E148 ${mark}`;
    expect(judge(on("Instagram 389.0.0.49.87 (iPhone16,2; iOS 18_5; en_GB)"))).toEqual(
      inside("Instagram", true),
    );
    expect(judge(on("[FBAN/FBIOS;FBAV/523.0;FBBV/1;FBDV/iPhone16,2]"))).toEqual(
      inside("Facebook", true),
    );
    expect(judge(on("[FBAN/MessengerForiOS;FBAV/500.0]"))).toEqual(inside("Messenger", true));
    expect(judge(on("Safari/604.1 GSA/370.0"))).toEqual(inside("Google", true));
    expect(judge(`${ANDROID} Instagram 390.0 Android`)).toEqual(inside("Instagram", false));
    expect(judge(`${ANDROID} [FB_IAB/FB4A;FBAV/523.0]`)).toEqual(inside("Facebook", false));
    expect(judge(`${ANDROID} [FB_IAB/Orca-Android;FBAV/500.0]`)).toEqual(
      inside("Messenger", false),
    );
    expect(judge(`${ANDROID} WhatsApp/2.25.1`)).toEqual(inside("WhatsApp", false));
    expect(judge(`${ANDROID} musical_ly_2024 BytedanceWebview/d8a21c6`)).toEqual(
      inside("TikTok", false),
    );
    expect(judge(`${ANDROID} Snapchat/13.1`)).toEqual(inside("Snapchat", false));
    expect(judge(`${ANDROID} Telegram-Android/11.2 (Pixel 8)`)).toEqual(inside("Telegram", false));
    expect(judge(`${ANDROID} Line/15.1 LIFF`)).toEqual(inside("LINE", false));
    expect(judge(`${ANDROID} MicroMessenger/8.0`)).toEqual(inside("WeChat", false));
    expect(judge(on("Twitter for iPhone/10.4"))).toEqual(inside("X", true));
    expect(judge(`${ANDROID} [LinkedInApp]/4.1`)).toEqual(inside("LinkedIn", false));
  });

  it("[PW31] knows a browser inside an app that does not say which", () => {
    expect(judge(ANDROID)).toEqual(inside(null, false));
    expect(judge(`${IPHONE} Mobile/15E148`)).toEqual(inside(null, true));
  });
});

describe("asksPerson", () => {
  it("[PW34] knows that only Firefox asks before it promises to keep", () => {
    expect(
      asksPerson({
        userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0",
      }),
    ).toBe(true);
    for (const userAgent of [SAFARI, CHROME, MAC, `${IPHONE} FxiOS/141.0 Safari/605.1.15`]) {
      expect(asksPerson({ userAgent })).toBe(false);
    }
  });
});
