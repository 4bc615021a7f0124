import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";
import { readChoice, readFields, readPatterns, readText } from "./read-fields.ts";

/** A part of the week. */
export interface TimeWindow {
  /** Minutes after midnight, from this one on. */
  readonly after: number | undefined;
  /** Minutes after midnight, before this one; before `after` it reaches over midnight. */
  readonly before: number | undefined;
  readonly days: readonly Day[] | undefined;
  /** Name of a time zone of the IANA. */
  readonly zone: string;
}

type Day = (typeof DAYS)[number];

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** Reads `time: { after: "18:00", before: "08:00", days: [mon, fri], zone: "Europe/Berlin" }`. */
export function readTime(source: PolicySource, value: unknown, path: SourcePath): TimeWindow {
  const fields = readFields(source, value, path, ["after", "before", "days", "zone"]);
  const minutes = (key: string): number | undefined => {
    const text = readText(source, fields, path, key);
    return text === undefined ? undefined : readMinutes(source, text, [...path, key]);
  };
  const zone = readText(source, fields, path, "zone") ?? "UTC";
  try {
    formatIn(zone);
  } catch (cause) {
    throw sourceError(source, { path: [...path, "zone"], cause }, `${JSON.stringify(zone)} is no time zone`);
  }
  const days = Object.hasOwn(fields, "days")
    ? readPatterns(source, fields["days"], [...path, "days"]).map((day) =>
        readChoice(source, day, [...path, "days"], DAYS),
      )
    : undefined;
  const window = { after: minutes("after"), before: minutes("before"), days, zone };
  if (window.after === undefined && window.before === undefined && days === undefined) {
    throw sourceError(source, { path }, '"time" needs at least one of after, before, days');
  }
  return window;
}

/** Makes the question whether a moment (milliseconds since the epoch) lies in a window. */
export function compileTime({ after = 0, before = 24 * 60, days, zone }: TimeWindow): (now: number) => boolean {
  const format = formatIn(zone);
  return (now) => {
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
    const day = parts.get("weekday")?.toLowerCase();
    const minute = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
    const isInside = after <= before ? minute >= after && minute < before : minute >= after || minute < before;
    return isInside && (days === undefined || days.some((name) => name === day));
  };
}

function readMinutes(source: PolicySource, text: string, path: SourcePath): number {
  const [, hours, minutes] = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (Number.isNaN(total) || total > 24 * 60) {
    throw sourceError(source, { path }, `${JSON.stringify(text)} is no time of day: write it as "HH:MM" in quotes`);
  }
  return total;
}

function formatIn(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}
