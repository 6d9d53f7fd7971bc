/**
 * Tells when the page is frozen or put into the back/forward cache, and when it is back: another tab
 * must be able to lead meanwhile. A page that is only hidden goes on. SPEC TB50. Source: Page
 * Lifecycle; HTML pagehide and pageshow.
 */
export function watchPageLife(onAway: (isAway: boolean) => void): () => void {
  const end = new AbortController();
  const { signal } = end;
  const go = (): void => onAway(true);
  const come = (): void => onAway(false);
  document.addEventListener("freeze", go, { signal });
  document.addEventListener("resume", come, { signal });
  addEventListener("pagehide", go, { signal });
  addEventListener(
    "pageshow",
    ({ persisted }) => {
      if (persisted) come();
    },
    { signal },
  );
  return () => end.abort();
}
