/** Live queries: every call of pgr.subscribe, in routines and scripts, with what its arguments are. */
import { identityColumns } from "../access/identity-columns.ts";
import { namesOwner } from "../access/owner-columns.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { Expr, Statement } from "../events/tree.ts";
import { walkExpr, walkStatement } from "../events/walk.ts";
import {
  type Hole,
  holesOf,
  type Origin,
  objectsOf,
  type ParsedTemplate,
  parseTemplate,
  type Sink,
  type SinkArgument,
} from "../templates/index.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";

export interface Subscription {
  readonly source: Source;
  /** null: a call that a script makes itself. */
  readonly routine: Routine | null;
  readonly sink: Sink;
  readonly queryId: SinkArgument | null;
  readonly sql: SinkArgument | null;
  readonly mode: SinkArgument | null;
  /** null when the call leaves it out. */
  readonly audience: SinkArgument | null;
  readonly searchPath: readonly string[];
  /** Who can make the call, or open what a script registered. */
  readonly reach: readonly Reach[];
  readonly object: string | null;
}

type AnyContext = Pick<
  RuleContext,
  | "catalog"
  | "access"
  | "parser"
  | "privilegedFunctions"
  | "flow"
  | "statementSinks"
  | "reach"
  | "uses"
  | "isAsked"
  | "askedRoutines"
>;

/** All subscriptions that the files make that are asked about. */
export function subscriptions(context: AnyContext): readonly Subscription[] {
  const { catalog } = context;
  const found: Subscription[] = [];
  for (const routine of context.askedRoutines()) {
    if (routine.prelude || routine.assumed) continue;
    // What a routine gives to one that subscribes is judged there.
    const sinks = context
      .flow(routine)
      .sinks.filter((sink) => sink.path.length === 0 && isSubscribe(sink, context));
    if (sinks.length === 0) continue;
    const reach = callersOf(routine, context);
    const { source } = routine.definitionPlace;
    const searchPath = catalog.searchPath(routine)?.values ?? routine.sessionPath;
    for (const sink of sinks) {
      found.push({
        source,
        routine,
        ...partsOf(sink),
        searchPath,
        reach,
        object: catalog.routineName(routine),
      });
    }
  }
  for (const query of catalog.state.queries.all()) {
    if (!context.isAsked(query.place.source)) continue;
    for (const sink of context.statementSinks(query.statement)) {
      if (sink.path.length > 0 || !isSubscribe(sink, context)) continue;
      const { source } = query.place;
      found.push({
        source,
        routine: null,
        ...partsOf(sink),
        searchPath: query.searchPath,
        reach: clients(context),
        object: null,
      });
    }
  }
  return found;
}

/** Calls of pgr.unsubscribe in routines. */
export function* ends(
  context: AnyContext,
): Iterable<Pick<Subscription, "source" | "sink" | "queryId" | "reach"> & { readonly object: string }> {
  for (const routine of context.askedRoutines()) {
    if (routine.prelude || routine.assumed) continue;
    for (const sink of context.flow(routine).sinks) {
      if (sink.path.length > 0 || sink.name?.slice(-2).join(".") !== "pgr.unsubscribe") continue;
      const { source } = routine.definitionPlace;
      const { queryId } = partsOf(sink);
      const reach = callersOf(routine, context, "unsubscribe");
      yield { source, sink, queryId, reach, object: context.catalog.routineName(routine) };
    }
  }
}

/** Whether a sink is pgr.subscribe or configured to be like it. */
export function isSubscribe(sink: Sink, context: Pick<RuleContext, "privilegedFunctions">): boolean {
  const name = sink.name?.join(".");
  return name !== undefined && (name.endsWith("pgr.subscribe") || context.privilegedFunctions.includes(name));
}

function partsOf(sink: Sink): Pick<Subscription, "sink" | "queryId" | "sql" | "mode" | "audience"> {
  const at = (position: number): SinkArgument | null =>
    sink.arguments.find((argument) => argument.position === position) ?? null;
  return { sink, queryId: at(0), sql: at(1), mode: at(2), audience: at(3) };
}

/** Who can bring a routine to call a function of pgr: with the owner's rights everybody who reaches it, else who may call it. */
function callersOf(routine: Routine, context: AnyContext, called = "subscribe"): readonly Reach[] {
  const { catalog, access } = context;
  const reach = context.reach(routine);
  const privileged =
    routine.securityDefiner.value ||
    context.uses(routine).some((use) => use.routine?.securityDefiner.value === true);
  if (privileged) return reach;
  const [subscribe] = catalog.routinesIn("pgr", called);
  const may = subscribe === undefined ? [] : access.callers(subscribe).map(({ role }) => role);
  return may.includes("PUBLIC") ? reach : reach.filter(({ role }) => may.includes(role));
}

/** Roles with which clients come: any of them may open a stream that no audience closes. */
function clients(context: AnyContext): readonly Reach[] {
  const { access } = context;
  return access.principals
    .filter((role) => role !== 0 && access.trustOf(role) === "untrusted")
    .map((role) => ({ role: access.nameOf(role), via: [] }));
}

/** Parameters whose value is the caller's own choice: not compared with the identity, nor with constants. */
export function uncheckedParameters(
  holes: readonly Hole[],
): readonly { readonly hole: Hole; readonly name: string; readonly key: string }[] {
  const found = new Map<string, { hole: Hole; name: string; key: string }>();
  for (const hole of holes) {
    if (hole.guard === "allow-list") continue;
    for (const origin of hole.origins) {
      if (origin.kind !== "parameter" || isChecked(origin) || found.has(origin.key)) continue;
      found.set(origin.key, { hole, name: origin.name, key: origin.key });
    }
  }
  return [...found.values()];
}

