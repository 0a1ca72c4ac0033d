/** From harmless to worst. The order is the comparison order. */
export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Surest last. */
export const CONFIDENCES = ["low", "medium", "high"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** For whom a finding is: everybody, who wants it tidy too, who looks at everything. Each sees those before it. */
export const PERSONAS = ["regular", "pedantic", "auditor"] as const;
export type Persona = (typeof PERSONAS)[number];

/** What a configuration can make of a rule. */
export const LEVELS = ["off", ...SEVERITIES] as const;
