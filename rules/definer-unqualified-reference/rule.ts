import { judgeSearchPath } from "../../src/access/search-path.ts";
import {
  isCatalogFunction,
  isCatalogOperator,
  isCatalogRelation,
  isCatalogType,
} from "../../src/catalog/builtin/index.ts";
import type { Oid, Routine } from "../../src/catalog/model.ts";
import {
  namesOf,
  namesOfStatement,
  type Reference,
  type UnqualifiedNames,
} from "../../src/catalog/references.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { HOLE_NAME, parseTemplate, runsInOtherSession } from "../../src/templates/index.ts";

const VARIANTS = {
  relation: "a relation or type that the pinned path does not find becomes the caller's temporary object",
  "runtime-name":
    "a relation name that is data is looked up when the call runs, the caller's temporary objects included",
  unresolved: "a function or operator that the pinned path does not find: the call fails",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Unqualified name in a SECURITY DEFINER routine with a pinned search_path",
  severity: "high",
  category: "definer",
  cwe: [426],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Under `pg_catalog, pg_temp` an unqualified table or type does not just fail: the caller's temporary table or domain of that name is taken, and used with the owner's rights.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
      const body = context.body(routine);
      if (body.language !== "plpgsql" && body.language !== "sql") continue;
      const local = context.transitionTables(routine);
      const names = namesOf(body, local);
      const path = context.catalog.searchPath(routine);
      if (body.language === "sql" && body.atomic) {
        // The body is bound, the text that it hands to query functions is not.
        const inText = namesInTemplates(context, routine, local).flatMap((one) => one.temporary);
        const relations = inText.filter((one) => one.kind === "relation" && !isBuilt(one) && !inCatalog(one));
        reportRuntime(context, routine, [
          ...names.runtime.filter(({ constant }) => constant === null),
          ...relations,
        ]);
        continue;
      }
      // Without a pinned path the path itself is the weakness.
      if (path === undefined || path.change !== "set") continue;
      judge(context, routine, path.values, names, namesInTemplates(context, routine, local));
    }
  },
});

/** Which name it is, is not known. */
function isBuilt({ name }: Reference): boolean {
  return name[0]?.includes(HOLE_NAME) === true;
}

/** Names in query strings whose text is known: they are looked up as names in the body are. */
function namesInTemplates(
  context: RuleContext<Variant>,
  routine: Routine,
  local: ReadonlySet<string>,
): readonly UnqualifiedNames[] {
  const found: UnqualifiedNames[] = [];
  for (const sink of context.flow(routine).sinks) {
    if (sink.query === null || sink.path.length > 0) continue;
    if (sink.name !== null && runsInOtherSession(sink.name)) continue;
    for (const { statements } of parseTemplate(sink.query.value, context.parser)) {
      for (const statement of statements ?? []) found.push(namesOfStatement(statement, local));
    }
  }
  return found;
}

function judge(
  context: RuleContext<Variant>,
  routine: Routine,
  path: readonly string[],
  own: UnqualifiedNames,
  inTemplates: readonly UnqualifiedNames[],
): void {
  const schemas = path.filter((schema) => schema !== "" && schema !== "pg_temp");
  const listed = path.includes("pg_temp");
  const last = path.at(-1) === "pg_temp";
  const only = schemas.every((schema) => schema === "pg_catalog");
  // What lets the caller's temporary objects in is the path then, which definer-search-path reports.
  const problem = last
    ? null
    : judgeSearchPath(context.catalog, context.access, routine, context.body(routine), own);
  const byPath = problem !== null && !problem.harmless;
  const found = new Map<string, { variant: Variant; references: Reference[] }>();
  const note = (variant: Variant, reference: Reference): void => {
    if (isBuilt(reference)) return;
    const key = `${variant} ${reference.name.join(".")}`;
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { variant, references: [reference] });
    // The alternatives of a template share their text.
    else if (!entry.references.some((other) => other.span.start === reference.span.start))
      entry.references.push(reference);
  };
  for (const { temporary, callable, runtime } of [own, ...inTemplates]) {
    for (const reference of temporary) {
      // A path that does not end in pg_temp is the business of definer-search-path.
      if (last && only && !inCatalog(reference) && !mayBeTransitionTable(context, routine, reference))
        note("relation", reference);
    }
    for (const reference of callable) {
      if (only && !isFound(context, reference)) note("unresolved", reference);
    }
    for (const reference of byPath ? [] : runtime) {
      if (reference.constant === null) {
        if (!last) note("runtime-name", reference);
      } else if (!listed || (last && only)) {
        if (!isCatalogRelation(reference.constant)) note("runtime-name", reference);
      }
    }
  }
  for (const { variant, references } of found.values()) report(context, routine, variant, references, path);
}