function isChecked(origin: Origin): boolean {
  return origin.checks.some(
    ({ kind }) => kind === "identity" || kind === "authorised" || kind === "allow-list",
  );
}

/** Whether the value is, or was compared with, what the server knows of the caller. */
export function isIdentity(hole: Hole): boolean {
  return hole.origins.some(
    (origin) =>
      (origin.kind === "identity" && origin.claim !== "role" && !origin.by.startsWith("auth.role")) ||
      origin.checks.some(({ kind }) => kind === "identity"),
  );
}

/** A custom setting, which every role may SET, that a value is made of; null when it is not, or is checked. */
export function settingIn(holes: readonly Hole[]): { readonly hole: Hole; readonly name: string } | null {
  for (const hole of holes) {
    if (isIdentity(hole) || hole.guard === "allow-list") continue;
    for (const origin of hole.origins)
      if (origin.kind === "setting" && origin.custom && origin.name !== null && !isChecked(origin))
        return { hole, name: origin.name };
  }
  return null;
}

export const IDENTITY_KEYS: ReadonlySet<string> = new Set(["sub", "uid", "user_id", "userid", "email"]);

/** Whether every audience that can be given names an identity of the caller that the server derived. */
export function bindsIdentity(audience: SinkArgument): boolean {
  const objects = objectsOf(audience.value);
  return (
    objects.length > 0 &&
    objects.every(
      (object) =>
        typeof object !== "string" &&
        object.entries.some(
          ({ key, value }) =>
            key !== null &&
            IDENTITY_KEYS.has(key) &&
            holesOf(value.pieces).some(isIdentity) &&
            uncheckedParameters(holesOf(value.pieces)).length === 0,
        ),
    )
  );
}

/** One table that a live query reads, and how its rows are tied to callers. */
export interface TableRead {
  readonly table: Relation;
  readonly span: Span;
  readonly statement: Statement;
  readonly template: ParsedTemplate;
  /** Columns that tie its rows to callers: its policies compare them, or their names say so. */
  readonly identity: ReadonlySet<string>;
}

/** Tables under row-level security in the texts that a query can be. */
export function protectedReads(subscription: Subscription, context: AnyContext): readonly TableRead[] {
  return readsOf(subscription, context, (table) => identityColumns(context.catalog, table));
}

/** Tables without row-level security that say by the name of a column whose each row is. */
export function ownedReads(subscription: Subscription, context: AnyContext): readonly TableRead[] {
  return readsOf(
    subscription,
    context,
    ({ rowSecurity, columns }) =>
      new Set(rowSecurity.value ? [] : columns.map(({ name }) => name).filter(namesOwner)),
  );
}

function readsOf(
  subscription: Subscription,
  context: AnyContext,
  identityOf: (table: Relation) => ReadonlySet<string>,
): readonly TableRead[] {
  if (subscription.sql === null) return [];
  const reads: TableRead[] = [];
  const path = [...subscription.searchPath, "public"];
  for (const template of parseTemplate(subscription.sql.value, context.parser)) {
    for (const statement of template.statements ?? []) {
      walkStatement(statement, {
        relation(relation) {
          if (relation.cte) return;
          const table = context.catalog.resolveRelation(relation.name, path);
          if (table === undefined) return;
          const identity = identityOf(table);
          if (identity.size > 0) reads.push({ table, span: relation.span, statement, template, identity });
        },
      });
    }
  }
  return reads;
}

/** The texts that a query can be which read a table that no file creates. */
export function unknownReads(
  subscription: Subscription,
  context: AnyContext,
): readonly Pick<TableRead, "statement" | "template">[] {
  if (subscription.sql === null) return [];
  const path = [...subscription.searchPath, "public"];
  return parseTemplate(subscription.sql.value, context.parser).flatMap((template) =>
    (template.statements ?? []).flatMap((statement) => {
      let unknown = false;
      walkStatement(statement, {
        relation({ name, cte }) {
          if (!cte && context.catalog.resolveRelation(name, path)?.assumed !== false) unknown = true;
        },
      });
      return unknown ? [{ statement, template }] : [];
    }),
  );
}

/** Comparisons in the conditions of a query: which columns, and with what. */
export function comparisons(
  statement: Statement,
): readonly { readonly column: string; readonly operator: string; readonly others: readonly Expr[] }[] {
  const found: { column: string; operator: string; others: readonly Expr[] }[] = [];
  walkStatement(statement, {
    expr(expr) {
      if (expr.kind !== "operator") return;
      for (const operand of expr.operands) {
        const column = columnName(operand);
        if (column === null) continue;
        const others = expr.operands.filter((other) => other !== operand);
        found.push({ column, operator: expr.name.at(-1) ?? "", others });
      }
    },
  });
  return found;
}

function columnName(expr: Expr): string | null {
  let inner = expr;
  while (inner.kind === "cast") inner = inner.operand;
  return inner.kind === "column" ? (inner.name.at(-1) ?? null) : null;
}

/** Holes whose placeholder stands inside one of the expressions. */
export function holesIn(exprs: readonly Expr[], template: ParsedTemplate): readonly Hole[] {
  const starts = new Set<number>();
  for (const expr of exprs) {
    walkExpr(expr, {
      expr(inner) {
        starts.add(inner.span.start);
      },
    });
  }
  return template.holes.filter(({ place }) => starts.has(place.start)).map(({ hole }) => hole);
}
