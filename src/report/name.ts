/** `rule/variant`, or the rule alone. */
export function findingName({
  rule,
  variant,
}: {
  readonly rule: string;
  readonly variant: string | null;
}): string {
  return variant === null ? rule : `${rule}/${variant}`;
}