/** In pg_catalog, where extensions put functions, too. Of an operator only the name is looked at, not what it takes. */
function isFound({ catalog }: RuleContext<Variant>, { kind, name }: Reference): boolean {
  const [written = ""] = name;
  const { routines, operators } = catalog.state;
  const inSchema = (row: { readonly schema: Oid }): boolean =>
    catalog.schemaName(row.schema) === "pg_catalog";
  return kind === "operator"
    ? isCatalogOperator(written) || operators.by.name.all(written).some(inSchema)
    : isCatalogFunction(written) || routines.by.name.all(written).some(inSchema);
}

/** The only schema that has what the reference names; null: none or several do. */
function schemaOf({ catalog }: RuleContext<Variant>, { kind, name }: Reference): string | null {
  const { routines, operators, relations, types } = catalog.state;
  const [last = ""] = name;
  const found =
    kind === "operator"
      ? operators.by.name.all(last)
      : kind === "function"
        ? routines.by.name.all(last)
        : kind === "type"
          ? types.by.name.all(last)
          : relations.by.name.all(last);
  const schemas = new Set(found.map((row) => catalog.schemaName(row.schema)));
  const [only] = schemas;
  return schemas.size === 1 && only !== undefined ? only : null;
}

/** Names that REFERENCING of the trigger gives come before temporary objects, and the trigger is not in the files. */
function mayBeTransitionTable(
  { catalog }: RuleContext<Variant>,
  routine: Routine,
  { kind, name }: Reference,
): boolean {
  return (
    kind === "relation" &&
    routine.returnsTrigger === "trigger" &&
    catalog.state.triggers.by.routine.all(routine.oid).length === 0 &&
    catalog.state.relations.by.name.all(name[0] ?? "").length === 0
  );
}

function inCatalog(reference: Reference): boolean {
  const name = reference.name[0] ?? "";
  return reference.kind === "type" ? isCatalogType(name) : isCatalogRelation(name);
}

function reportRuntime(
  context: RuleContext<Variant>,
  routine: Routine,
  references: readonly Reference[],
): void {
  const first = references[0];
  const path = context.catalog.searchPath(routine);
  if (first === undefined || path?.values.at(-1) === "pg_temp") return;
  report(context, routine, "runtime-name", references, path?.values ?? []);
}

function report(
  context: RuleContext<Variant>,
  routine: Routine,
  variant: Variant,
  references: readonly Reference[],
  path: readonly string[],
): void {
  const [first, ...others] = references;
  if (first === undefined) return;
  const { catalog, access } = context;
  const { source } = routine.definitionPlace;
  const name = catalog.routineName(routine);
  const written = first.name.join(".");
  const operator = first.kind === "operator";
  const at = schemaOf(context, first);
  const reach = context.reach(routine).filter(({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return variant === "unresolved" || oid === undefined || access.canMakeTemporary(oid);
  });
  const searched = path.length === 0 ? "the caller's search_path" : path.join(", ");
  const words = {
    relation: {
      severity: access.severity("high", reach, { needsSql: true }),
      message: `${name} names ${written} without a schema: under ${searched} only the caller's temporary objects can have that name`,
      label: "becomes the caller's temporary object",
      help: `write the schema: ${at ?? "public"}.${written}`,
    },
    "runtime-name": {
      severity: access.severity("medium", reach, { needsSql: true }),
      message: `${name} looks up a relation by a name without schema when it runs: the caller's temporary objects come into it`,
      label: "looked up when the call runs",
      help: "write the schema into the name, or put pg_temp last in the search_path",
    },
    // It fails whoever calls it.
    unresolved: {
      severity: "low",
      message: operator
        ? `${name} uses operator ${written} without a schema, which ${searched} does not have: the query fails`
        : `${name} calls ${written}() without a schema, which ${searched} does not have: the call fails`,
      label: "not found when the call runs",
      help:
        at === null
          ? `write the ${first.kind}'s schema`
          : `write the schema: ${operator ? `OPERATOR(${at}.${written})` : `${at}.${written}`}`,
    },
  } as const;
  const { severity, message, label, help } = words[variant];
  context.report({
    variant,
    severity,
    confidence: "high",
    message,
    label,
    place: { source, span: first.span },
    object: name,
    reach: variant === "unresolved" ? [] : reach,
    related: [
      ...others.slice(0, 4).map(({ span }) => ({ place: { source, span }, message: "and here" })),
      ...(path.length === 0
        ? []
        : [{ place: catalog.searchPath(routine)?.place ?? routine.place, message: "the pinned path" }]),
    ],
    ...(variant === "unresolved"
      ? {
          why: `The pinned path does not have this ${first.kind}, and ${first.kind}s are never looked for in pg_temp: the routine ends with an error when it gets here.`,
        }
      : {}),
    help,
  });
}
