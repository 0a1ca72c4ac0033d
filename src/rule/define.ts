import type { Access } from "../access/access.ts";
import type { HiddenCall } from "../access/hidden-calls.ts";
import type { Use } from "../access/uses.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { RuleOption } from "../config/rule-options.ts";
import type { Event } from "../events/event.ts";
import type { Body, Expr, Statement } from "../events/tree.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Problem } from "../parser/types.ts";
import type { Flow, Sink } from "../templates/index.ts";
import type { Place, Source } from "../text/source.ts";
import type { Asked } from "./asked.ts";
import type { Confidence, Persona, Reach, Related, Severity } from "./finding.ts";

export type Category =
  | "definer"
  | "grants"
  | "dynamic-sql"
  | "views"
  | "row-security"
  | "pg-reactive"
  | "secrets"
  | "deployment"
  | "parsing";

/** What a rule says of one weakness. The engine adds the rule's id and the fingerprint. */
export interface ReportedFinding<V extends string> {
  /** One of the rule's variants; null for a rule without variants. */
  readonly variant: V | null;
  /** After reach: `access.severity(…)`. */
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Replaces the rule's own, where a variant is for others. */
  readonly persona?: Persona;
  /** One sentence with names: what is wrong. */
  readonly message: string;
  /** Label of the primary span: a few words. */
  readonly label: string;
  /** The statement (part) that last made it so. */
  readonly place: Place;
  readonly object: string | null;
  readonly reach?: readonly Reach[];
  readonly related?: readonly Related[];
  /** Replaces the rule's own `why`, where a variant has another. */
  readonly why?: string;
  readonly help: string;
}

/** A DO block: its code runs once, as whoever runs the script. */
export interface Block {
  readonly place: Place;
  /** What the code does with its values; computed once and shared. */
  flow(): Flow;
}

/** What a rule may ask. */
export interface RuleContext<V extends string = string> extends Asked {
  readonly catalog: Catalog;
  readonly access: Access;
  readonly parser: PostgresParser;
  /** What the parser did not accept, in the files whose findings are asked for. */
  readonly problems: readonly { readonly source: Source; readonly problem: Problem }[];
  /** Everything that stands in the project's files, also what was refused or rolled back. */
  readonly written: readonly { readonly source: Source; readonly events: readonly Event[] }[];
  /** What the configuration says of one of the rule's `options`, else its default. */
  option(option: RuleOption): readonly string[];
  /** Configured `privilegedFunctions`, as written (`schema.name`). */
  readonly privilegedFunctions: readonly string[];
  /** The code of a routine as a tree; read once and shared. */
  body(routine: Routine): Body;
  /** What the code does with its values; computed once and shared. */
  flow(routine: Routine): Flow;
  /** What a statement outside of routines executes: a query that a script runs at top level, a view's. */
  statementSinks(statement: Statement): readonly Sink[];
  /** The same for an expression of a table: a policy, a default, a check. */
  expressionSinks(expr: Expr, relation: Relation): readonly Sink[];
  /** DO blocks of the project's own files. */
  readonly blocks: readonly Block[];
  /** Everybody who can make a routine run, directly or through triggers, policies, views and other routines. */
  reach(routine: Routine): readonly Reach[];
  /** What calls a routine. */
  uses(routine: Routine): readonly Use[];
  /** All routines whose code may run a routine, and perhaps others, without reading code; null: any may. */
  mayRun(routine: Routine): readonly Routine[] | null;
  /** What its code runs without naming it: triggers of tables that it changes, casts, operators. */
  hiddenCalls(routine: Routine): readonly HiddenCall[];
  /** Names of transition tables that triggers give a routine. */
  transitionTables(routine: Routine): ReadonlySet<string>;
  report(finding: ReportedFinding<V>): void;
  /** Says that something could not be judged. */
  unknown(place: Place, message: string): void;
}

export interface RuleDefinition<V extends string = string> {
  /** What is wrong, as a short sentence. */
  readonly title: string;
  /** Of the worst case, reached by an untrusted role. */
  readonly severity: Severity;
  readonly category: Category;
  /** Who wants to see its findings; `regular` unless said. */
  readonly persona?: Persona;
  /** CWE numbers. */
  readonly cwe: readonly number[];
  /** Version of pgvet that brought it. */
  readonly since: string;
  /** One line per variant; empty for a rule without variants. */
  readonly variants: Readonly<Record<V, string>>;
  /** Why it matters: one or two sentences, shown with each finding. */
  readonly why: string;
  /** What is quoted at the places of its findings is a secret, and not shown. */
  readonly aboutSecrets?: true;
  /** What a configuration may tell it. */
  readonly options?: readonly RuleOption[];
  check(context: RuleContext<V>): void;
}

export type { RuleOption };

/** Declares a rule. Its id is the name of its folder under rules/. */
export function defineRule<V extends string = never>(definition: RuleDefinition<V>): RuleDefinition<V> {
  return definition;
}
