/** Times relative to now, coarse enough to be read at a glance. */
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const STEPS: readonly (readonly [number, Intl.RelativeTimeFormatUnit, number])[] = [
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [86_400 * 30, 'day', 86_400],
  [86_400 * 365, 'month', 86_400 * 30],
  [Number.POSITIVE_INFINITY, 'year', 86_400 * 365],
];

/** `a moment ago`, `3 minutes ago`, `yesterday`; a clock that runs ahead counts as now. */
export function formatAgo(time: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - time.getTime()) / 1000);
  if (seconds < 50) return 'a moment ago';
  const [, unit, size] = STEPS.find(([limit]) => seconds < limit - 30) ?? [0, 'year', 86_400 * 365];
  return relative.format(
    -Math.max(1, Math.round(seconds / size)),
    unit as Intl.RelativeTimeFormatUnit,
  );
}

const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

export function formatExact(time: Date): string {
  return exact.format(time);
}

/** A moment as the API sends it (RFC 3339). */
export function readMoment(text: unknown): Date {
  return new Date(String(text));
}
