/** Whether a text is a day of the calendar, `2027-01-31`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  // JavaScript takes the 31st of February for a day in March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The day it is, in UTC, `2027-01-31`. Days compare as texts. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
